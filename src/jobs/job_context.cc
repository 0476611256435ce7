// SPDX-License-Identifier: Apache-2.0
#include "jobs/job_context.h"

#include <algorithm>

#include "base/log.h"

namespace kalamdb::jobs {

namespace {

constexpr std::chrono::seconds kLogInterval{5};

}  // namespace

JobProgress JobContext::ProgressLocked() const {
  JobProgress progress;
  if (total_ > 0) {
    const double part = static_cast<double>(std::min(done_, total_)) / static_cast<double>(total_);
    progress.percent = static_cast<int>(part * 100);
  }
  progress.rows = rows_;
  const double seconds = std::chrono::duration<double>(clock_.Monotonic() - begin_).count();
  if (seconds > 0) {
    progress.rows_per_second = static_cast<uint64_t>(static_cast<double>(rows_) / seconds);
  }
  return progress;
}

bool JobContext::IsLogDue() {
  const std::chrono::nanoseconds now = clock_.Monotonic();
  if (now - last_log_ < kLogInterval) {
    return false;
  }
  last_log_ = now;
  return true;
}

void JobContext::LogProgress(const JobProgress& progress) const {
  LogInfo("jobs", "{} {}: {} % done, {} rows, {} rows/s", JobTypeName(job_.type), job_.id.value,
          progress.percent.value_or(0), progress.rows, progress.rows_per_second);
}

void JobContext::SetProgress(uint64_t done, uint64_t total) {
  std::optional<JobProgress> logged;
  {
    const MutexLock lock(mu_);
    done_ = done;
    total_ = total;
    if (IsLogDue()) {
      logged = ProgressLocked();
    }
  }
  if (logged.has_value()) {
    LogProgress(*logged);
  }
}

void JobContext::AddRows(uint64_t rows) {
  std::optional<JobProgress> logged;
  {
    const MutexLock lock(mu_);
    rows_ += rows;
    if (IsLogDue()) {
      logged = ProgressLocked();
    }
  }
  if (logged.has_value()) {
    LogProgress(*logged);
  }
}

void JobContext::ReportMemory(uint64_t bytes) {
  const MutexLock lock(mu_);
  memory_bytes_max_ = std::max(memory_bytes_max_.value_or(0), static_cast<int64_t>(bytes));
}

JobProgress JobContext::progress() const {
  const MutexLock lock(mu_);
  return ProgressLocked();
}

std::optional<int64_t> JobContext::memory_bytes_max() const {
  const MutexLock lock(mu_);
  return memory_bytes_max_;
}

}  // namespace kalamdb::jobs
