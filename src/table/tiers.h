// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/cancel.h"
#include "base/mutex.h"
#include "catalog/catalog.h"
#include "cold/engine.h"
#include "cold/manifest.h"
#include "cold/segment_store.h"
#include "store/kv_store.h"
#include "table/keys.h"

namespace kalamdb::table {

// The segments of one scope at one moment.
struct ColdScope {
  cold::Manifest manifest;
  std::vector<cold::SegmentPtr> segments;  // Of the manifest, in its order.

  // The segment whose range holds `seq`; null when there is none.
  cold::SegmentPtr Find(CommitSeq seq) const;
};
using ColdScopePtr = std::shared_ptr<const ColdScope>;

// Positions of dead rows, ascending.
using DeadRows = std::shared_ptr<const std::vector<uint64_t>>;

struct DeadCount {
  uint64_t rows = 0;  // Tombstones included.
  uint64_t tombstones = 0;
};

// Where the rows of a scope are: up to `flushed` in segments, up to `flushing` in the hot tier and
// perhaps in a segment that is being written, later ones in the hot tier only.
struct TierBoundary {
  CommitSeq flushed;
  CommitSeq flushing;
};

// Finds what the cold family holds: manifests and dead rows. Thread-safe except where it says the
// commit thread.
class Tiers {
 public:
  using FindStorage = std::function<catalog::StorageDefPtr(std::string_view id)>;

  // All of them outlive it.
  Tiers(store::KvStore& store, cold::Engine& engine, FindStorage find_storage)
      : store_(store), engine_(engine), find_storage_(std::move(find_storage)) {}

  cold::Engine& engine() const { return engine_; }

  // At start: notes which of `tables` have segments.
  Status Load(const std::vector<catalog::TableDefPtr>& tables);

  // The segments of a scope under `snapshot`, which the caller keeps as long as it reads them:
  // their files stay until then. Null when there are none, at no cost for a table that was never
  // flushed.
  StatusOr<ColdScopePtr> Find(const catalog::TableDef& table, std::string_view scope_prefix,
                              const store::Snapshot& snapshot) const;
  // Dead rows with first <= _seq <= last.
  StatusOr<DeadRows> ReadDead(std::string_view scope_prefix, CommitSeq first, CommitSeq last,
                              const store::SnapshotPtr& snapshot) const;
  // How many there are, without listing them. Cancelled when `cancel`, which may be null, says so.
  StatusOr<DeadCount> CountDead(std::string_view scope_prefix, CommitSeq first, CommitSeq last,
                                const store::SnapshotPtr& snapshot,
                                const CancelToken* cancel) const;
  // Calls `visit` for every scope of a table that has a manifest. Stops at an error.
  Status ForEachScope(const catalog::TableDef& table, const store::SnapshotPtr& snapshot,
                      const std::function<Status(Scope, const cold::Manifest&)>& visit) const;

  // The newest position up to which the scope's rows are in segments or gone.
  StatusOr<CommitSeq> FlushedSeq(const catalog::TableDef& table,
                                 std::string_view scope_prefix) const;

  // How often NoteChange() was called for a table: manifests that were read before it was different
  // may be old. After every write of a manifest.
  uint64_t ChangesOf(TableId table) const;
  void NoteChange(TableId table);

  // The storage of a table: its files, and the folder of a scope in it. NotFound when the storage
  // is gone.
  StatusOr<std::unique_ptr<cold::SegmentStore>> OpenStorage(const catalog::TableDef& table) const;
  StatusOr<std::string> ScopeFolder(const catalog::TableDef& table, const Scope& scope) const;

  // ---- On the commit thread ----
  StatusOr<TierBoundary> BoundaryOf(const catalog::TableDef& table,
                                    std::string_view scope_prefix) const;
  // The newest manifest; an empty one when there is none.
  StatusOr<cold::Manifest> NewestManifest(std::string_view scope_prefix) const;
  void BeginFlush(const std::string& scope_prefix, CommitSeq up_to) {
    flushing_[scope_prefix] = up_to;
  }
  void EndFlush(const std::string& scope_prefix) { flushing_.erase(scope_prefix); }

 private:
  StatusOr<catalog::StorageDefPtr> StorageOf(const catalog::TableDef& table) const;
  StatusOr<ColdScopePtr> Resolve(const catalog::TableDef& table, cold::Manifest manifest) const;

  store::KvStore& store_;
  cold::Engine& engine_;
  const FindStorage find_storage_;
  mutable Mutex mu_;
  // The latest that was read of each scope, by its prefix; at kCachedScopesMax it is emptied.
  mutable std::unordered_map<std::string, ColdScopePtr> cached_ KALAMDB_GUARDED_BY(mu_);
  std::unordered_map<uint32_t, uint64_t> changes_ KALAMDB_GUARDED_BY(mu_);  // By table id.
  std::map<std::string, CommitSeq, std::less<>> flushing_;                  // Of the commit thread.
};

}  // namespace kalamdb::table
