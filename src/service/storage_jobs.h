// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "catalog/catalog.h"
#include "jobs/job_runner.h"

namespace kalamdb::service {

// Starts the jobs that work on the storage of one table. Thread-safe; blocks on the disk.
class StorageJobs {
 public:
  virtual ~StorageJobs() = default;
  // Empty: there is nothing to do. AlreadyExists, with the id of the other job, when one for the
  // table is queued or running.
  virtual StatusOr<std::optional<jobs::JobId>> Flush(const catalog::TableDef& table) = 0;
  virtual StatusOr<std::optional<jobs::JobId>> Compact(const catalog::TableDef& table) = 0;

  // What the server starts by itself: a flush of the scopes that are due by the table's policy, and
  // a compaction of what is worth it.
  virtual StatusOr<jobs::JobId> FlushDue(const catalog::TableDef& table) = 0;
  virtual StatusOr<jobs::JobId> CompactWorthIt(const catalog::TableDef& table) = 0;
};

// Which of them a job is.
bool IsPolicyFlush(const jobs::Job& job);
bool IsFullCompaction(const jobs::Job& job);

// Submits jobs of the types flush and compact to a runner, with the keys `flush-<ns>-<table>` and
// `compact-<ns>-<table>`. Their handlers find the table by the job's namespace and table names.
class RunnerStorageJobs final : public StorageJobs {
 public:
  // Whether the table has rows that a flush would move. Thread-safe.
  using HasHotRows = std::function<StatusOr<bool>(const catalog::TableDef& table)>;

  RunnerStorageJobs(jobs::JobRunner& runner, HasHotRows has_hot_rows)
      : runner_(runner), has_hot_rows_(std::move(has_hot_rows)) {}
  StatusOr<std::optional<jobs::JobId>> Flush(const catalog::TableDef& table) override;
  StatusOr<std::optional<jobs::JobId>> Compact(const catalog::TableDef& table) override;
  StatusOr<jobs::JobId> FlushDue(const catalog::TableDef& table) override;
  StatusOr<jobs::JobId> CompactWorthIt(const catalog::TableDef& table) override;

 private:
  jobs::JobRunner& runner_;
  const HasHotRows has_hot_rows_;
};

}  // namespace kalamdb::service
