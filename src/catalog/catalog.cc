// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog.h"

#include <limits>
#include <utility>

#include "base/check.h"
#include "base/fault_point.h"
#include "catalog/records.h"
#include "types/key_codec.h"

namespace kalamdb::catalog {

namespace {

constexpr std::string_view kLocalStorage = "local";

Status NoNamespace(std::string_view name) {
  return NotFound("Namespace '" + std::string(name) + "' not found");
}
Status NoUser(const UserId& id) { return NotFound("User '" + id.value + "' not found"); }
Status NoStorage(std::string_view id) {
  return NotFound("Storage '" + std::string(id) + "' not found");
}

std::shared_ptr<const types::TableLayout> LayoutOf(const TableDef& def) {
  return std::make_shared<const types::TableLayout>(def.versions);
}

}  // namespace

StatusOr<std::unique_ptr<Catalog>> Catalog::Open(store::KvStore& store, const Clock& clock) {
  std::unique_ptr<Catalog> catalog(new Catalog(store, clock));
  KALAMDB_RETURN_IF_ERROR(catalog->Load());
  return catalog;
}

// Keys come in byte order, so a namespace and a storage are read before the tables that name them:
// "catalog/ns/" and "catalog/storage/" < "catalog/table/".
Status Catalog::Load() {
  const MutexLock change(change_mu_);
  const WriterLock lock(mu_);
  const auto records = store_.NewIterator(store::Family::kMeta, std::string(kCatalogPrefix),
                                          types::PrefixEnd(kCatalogPrefix), /*snapshot=*/nullptr);
  for (records->SeekToFirst(); records->Valid(); records->Next()) {
    if (records->key() == kNextTableIdKey) {
      KALAMDB_ASSIGN_OR_RETURN(next_table_id_, DecodeNextTableId(records->value()));
      continue;
    }
    KALAMDB_RETURN_IF_ERROR(LoadRecord(records->key(), records->value())
                                .WithContext("catalog record " + std::string(records->key())));
  }
  KALAMDB_RETURN_IF_ERROR(records->status());
  for (const auto& [name, entry] : namespaces_) {
    for (const auto& [table_name, table] : entry.tables) {
      if (table->id.value >= next_table_id_) {
        return Corruption("table " + table->QualifiedName() + " has an id not yet given out");
      }
    }
  }
  return {};
}

Status Catalog::LoadRecord(std::string_view key, std::string_view value) {
  if (key.starts_with(kNamespacePrefix)) {
    KALAMDB_ASSIGN_OR_RETURN(NamespaceDef def, DecodeNamespace(value));
    const std::string name = def.name;
    namespaces_[name].def = std::make_shared<const NamespaceDef>(std::move(def));
    return {};
  }
  if (key.starts_with(kUserPrefix)) {
    KALAMDB_ASSIGN_OR_RETURN(UserDef def, DecodeUser(value));
    const std::string id = def.id.value;
    users_[id] = std::make_shared<const UserDef>(std::move(def));
    return {};
  }
  if (key.starts_with(kStoragePrefix)) {
    KALAMDB_ASSIGN_OR_RETURN(StorageDef def, DecodeStorage(value));
    const std::string id = def.id;
    storages_[id].def = std::make_shared<const StorageDef>(std::move(def));
    return {};
  }
  if (key.starts_with(kTablePrefix)) {
    KALAMDB_ASSIGN_OR_RETURN(TableDef def, DecodeTable(value));
    return AddLoadedTable(std::move(def));
  }
  // Written by a later version of the program, which this one may not guess at.
  return Corruption("unknown kind of catalog record");
}

Status Catalog::AddLoadedTable(TableDef def) {
  const auto entry = namespaces_.find(def.namespace_id);
  const auto storage = storages_.find(def.options.storage_id);
  if (entry == namespaces_.end() || storage == storages_.end()) {
    return Corruption("table " + def.QualifiedName() +
                      " names a namespace or a storage that is not stored");
  }
  def.layout = LayoutOf(def);
  def.is_dropped = std::make_shared<std::atomic<bool>>(false);
  def.has_segments = std::make_shared<std::atomic<bool>>(false);
  const std::string name = def.name;
  auto table = std::make_shared<const TableDef>(std::move(def));
  if (!entry->second.tables.emplace(name, std::move(table)).second) {
    return Corruption("two tables are called " + entry->first + "." + name);
  }
  ++storage->second.table_count;
  return {};
}

Status Catalog::WriteRecord(std::string_view key, std::string_view value) {
  store::WriteBatch batch(store_);
  batch.Put(store::Family::kMeta, key, value);
  return store_.Write(batch, /*is_synced=*/true);
}

// ---- Namespaces ----

NamespaceDefPtr Catalog::FindNamespace(std::string_view name) const {
  const ReaderLock lock(mu_);
  const auto entry = namespaces_.find(name);
  return entry == namespaces_.end() ? nullptr : entry->second.def;
}

std::vector<NamespaceDefPtr> Catalog::ListNamespaces() const {
  const ReaderLock lock(mu_);
  std::vector<NamespaceDefPtr> all;
  all.reserve(namespaces_.size());
  for (const auto& [name, entry] : namespaces_) {
    all.push_back(entry.def);
  }
  return all;
}

Status Catalog::CreateNamespace(NamespaceDef def) {
  const MutexLock change(change_mu_);
  if (FindNamespace(def.name) != nullptr) {
    return AlreadyExists("Namespace '" + def.name + "' already exists");
  }
  def.created_at = clock_.WallMicros();
  KALAMDB_FAULT_POINT("catalog.create_namespace.before_write");
  KALAMDB_RETURN_IF_ERROR(WriteRecord(NamespaceKey(def.name), EncodeNamespace(def)));
  KALAMDB_FAULT_POINT("catalog.create_namespace.written");
  auto shared = std::make_shared<const NamespaceDef>(std::move(def));
  const WriterLock lock(mu_);
  namespaces_[shared->name].def = shared;
  return {};
}

Status Catalog::DropNamespace(std::string_view name) {
  const MutexLock change(change_mu_);
  if (FindNamespace(name) == nullptr) {
    return NoNamespace(name);
  }
  if (const size_t tables = CountTables(name); tables > 0) {
    return InvalidOperation("Cannot drop namespace '" + std::string(name) + "': it holds " +
                            std::to_string(tables) + " table(s)");
  }
  return RemoveNamespace(name, {}, store::WriteBatch(store_));
}

Status Catalog::DropNamespaceAndTables(
    std::string_view name,
    const std::function<void(const TableDef& table, store::WriteBatch* batch)>& add_rows) {
  const MutexLock change(change_mu_);
  if (FindNamespace(name) == nullptr) {
    return NoNamespace(name);
  }
  const std::vector<TableDefPtr> tables = ListTables(name);
  store::WriteBatch batch(store_);
  for (const TableDefPtr& table : tables) {
    add_rows(*table, &batch);
  }
  return RemoveNamespace(name, tables, std::move(batch));
}

Status Catalog::RemoveNamespace(std::string_view name, const std::vector<TableDefPtr>& tables,
                                store::WriteBatch batch) {
  for (const TableDefPtr& table : tables) {
    batch.Delete(store::Family::kMeta, TableKey(table->id));
  }
  batch.Delete(store::Family::kMeta, NamespaceKey(name));
  KALAMDB_FAULT_POINT("catalog.drop_namespace.before_write");
  KALAMDB_RETURN_IF_ERROR(store_.Write(batch, /*is_synced=*/true));
  KALAMDB_FAULT_POINT("catalog.drop_namespace.written");
  const WriterLock lock(mu_);
  for (const TableDefPtr& table : tables) {
    --storages_.find(table->options.storage_id)->second.table_count;
    table->is_dropped->store(true, std::memory_order_relaxed);
  }
  namespaces_.erase(namespaces_.find(name));
  return {};
}

size_t Catalog::CountTables(std::string_view namespace_id) const {
  const ReaderLock lock(mu_);
  const auto entry = namespaces_.find(namespace_id);
  return entry == namespaces_.end() ? 0 : entry->second.tables.size();
}

// ---- Tables ----

const TableDefPtr* Catalog::TableEntry(std::string_view namespace_id, std::string_view name) const {
  const auto entry = namespaces_.find(namespace_id);
  if (entry == namespaces_.end()) {
    return nullptr;
  }
  const auto table = entry->second.tables.find(name);
  return table == entry->second.tables.end() ? nullptr : &table->second;
}

TableDefPtr Catalog::FindTable(std::string_view namespace_id, std::string_view name) const {
  const ReaderLock lock(mu_);
  const TableDefPtr* table = TableEntry(namespace_id, name);
  return table == nullptr ? nullptr : *table;
}

std::vector<TableDefPtr> Catalog::ListTables() const {
  const ReaderLock lock(mu_);
  std::vector<TableDefPtr> all;
  for (const auto& [name, entry] : namespaces_) {
    for (const auto& [table_name, table] : entry.tables) {
      all.push_back(table);
    }
  }
  return all;
}

std::vector<TableDefPtr> Catalog::ListTables(std::string_view namespace_id) const {
  const ReaderLock lock(mu_);
  std::vector<TableDefPtr> all;
  if (const auto entry = namespaces_.find(namespace_id); entry != namespaces_.end()) {
    all.reserve(entry->second.tables.size());
    for (const auto& [name, table] : entry->second.tables) {
      all.push_back(table);
    }
  }
  return all;
}

Status Catalog::CheckNewTable(const TableDef& def) const {
  const ReaderLock lock(mu_);
  if (!namespaces_.contains(def.namespace_id)) {
    return NoNamespace(def.namespace_id);
  }
  if (TableEntry(def.namespace_id, def.name) != nullptr) {
    return AlreadyExists("Table " + def.QualifiedName() + " already exists");
  }
  if (!storages_.contains(def.options.storage_id)) {
    return NoStorage(def.options.storage_id);
  }
  return {};
}

StatusOr<TableDefPtr> Catalog::CreateTable(TableDef def) {
  KALAMDB_CHECK(def.versions.size() == 1 && !def.versions.front().key.empty());
  const MutexLock change(change_mu_);
  KALAMDB_RETURN_IF_ERROR(CheckNewTable(def));
  if (next_table_id_ == std::numeric_limits<uint32_t>::max()) {
    return Error(ResourceExhausted("No table can be created any more: all table ids were used"));
  }
  def.id = {next_table_id_};
  def.created_at = def.updated_at = clock_.WallMicros();
  def.versions.front().version = 1;
  def.version_times = {def.created_at};
  def.layout = LayoutOf(def);
  def.is_dropped = std::make_shared<std::atomic<bool>>(false);
  def.has_segments = std::make_shared<std::atomic<bool>>(false);

  store::WriteBatch batch(store_);
  batch.Put(store::Family::kMeta, kNextTableIdKey, EncodeNextTableId(next_table_id_ + 1));
  batch.Put(store::Family::kMeta, TableKey(def.id), EncodeTable(def));
  KALAMDB_FAULT_POINT("catalog.create_table.before_write");
  KALAMDB_RETURN_IF_ERROR(store_.Write(batch, /*is_synced=*/true));
  KALAMDB_FAULT_POINT("catalog.create_table.written");

  ++next_table_id_;
  TableDefPtr table = std::make_shared<const TableDef>(std::move(def));
  const WriterLock lock(mu_);
  namespaces_.find(table->namespace_id)->second.tables.emplace(table->name, table);
  ++storages_.find(table->options.storage_id)->second.table_count;
  return table;
}

Status Catalog::DropTable(const TableDefPtr& table, store::WriteBatch batch) {
  const MutexLock change(change_mu_);
  const TableDefPtr current = FindTable(table->namespace_id, table->name);
  if (current == nullptr || current->id != table->id) {
    return NotFound("Table " + table->QualifiedName() + " does not exist");
  }
  batch.Delete(store::Family::kMeta, TableKey(table->id));
  KALAMDB_FAULT_POINT("catalog.drop_table.before_write");
  KALAMDB_RETURN_IF_ERROR(store_.Write(batch, /*is_synced=*/true));
  KALAMDB_FAULT_POINT("catalog.drop_table.written");

  const WriterLock lock(mu_);
  TableMap& tables = namespaces_.find(table->namespace_id)->second.tables;
  tables.erase(tables.find(table->name));
  --storages_.find(current->options.storage_id)->second.table_count;
  current->is_dropped->store(true, std::memory_order_relaxed);
  return {};
}

// ---- Users ----

UserDefPtr Catalog::FindUser(const UserId& id) const {
  const ReaderLock lock(mu_);
  const auto user = users_.find(id.value);
  return user == users_.end() ? nullptr : user->second;
}

std::vector<UserDefPtr> Catalog::ListUsers() const {
  const ReaderLock lock(mu_);
  std::vector<UserDefPtr> all;
  all.reserve(users_.size());
  for (const auto& [id, user] : users_) {
    all.push_back(user);
  }
  return all;
}

Status Catalog::CreateUser(UserDef def) {
  std::vector<UserDef> created;
  created.push_back(std::move(def));
  return WriteUsers(std::move(created), {});
}

Status Catalog::WriteUsers(std::vector<UserDef> created, std::vector<UserDef> updated) {
  const MutexLock change(change_mu_);
  store::WriteBatch batch(store_);
  std::vector<UserDefPtr> written;
  for (UserDef& def : created) {
    if (FindUser(def.id) != nullptr) {
      return AlreadyExists("User '" + def.id.value + "' already exists");
    }
    def.created_at = def.updated_at = clock_.WallMicros();
    written.push_back(std::make_shared<const UserDef>(std::move(def)));
  }
  for (UserDef& def : updated) {
    if (FindUser(def.id) == nullptr) {
      return NoUser(def.id);
    }
    written.push_back(std::make_shared<const UserDef>(std::move(def)));
  }
  for (const UserDefPtr& user : written) {
    batch.Put(store::Family::kMeta, UserKey(user->id), EncodeUser(*user));
  }
  KALAMDB_FAULT_POINT("catalog.write_users.before_write");
  KALAMDB_RETURN_IF_ERROR(store_.Write(batch, /*is_synced=*/true));
  KALAMDB_FAULT_POINT("catalog.write_users.written");
  const WriterLock lock(mu_);
  for (UserDefPtr& user : written) {
    users_[user->id.value] = std::move(user);
  }
  return {};
}

Status Catalog::UpdateUser(const UserId& id, const std::function<bool(UserDef&)>& change) {
  const MutexLock change_lock(change_mu_);
  const UserDefPtr current = FindUser(id);
  if (current == nullptr) {
    return NoUser(id);
  }
  UserDef def = *current;
  if (!change(def)) {
    return {};
  }
  KALAMDB_CHECK(def.id == id);
  KALAMDB_FAULT_POINT("catalog.update_user.before_write");
  KALAMDB_RETURN_IF_ERROR(WriteRecord(UserKey(id), EncodeUser(def)));
  KALAMDB_FAULT_POINT("catalog.update_user.written");
  auto user = std::make_shared<const UserDef>(std::move(def));
  const WriterLock lock(mu_);
  users_[id.value] = std::move(user);
  return {};
}

// ---- Storages ----

StorageDefPtr Catalog::FindStorage(std::string_view id) const {
  const ReaderLock lock(mu_);
  const auto entry = storages_.find(id);
  return entry == storages_.end() ? nullptr : entry->second.def;
}

std::vector<StorageDefPtr> Catalog::ListStorages() const {
  const ReaderLock lock(mu_);
  std::vector<StorageDefPtr> all;
  all.reserve(storages_.size());
  if (const auto local = storages_.find(kLocalStorage); local != storages_.end()) {
    all.push_back(local->second.def);
  }
  for (const auto& [id, entry] : storages_) {
    if (id != kLocalStorage) {
      all.push_back(entry.def);
    }
  }
  return all;
}

Status Catalog::CreateStorage(StorageDef def) {
  const MutexLock change(change_mu_);
  if (FindStorage(def.id) != nullptr) {
    return AlreadyExists("Storage '" + def.id + "' already exists");
  }
  def.created_at = def.updated_at = clock_.WallMicros();
  KALAMDB_RETURN_IF_ERROR(WriteRecord(StorageKey(def.id), EncodeStorage(def)));
  auto storage = std::make_shared<const StorageDef>(std::move(def));
  const WriterLock lock(mu_);
  storages_[storage->id].def = storage;
  return {};
}

Status Catalog::UpdateStorage(std::string_view id, const std::function<void(StorageDef&)>& change) {
  const MutexLock change_lock(change_mu_);
  const StorageDefPtr current = FindStorage(id);
  if (current == nullptr) {
    return NoStorage(id);
  }
  StorageDef def = *current;
  change(def);
  KALAMDB_CHECK(def.id == id);
  def.updated_at = clock_.WallMicros();
  KALAMDB_RETURN_IF_ERROR(WriteRecord(StorageKey(id), EncodeStorage(def)));
  auto storage = std::make_shared<const StorageDef>(std::move(def));
  const WriterLock lock(mu_);
  storages_[storage->id].def = storage;
  return {};
}

Status Catalog::DropStorage(std::string_view id, const std::function<Status()>& check) {
  const MutexLock change(change_mu_);
  if (FindStorage(id) == nullptr) {
    return NoStorage(id);
  }
  if (const size_t tables = StorageUsage(id); tables > 0) {
    return InvalidOperation("Cannot drop storage '" + std::string(id) +
                            "': " + std::to_string(tables) + " table(s) still using it");
  }
  KALAMDB_RETURN_IF_ERROR(check());
  store::WriteBatch batch(store_);
  batch.Delete(store::Family::kMeta, StorageKey(id));
  KALAMDB_RETURN_IF_ERROR(store_.Write(batch, /*is_synced=*/true));
  const WriterLock lock(mu_);
  storages_.erase(storages_.find(id));
  return {};
}

size_t Catalog::StorageUsage(std::string_view id) const {
  const ReaderLock lock(mu_);
  const auto entry = storages_.find(id);
  return entry == storages_.end() ? 0 : entry->second.table_count;
}

}  // namespace kalamdb::catalog
