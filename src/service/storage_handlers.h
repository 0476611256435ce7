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

  explicit StorageHandlers(const Parts& parts) : parts_(parts) {}

  // Before the runner starts. The runner's threads end before this does.
  void RegisterWith(jobs::JobRunner& runner);

 private:
  StatusOr<jobs::JobOutcome> Flush(jobs::JobContext& context);
  StatusOr<jobs::JobOutcome> Compact(jobs::JobContext& context);
  // The table of a job; null when it was dropped.
  catalog::TableDefPtr TableOf(const jobs::Job& job) const;
  Status FlushScopes(const catalog::TableDefPtr& table, const std::vector<table::Scope>& scopes,
                     jobs::JobContext& context, table::FlushResult* total);
  StatusOr<table::FlushResult> FlushOne(const catalog::TableDefPtr& table,
                                        const table::Scope& scope, jobs::JobContext& context);
  StatusOr<bool> NeedsCompaction(const catalog::TableDef& table, const table::Scope& scope) const;

  const Parts parts_;
};

}  // namespace kalamdb::service
