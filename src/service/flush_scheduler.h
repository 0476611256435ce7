// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "catalog/catalog.h"
#include "service/storage_jobs.h"
#include "table/flusher.h"
#include "table/trash.h"

namespace kalamdb::service {

// Starts flush jobs as the policies of tables say: `rows:N` when a scope has so many hot rows,
// `interval:S` when its oldest hot row has that age. USER tables have a scope for each user. Counts
// are kept in memory and made anew from the hot rows at start. Also sweeps the trash and gives back
// the space of flushed rows. Thread-safe.
class FlushScheduler {
 public:
  struct Parts {
    const catalog::Catalog& catalog;
    const Clock& clock;
    table::Flusher& flusher;
    table::Trash& trash;
    StorageJobs& jobs;
  };

  explicit FlushScheduler(const Parts& parts) : parts_(parts) {}
  ~FlushScheduler() { Stop(); }
  FlushScheduler(const FlushScheduler&) = delete;
  FlushScheduler& operator=(const FlushScheduler&) = delete;

  // Counts what is hot and starts the thread. Once.
  Status Start();
  void Stop();  // Idempotent.

  // On the commit thread, after each commit: microseconds, never blocks on the disk.
  void OnCommit(const table::WriteSet& writes);
  // The scopes of a table that are due now. `is_retry`: also those that failed a moment ago.
  std::vector<table::Scope> TakeDue(TableId table, bool is_retry);
  // Counts what is hot now: rows that changed during the flush have become more without an INSERT.
  // Rows up to `up_to` are cold.
  Status OnFlushed(TableId table, const table::Scope& scope, CommitSeq up_to);
  // The scope is tried again after a while.
  void OnFailed(TableId table, const table::Scope& scope);

 private:
  using Key = std::pair<TableId, table::Scope>;
  struct Entry {
    catalog::TableDefPtr table;
    uint64_t rows = 0;
    CommitSeq hot_from;                       // Rows before it are not counted in `rows`.
    uint64_t written = 0;                     // Rows of all commits: whether a count is of now.
    std::chrono::nanoseconds oldest{};        // Monotonic: of the first row that is counted.
    std::chrono::nanoseconds not_before{};    // After a failure.
    bool is_taken = false;                    // By a job that runs.
  };

  Status CountTable(const catalog::TableDefPtr& table);
  static bool IsDue(const Entry& entry, std::chrono::nanoseconds now, bool is_retry);
  void Run();
  void RunSweeps();
  void SweepTrash();
  // Tables with a scope that is due, and when to look again.
  std::vector<catalog::TableDefPtr> DueTables(std::chrono::nanoseconds* wait)
      KALAMDB_REQUIRES(mu_);

  const Parts parts_;
  Mutex mu_;
  CondVar wake_;
  std::map<Key, Entry> entries_ KALAMDB_GUARDED_BY(mu_);
  bool is_woken_ KALAMDB_GUARDED_BY(mu_) = false;
  bool is_stopping_ KALAMDB_GUARDED_BY(mu_) = false;
  CondVar stop_;
  std::atomic<bool> is_cancelled_{false};  // For the sweeper: stops what it runs.
  std::thread thread_;
  std::thread sweeper_;
  // Of the sweeper.
  std::chrono::nanoseconds next_sweep_{};
  std::string sweep_error_;  // The last that was logged.
};

}  // namespace kalamdb::service
