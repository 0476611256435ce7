// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "catalog/catalog.h"
#include "jobs/job_runner.h"
#include "service/flush_scheduler.h"
#include "table/compactor.h"
#include "table/flusher.h"
#include "table/tiers.h"

namespace kalamdb::service {

// What flush and compact jobs do. Thread-safe: handlers run on the runner's threads.
class StorageHandlers {
 public:
  struct Options {
    int64_t deleted_retention_seconds = 7 * 86'400;  // Of tables that do not say; 0: for ever.
    size_t merge_segments = 8;                       // See table::CompactionOptions.
  };
  struct Parts {
    const catalog::Catalog& catalog;
    const Clock& clock;
    store::KvStore& store;
    table::Tiers& tiers;
    table::Flusher& flusher;
    table::Compactor& compactor;
    FlushScheduler& scheduler;
    StorageJobs& jobs;
  };

  StorageHandlers(const Parts& parts, const Options& options) : parts_(parts), options_(options) {}

  // Before the runner starts. The runner's threads end before this does.
  void RegisterWith(jobs::JobRunner& runner);

 private:
  using Work = StatusOr<jobs::JobOutcome> (StorageHandlers::*)(jobs::JobContext&,
                                                               const catalog::TableDefPtr&);
  // Calls `work` with the job's table. A table that is dropped, also meanwhile: the job is skipped.
  StatusOr<jobs::JobOutcome> Run(jobs::JobContext& context, Work work);
  StatusOr<jobs::JobOutcome> Flush(jobs::JobContext& context, const catalog::TableDefPtr& table);
  StatusOr<jobs::JobOutcome> Compact(jobs::JobContext& context, const catalog::TableDefPtr& table);
  // All of them; those that are left after an error become due again later.
  Status FlushScopes(const catalog::TableDefPtr& table, const std::vector<table::Scope>& scopes,
                     jobs::JobContext& context, table::FlushResult* total);
  StatusOr<table::FlushResult> FlushOne(const catalog::TableDefPtr& table,
                                        const table::Scope& scope, jobs::JobContext& context);
  // Positions before it are older than the table's retention of deleted rows; nothing: all stay.
  std::optional<CommitSeq> TombstonesBefore(const catalog::TableDef& table) const;
  StatusOr<bool> NeedsCompaction(const catalog::TableDef& table, const table::Scope& scope) const;

  const Parts parts_;
  const Options options_;
};

}  // namespace kalamdb::service
