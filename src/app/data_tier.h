// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/activity.h"
#include "base/clock.h"
#include "base/data_dir.h"
#include "base/settings.h"
#include "catalog/catalog.h"
#include "live/change_queue.h"
#include "store/kv_store.h"
#include "table/committer.h"
#include "table/compactor.h"
#include "table/flusher.h"
#include "table/reader.h"
#include "table/sequence.h"
#include "table/serials.h"
#include "table/table_counts.h"

namespace kalamdb::app {

// What keeps rows and names: the store, the catalog and the table engine. Owned by ServerApp; the
// parts are thread-safe. Destroyed last, after everything that reads or writes.
class DataTier {
 public:
  // What is passed by reference outlives the tier.
  static StatusOr<std::unique_ptr<DataTier>> Open(const Settings& settings, const DataDir& data,
                                                  const Clock& clock);

  ~DataTier() { events_.Stop(); }

  Activity& activity() { return *activity_; }
  store::KvStore& store() { return *store_; }
  catalog::Catalog& catalog() { return *catalog_; }
  table::SequenceGenerator& sequence() { return sequence_; }
  table::Serials& serials() { return serials_; }
  table::TableReader& reader() { return reader_; }
  table::Committer& committer() { return committer_; }
  table::EventLog& events() { return events_; }
  live::ChangeQueue& changes() { return changes_; }
  table::Tiers& tiers() { return tiers_; }
  table::Trash& trash() { return trash_; }
  table::Flusher& flusher() { return flusher_; }
  table::Compactor& compactor() { return compactor_; }
  table::ColdTotals& cold_totals() { return cold_totals_; }
  const table::MaintenanceStats& maintenance_stats() const { return maintenance_stats_; }

  // Commits what is queued and syncs. The error is of the disk. Idempotent.
  Status Stop();

 private:
  DataTier(const Settings& settings, const Clock& clock, std::unique_ptr<Activity> activity,
           std::unique_ptr<store::KvStore> store, std::unique_ptr<catalog::Catalog> catalog,
           std::unique_ptr<cold::Engine> parquet, CommitSeq last_seq);

  std::unique_ptr<Activity> activity_;
  std::unique_ptr<store::KvStore> store_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<cold::Engine> parquet_;
  table::SequenceGenerator sequence_;
  table::Serials serials_;
  table::Tiers tiers_;
  table::ColdTotals cold_totals_;
  table::Trash trash_;
  live::ChangeQueue changes_;
  table::EventLog events_;
  table::TableReader reader_;
  table::Committer committer_;  // Writes through the others from its own thread.
  table::ScopeLocks scope_locks_;
  table::MaintenanceStats maintenance_stats_;
  table::Flusher flusher_;
  table::Compactor compactor_;
};

}  // namespace kalamdb::app
