// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "jobs/job.h"

namespace kalamdb::jobs {

// One attempt at a job, as its handler sees it. Owned by the runner. Thread-safe: a handler may
// report from several threads.
class JobContext {
 public:
  JobContext(Job job, bool is_recovered, const Clock& clock)
      : job_(std::move(job)),
        is_recovered_(is_recovered),
        clock_(clock),
        cancel_(std::make_shared<CancelToken>()),
        begin_(clock.Monotonic()),
        last_log_(begin_) {}
  JobContext(const JobContext&) = delete;
  JobContext& operator=(const JobContext&) = delete;

  // As it was when the attempt began.
  const Job& job() const { return job_; }
  // Never null. KILL JOB and the end of the server cancel it.
  const CancelTokenPtr& cancel() const { return cancel_; }
  bool is_retry() const { return job_.retry_count > 0; }
  // The process ended while the job ran: what an earlier attempt did may be there in part.
  bool is_recovered() const { return is_recovered_; }

  // The part of the work that is done. `total` 0: not known.
  void SetProgress(uint64_t done, uint64_t total);
  void AddRows(uint64_t rows);
  // Bytes held now; the highest report becomes memory_used.
  void ReportMemory(uint64_t bytes);

  JobProgress progress() const;
  std::optional<int64_t> memory_bytes_max() const;

 private:
  JobProgress ProgressLocked() const KALAMDB_REQUIRES(mu_);
  // True when the log has heard nothing for a while.
  bool IsLogDue() KALAMDB_REQUIRES(mu_);
  void LogProgress(const JobProgress& progress) const;

  const Job job_;
  const bool is_recovered_;
  const Clock& clock_;
  const CancelTokenPtr cancel_;
  const std::chrono::nanoseconds begin_;

  mutable Mutex mu_;
  uint64_t done_ KALAMDB_GUARDED_BY(mu_) = 0;
  uint64_t total_ KALAMDB_GUARDED_BY(mu_) = 0;
  uint64_t rows_ KALAMDB_GUARDED_BY(mu_) = 0;
  std::optional<int64_t> memory_bytes_max_ KALAMDB_GUARDED_BY(mu_);
  std::chrono::nanoseconds last_log_ KALAMDB_GUARDED_BY(mu_);
};

}  // namespace kalamdb::jobs
