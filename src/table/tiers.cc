// SPDX-License-Identifier: Apache-2.0
#include "table/tiers.h"

#include <algorithm>
#include <utility>

#include "cold/folder_store.h"
#include "cold/paths.h"
#include "types/key_codec.h"

namespace kalamdb::table {

namespace {

constexpr size_t kCachedScopesMax = 50'000;
constexpr uint64_t kDeadPerCheck = 4'096;

}  // namespace

cold::SegmentPtr ColdScope::Find(CommitSeq seq) const {
  const auto after = std::upper_bound(
      segments.begin(), segments.end(), seq,
      [](CommitSeq at, const cold::SegmentPtr& segment) { return at < segment->meta.min_seq; });
  if (after == segments.begin()) {
    return nullptr;
  }
  const cold::SegmentPtr& segment = *std::prev(after);
  return seq <= segment->meta.max_seq ? segment : nullptr;
}

Status Tiers::Load(const std::vector<catalog::TableDefPtr>& tables) {
  for (const catalog::TableDefPtr& table : tables) {
    const auto keys = store_.NewIterator(store::Family::kCold, TableBegin(table->id),
                                         TableEnd(table->id), nullptr);
    keys->SeekToFirst();
    if (keys->Valid()) {
      table->has_segments->store(true, std::memory_order_release);
    }
    KALAMDB_RETURN_IF_ERROR(keys->status());
  }
  return {};
}

StatusOr<ColdScopePtr> Tiers::Find(const catalog::TableDef& table, std::string_view scope_prefix,
                                   const store::Snapshot& snapshot) const {
  if (!table.has_segments->load(std::memory_order_acquire)) {
    return nullptr;
  }
  std::string bytes;
  KALAMDB_ASSIGN_OR_RETURN(
      const bool is_found,
      store_.Get(store::Family::kCold, ManifestKey(scope_prefix), &snapshot, &bytes));
  if (!is_found) {
    return nullptr;
  }
  const std::string prefix(scope_prefix);
  KALAMDB_ASSIGN_OR_RETURN(const uint64_t version, cold::VersionOf(bytes));
  {
    const MutexLock lock(mu_);
    const auto found = cached_.find(prefix);
    if (found != cached_.end() && found->second->manifest.version == version) {
      return found->second;
    }
  }
  KALAMDB_ASSIGN_OR_RETURN(cold::Manifest manifest, cold::DecodeManifest(bytes));
  KALAMDB_ASSIGN_OR_RETURN(ColdScopePtr scope, Resolve(table, std::move(manifest)));
  const MutexLock lock(mu_);
  if (cached_.size() >= kCachedScopesMax) {
    cached_.clear();
  }
  ColdScopePtr& kept = cached_[prefix];
  if (kept == nullptr || kept->manifest.version < version) {
    kept = scope;
  }
  return scope;
}

StatusOr<ColdScopePtr> Tiers::Resolve(const catalog::TableDef& table,
                                      cold::Manifest manifest) const {
  KALAMDB_ASSIGN_OR_RETURN(const auto storage, OpenStorage(table));
  auto scope = std::make_shared<ColdScope>();
  for (const cold::SegmentMeta& meta : manifest.segments) {
    const auto written = std::find_if(
        table.versions.begin(), table.versions.end(),
        [&](const types::Schema& schema) { return schema.version == meta.schema_version; });
    if (written == table.versions.end()) {
      return Error(Corruption("segment " + meta.path + " names schema version " +
                              std::to_string(meta.schema_version) + ", which table " +
                              table.QualifiedName() + " does not have"));
    }
    scope->segments.push_back(std::make_shared<const cold::Segment>(
        cold::Segment{.meta = meta,
                      .file = storage->Path(meta.path),
                      .written = std::make_shared<const types::Schema>(*written)}));
  }
  scope->manifest = std::move(manifest);
  return scope;
}

StatusOr<DeadRows> Tiers::ReadDead(std::string_view scope_prefix, CommitSeq first, CommitSeq last,
                                   const store::SnapshotPtr& snapshot) const {
  auto dead = std::make_shared<std::vector<uint64_t>>();
  const auto keys = store_.NewIterator(store::Family::kCold, DeadKey(scope_prefix, first),
                                       DeadKey(scope_prefix, CommitSeq{last.value + 1}), snapshot);
  for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
    dead->push_back(SeqOfRowKey(keys->key()).value);
  }
  KALAMDB_RETURN_IF_ERROR(keys->status());
  return dead;
}

