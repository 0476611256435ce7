// SPDX-License-Identifier: Apache-2.0
#include "service/flush_scheduler.h"

#include <algorithm>

#include "base/log.h"

namespace kalamdb::service {

namespace {

using std::chrono::nanoseconds;

// How often the trash is swept, and scopes are looked at that no commit has pointed out.
constexpr nanoseconds kPeriod = std::chrono::milliseconds(500);
constexpr nanoseconds kRetryAfter = std::chrono::seconds(10);
// A job for the table runs already: its end is waited for in such steps.
constexpr nanoseconds kBusyWait = std::chrono::milliseconds(20);
// After a flush the hot rows are counted so often, unless nothing was committed meanwhile.
constexpr int kCountsMax = 3;

bool HasPolicy(const catalog::TableDef& table) {
  const catalog::FlushPolicy& policy = table.options.flush_policy;
  return policy.rows.has_value() || policy.interval_seconds.has_value();
}

}  // namespace

Status FlushScheduler::CountTable(const catalog::TableDefPtr& table) {
  KALAMDB_ASSIGN_OR_RETURN(const std::vector<table::Scope> scopes,
                           parts_.flusher.HotScopes(*table));
  for (const table::Scope& scope : scopes) {
    KALAMDB_ASSIGN_OR_RETURN(const table::HotRows hot, parts_.flusher.CountHot(*table, scope));
    const int64_t age = parts_.clock.WallMicros() - SeqTimeMicros(hot.first_seq);
    const MutexLock lock(mu_);
    Entry& entry = entries_[{table->id, scope}];
    entry.table = table;
    entry.rows = hot.count;
    entry.hot_from = hot.first_seq;
    entry.oldest = parts_.clock.Monotonic() -
                   std::chrono::microseconds(std::max<int64_t>(age, 0));
  }
  return {};
}

Status FlushScheduler::Start() {
  for (const catalog::TableDefPtr& table : parts_.catalog.ListTables()) {
    if (HasPolicy(*table)) {
      KALAMDB_RETURN_IF_ERROR(CountTable(table));
    }
  }
  thread_ = std::thread([this] { Run(); });
  sweeper_ = std::thread([this] { RunSweeps(); });
  return {};
}

void FlushScheduler::Stop() {
  {
    const MutexLock lock(mu_);
    is_stopping_ = true;
    is_cancelled_.store(true);
    wake_.NotifyAll();
    stop_.NotifyAll();
  }
  for (std::thread* thread : {&thread_, &sweeper_}) {
    if (thread->joinable()) {
      thread->join();
    }
  }
}

void FlushScheduler::OnCommit(const table::WriteSet& writes) {
  for (const auto& [id, scope] : writes.scopes()) {
    if (!HasPolicy(*scope.table)) {
      continue;
    }
    const MutexLock lock(mu_);
    Entry& entry = entries_[{scope.table->id, scope.scope}];
    const bool was_empty = entry.rows == 0;
    if (was_empty) {
      entry.hot_from = scope.rows.begin()->second.committed_seq;
    }
    for (const auto& [key, row] : scope.rows) {
      // A new version in the place of a hot one is no further row.
      const bool is_more = !row.base.has_value() || row.base->seq < entry.hot_from;
      entry.rows += is_more ? 1 : 0;
    }
    entry.written += scope.rows.size();
    entry.table = scope.table;
    if (was_empty) {
      entry.oldest = parts_.clock.Monotonic();
    }
    const auto& limit = scope.table->options.flush_policy.rows;
    const bool is_full = limit.has_value() && entry.rows >= *limit && !entry.is_taken;
    if ((is_full || was_empty) && !is_woken_) {
      is_woken_ = true;
      wake_.NotifyOne();
    }
  }
}

bool FlushScheduler::IsDue(const Entry& entry, nanoseconds now, bool is_retry) {
  if (entry.is_taken || entry.rows == 0 || (now < entry.not_before && !is_retry)) {
    return false;
  }
  const catalog::FlushPolicy& policy = entry.table->options.flush_policy;
  return (policy.rows.has_value() && entry.rows >= *policy.rows) ||
         (policy.interval_seconds.has_value() &&
          now - entry.oldest >= std::chrono::seconds(*policy.interval_seconds));
}

std::vector<table::Scope> FlushScheduler::TakeDue(TableId table, bool is_retry) {
  const nanoseconds now = parts_.clock.Monotonic();
  std::vector<table::Scope> scopes;
  const MutexLock lock(mu_);
  for (auto entry = entries_.lower_bound({table, table::Scope{}});
       entry != entries_.end() && entry->first.first == table; ++entry) {
    if (IsDue(entry->second, now, is_retry)) {
      entry->second.is_taken = true;
      scopes.push_back(entry->first.second);
    }
  }
  return scopes;
}

Status FlushScheduler::OnFlushed(TableId table, const table::Scope& scope, CommitSeq up_to) {
  for (int attempt = 0;; ++attempt) {
    catalog::TableDefPtr definition;
    uint64_t written = 0;
    {
      const MutexLock lock(mu_);
      const auto found = entries_.find({table, scope});
      if (found == entries_.end()) {
        return {};
      }
      definition = found->second.table;
      written = found->second.written;
    }
    KALAMDB_ASSIGN_OR_RETURN(const table::HotRows hot, parts_.flusher.CountHot(*definition, scope));
    const MutexLock lock(mu_);
    const auto found = entries_.find({table, scope});
    if (found == entries_.end()) {
      return {};
    }
    Entry& entry = found->second;
    if (entry.written != written && attempt + 1 < kCountsMax) {
      continue;
    }
    entry.is_taken = false;
    entry.not_before = {};
    // Under constant writes a count is a little old: rather too many than too few.
    entry.rows = hot.count + (entry.written - written);
    entry.hot_from = CommitSeq{up_to.value + 1};
    entry.oldest = parts_.clock.Monotonic();
    if (entry.rows == 0 && !entry.table->options.flush_policy.rows.has_value()) {
      entries_.erase(found);
    }
    return {};
  }
}

void FlushScheduler::OnFailed(TableId table, const table::Scope& scope) {
  const MutexLock lock(mu_);
  if (const auto found = entries_.find({table, scope}); found != entries_.end()) {
    found->second.is_taken = false;
    found->second.not_before = parts_.clock.Monotonic() + kRetryAfter;
  }
}

std::vector<catalog::TableDefPtr> FlushScheduler::DueTables(nanoseconds* wait) {
  const nanoseconds now = parts_.clock.Monotonic();
  std::vector<catalog::TableDefPtr> tables;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const Entry& scope = entry->second;
    if (scope.table->is_dropped->load(std::memory_order_acquire)) {
      entry = entries_.erase(entry);
      continue;
    }
    if (IsDue(scope, now, false)) {
      if (tables.empty() || tables.back()->id != scope.table->id) {
        tables.push_back(scope.table);
      }
    } else if (const auto& interval = scope.table->options.flush_policy.interval_seconds;
               interval.has_value() && scope.rows > 0 && !scope.is_taken) {
      const nanoseconds due =
          std::max(scope.oldest + std::chrono::seconds(*interval), scope.not_before);
      *wait = std::min(*wait, std::max(due - now, nanoseconds(1)));
    }
    ++entry;
  }
  return tables;
}

