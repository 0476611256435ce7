// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "catalog/table_def.h"
#include "store/kv_store.h"

namespace kalamdb::catalog {

struct NamespaceDef {
  std::string name = {};
  std::string options_json = "{}";
  int64_t created_at = 0;
};

enum class AuthType : uint8_t { kPassword = 0, kOAuth = 1, kInternal = 2 };

struct UserDef {
  UserId id;
  std::string password_hash;  // bcrypt; empty when the user has no password.
  Role role = Role::kUser;
  std::optional<std::string> email;
  AuthType auth_type = AuthType::kPassword;
  std::optional<std::string> auth_data;  // JSON.
  std::optional<std::string> storage_id;
  uint32_t failed_login_attempts = 0;
  std::optional<int64_t> locked_until;
  std::optional<int64_t> last_login_at;
  int64_t created_at = 0;
  int64_t updated_at = 0;
  std::optional<int64_t> deleted_at;  // Soft delete: the id is never given again.
};

struct StorageDef {
  std::string id;
  std::string name;
  std::optional<std::string> description;
  std::string type;  // "filesystem".
  std::string base_directory;
  std::optional<std::string> credentials;  // JSON.
  std::optional<std::string> config;       // JSON.
  std::string shared_tables_template;
  std::string user_tables_template;
  int64_t created_at = 0;
  int64_t updated_at = 0;
};

using NamespaceDefPtr = std::shared_ptr<const NamespaceDef>;
using UserDefPtr = std::shared_ptr<const UserDef>;
using StorageDefPtr = std::shared_ptr<const StorageDef>;

// Names and what they mean: namespaces, tables, users and storages. Kept in memory, written to the
// store's meta family; a change is durable before anyone sees it. Thread-safe: reads are memory
// look-ups under a shared lock, changes are serialised.
//
// The rules about who may do what, reserved names and so on are the service's; the catalog keeps
// the names unique and the references whole.
class Catalog {
 public:
  // Reads what is stored. Corruption names the record that cannot be read.
  static StatusOr<std::unique_ptr<Catalog>> Open(store::KvStore& store, const Clock& clock);
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  // ---- Namespaces ----
  NamespaceDefPtr FindNamespace(std::string_view name) const;
  std::vector<NamespaceDefPtr> ListNamespaces() const;  // By name.
  // Sets created_at. AlreadyExists when the name is taken.
  Status CreateNamespace(NamespaceDef def);
  // NotFound; InvalidOperation while it holds tables.
  Status DropNamespace(std::string_view name);
  // Removes the namespace and the tables in it in one durable write, together with what `add_rows`
  // adds for each of them; sets their is_dropped. Called on the commit thread. NotFound.
  Status DropNamespaceAndTables(
      std::string_view name,
      const std::function<void(const TableDef& table, store::WriteBatch* batch)>& add_rows);
  size_t CountTables(std::string_view namespace_id) const;

  // ---- Tables ----
  TableDefPtr FindTable(std::string_view namespace_id, std::string_view name) const;
  std::vector<TableDefPtr> ListTables() const;  // By namespace and name.
  std::vector<TableDefPtr> ListTables(std::string_view namespace_id) const;
  // Assigns the id, times, layout and version 1. `def.versions` holds the one schema.
  // NotFound when the namespace or the storage is missing, AlreadyExists when the name is taken.
  StatusOr<TableDefPtr> CreateTable(TableDef def);
  // Removes the table's record together with what else `batch` holds, in one durable write; sets
  // is_dropped. Called on the commit thread. NotFound when `table` is no longer what its name
  // means.
  Status DropTable(const TableDefPtr& table, store::WriteBatch batch);

  // ---- Users ----
  UserDefPtr FindUser(const UserId& id) const;  // Soft-deleted ones too.
  std::vector<UserDefPtr> ListUsers() const;    // By id.
  // Sets created_at and updated_at. AlreadyExists, also for a deleted user's id.
  Status CreateUser(UserDef def);
  // Creates and replaces users in one durable write; sets the times of the created ones.
  // NotFound when `updated` names an unknown one, AlreadyExists as CreateUser().
  Status WriteUsers(std::vector<UserDef> created, std::vector<UserDef> updated);
  // Applies `change` to a copy of the stored user, which replaces it durably when `change` returns
  // true. It runs under the lock that serialises changes: it must be short and not call the
  // catalog. NotFound when there is no such user.
  Status UpdateUser(const UserId& id, const std::function<bool(UserDef&)>& change);

  // ---- Storages ----
  StorageDefPtr FindStorage(std::string_view id) const;
  std::vector<StorageDefPtr> ListStorages() const;  // By id, `local` first.
  Status CreateStorage(StorageDef def);  // Sets the times. AlreadyExists when the id is taken.
  // Applies `change` to a copy of the stored storage, which replaces it durably; sets updated_at.
  // Runs under a lock as in UpdateUser(). NotFound.
  Status UpdateStorage(std::string_view id, const std::function<void(StorageDef&)>& change);
  // NotFound; InvalidOperation "Cannot drop storage 'x': N table(s) still using it"; what `check`
  // returns, which runs last, under the lock that serialises changes.
  Status DropStorage(std::string_view id, const std::function<Status()>& check);
  // Tables that name the storage: exact, because it is counted under the same lock.
  size_t StorageUsage(std::string_view id) const;

 private:
  Catalog(store::KvStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  using TableMap = std::map<std::string, TableDefPtr, std::less<>>;
  struct NamespaceEntry {
    NamespaceDefPtr def;
    TableMap tables;
  };
  struct StorageEntry {
    StorageDefPtr def;
    size_t table_count = 0;  // Tables in namespaces_ that name the storage.
  };

  Status Load();
  Status LoadRecord(std::string_view key, std::string_view value) KALAMDB_REQUIRES(mu_);
  Status AddLoadedTable(TableDef def) KALAMDB_REQUIRES(mu_);
  Status CheckNewTable(const TableDef& def) const;
  // Null when there is none. The pointer is good while the lock is held.
  const TableDefPtr* TableEntry(std::string_view namespace_id, std::string_view name) const
      KALAMDB_REQUIRES_SHARED(mu_);
  // Writes one record durably.
  Status WriteRecord(std::string_view key, std::string_view value) KALAMDB_REQUIRES(change_mu_);
  // The end of both ways to drop a namespace; `tables` are those in it.
  Status RemoveNamespace(std::string_view name, const std::vector<TableDefPtr>& tables,
                         store::WriteBatch batch) KALAMDB_REQUIRES(change_mu_);

  store::KvStore& store_;
  const Clock& clock_;
  // Held through a change, its write included, so that what a change has checked stays true until
  // it is made; taken before mu_. Readers never wait for it.
  mutable Mutex change_mu_;
  mutable SharedMutex mu_;
  std::map<std::string, NamespaceEntry, std::less<>> namespaces_ KALAMDB_GUARDED_BY(mu_);
  std::map<std::string, UserDefPtr, std::less<>> users_ KALAMDB_GUARDED_BY(mu_);
  std::map<std::string, StorageEntry, std::less<>> storages_ KALAMDB_GUARDED_BY(mu_);
  uint32_t next_table_id_ KALAMDB_GUARDED_BY(change_mu_) = 1;
};

}  // namespace kalamdb::catalog