StatusOr<DeadCount> Tiers::CountDead(std::string_view scope_prefix, CommitSeq first, CommitSeq last,
                                     const store::SnapshotPtr& snapshot,
                                     const CancelToken* cancel) const {
  DeadCount dead;
  const auto keys = store_.NewIterator(store::Family::kCold, DeadKey(scope_prefix, first),
                                       DeadKey(scope_prefix, CommitSeq{last.value + 1}), snapshot);
  for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
    dead.tombstones += keys->value() == kDeadTombstone ? 1 : 0;
    if (++dead.rows % kDeadPerCheck == 0 && cancel != nullptr) {
      KALAMDB_RETURN_IF_ERROR(cancel->Check());
    }
  }
  KALAMDB_RETURN_IF_ERROR(keys->status());
  if (cancel != nullptr) {
    KALAMDB_RETURN_IF_ERROR(cancel->Check());
  }
  return dead;
}

uint64_t Tiers::ChangesOf(TableId table) const {
  const MutexLock lock(mu_);
  const auto found = changes_.find(table.value);
  return found == changes_.end() ? 0 : found->second;
}

void Tiers::NoteChange(TableId table) {
  const MutexLock lock(mu_);
  ++changes_[table.value];
}

Status Tiers::ForEachScope(const catalog::TableDef& table, const store::SnapshotPtr& snapshot,
                           const std::function<Status(Scope, const cold::Manifest&)>& visit) const {
  if (!table.has_segments->load(std::memory_order_acquire)) {
    return {};
  }
  const auto keys =
      store_.NewIterator(store::Family::kCold, TableBegin(table.id), TableEnd(table.id), snapshot);
  keys->SeekToFirst();
  while (keys->Valid()) {
    types::KeyReader key(keys->key());
    KALAMDB_ASSIGN_OR_RETURN([[maybe_unused]] const uint32_t id, key.ReadU32());
    KALAMDB_ASSIGN_OR_RETURN(std::string scope, key.ReadString());
    const std::string prefix = ScopePrefix(table.id, Scope{scope});
    if (keys->key() == ManifestKey(prefix)) {
      KALAMDB_ASSIGN_OR_RETURN(const cold::Manifest manifest, cold::DecodeManifest(keys->value()));
      KALAMDB_RETURN_IF_ERROR(visit(Scope{std::move(scope)}, manifest));
    }
    keys->Seek(types::PrefixEnd(prefix));  // Past its dead rows.
  }
  return keys->status();
}

StatusOr<catalog::StorageDefPtr> Tiers::StorageOf(const catalog::TableDef& table) const {
  catalog::StorageDefPtr storage = find_storage_(table.options.storage_id);
  if (storage == nullptr) {
    return Error(NotFound("storage '" + table.options.storage_id + "' of table " +
                          table.QualifiedName() + " does not exist"));
  }
  return storage;
}

StatusOr<std::unique_ptr<cold::SegmentStore>> Tiers::OpenStorage(
    const catalog::TableDef& table) const {
  KALAMDB_ASSIGN_OR_RETURN(const catalog::StorageDefPtr storage, StorageOf(table));
  return std::make_unique<cold::FolderStore>(storage->base_directory);
}

StatusOr<std::string> Tiers::ScopeFolder(const catalog::TableDef& table, const Scope& scope) const {
  KALAMDB_ASSIGN_OR_RETURN(const catalog::StorageDefPtr storage, StorageOf(table));
  const bool is_user = table.kind == catalog::TableKind::kUser;
  return cold::ScopeFolder(
      is_user ? storage->user_tables_template : storage->shared_tables_template, table,
      scope.value);
}

StatusOr<CommitSeq> Tiers::FlushedSeq(const catalog::TableDef& table,
                                      std::string_view scope_prefix) const {
  std::string bytes;
  if (table.has_segments->load(std::memory_order_acquire)) {
    KALAMDB_ASSIGN_OR_RETURN(
        const bool is_found,
        store_.Get(store::Family::kCold, ManifestKey(scope_prefix), nullptr, &bytes));
    if (is_found) {
      return cold::FlushedSeqOf(bytes);
    }
  }
  return CommitSeq{0};
}

StatusOr<TierBoundary> Tiers::BoundaryOf(const catalog::TableDef& table,
                                         std::string_view scope_prefix) const {
  TierBoundary boundary;
  KALAMDB_ASSIGN_OR_RETURN(boundary.flushed, FlushedSeq(table, scope_prefix));
  boundary.flushing = boundary.flushed;
  if (const auto found = flushing_.find(scope_prefix); found != flushing_.end()) {
    boundary.flushing = found->second;
  }
  return boundary;
}

StatusOr<cold::Manifest> Tiers::NewestManifest(std::string_view scope_prefix) const {
  std::string bytes;
  KALAMDB_ASSIGN_OR_RETURN(
      const bool is_found,
      store_.Get(store::Family::kCold, ManifestKey(scope_prefix), nullptr, &bytes));
  return is_found ? cold::DecodeManifest(bytes) : cold::Manifest();
}

}  // namespace kalamdb::table