void FlushScheduler::Run() {
  nanoseconds wait = kPeriod;
  while (true) {
    std::vector<catalog::TableDefPtr> due;
    {
      const MutexLock lock(mu_);
      if (!is_woken_ && !is_stopping_) {
        wake_.WaitFor(mu_, wait);
      }
      if (is_stopping_) {
        return;
      }
      is_woken_ = false;
      wait = kPeriod;
      due = DueTables(&wait);
    }
    for (const catalog::TableDefPtr& table : due) {
      const auto job = parts_.jobs.FlushDue(*table);
      if (!job.has_value() && job.error().code() != StatusCode::kAlreadyExists) {
        LogWarn("jobs", "cannot start a flush of {}: {}", table->QualifiedName(),
                job.error().message());
      }
      wait = std::min(wait, kBusyWait);
    }
  }
}

void FlushScheduler::SweepTrash() {
  const nanoseconds now = parts_.clock.Monotonic();
  if (now < next_sweep_) {
    return;
  }
  const Status swept = parts_.trash.Sweep();
  if (swept.ok()) {
    sweep_error_.clear();
    return;
  }
  next_sweep_ = now + kRetryAfter;
  if (sweep_error_ != swept.message()) {
    sweep_error_ = swept.message();
    LogWarn("storage", "a file that is no longer needed stays: {}", sweep_error_);
  }
}

void FlushScheduler::RunSweeps() {
  while (true) {
    {
      const MutexLock lock(mu_);
      if (!is_stopping_) {
        stop_.WaitFor(mu_, kPeriod);
      }
      if (is_stopping_) {
        return;
      }
    }
    SweepTrash();
    parts_.trash.FreeSpace(&is_cancelled_);
  }
}

}  // namespace kalamdb::service
