// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "store/kv_store.h"
#include "table/change_sink.h"
#include "table/event_log.h"
#include "table/sequence.h"
#include "table/tiers.h"
#include "table/write_set.h"

namespace kalamdb::table {

enum class SyncMode : uint8_t {
  kAlways,    // A commit is acknowledged after it is on disk.
  kInterval,  // Acknowledged when written to the operating system; synced every interval.
};

struct CommitOptions {
  SyncMode sync = SyncMode::kAlways;
  std::chrono::milliseconds sync_interval{100};
};

// One set of writes that becomes visible and durable together, or not at all.
struct CommitRequest {
  WriteSet writes;
  // Computes `writes` anew from the newest state, after they were found out of date. Runs on the
  // commit thread: a direct-path statement of microseconds, never a query. Empty: a stale base is a
  // Conflict.
  std::function<Status(WriteSet*)> restage;
  // Called once, on the commit thread; must not block. `writes` is what was committed.
  std::move_only_function<void(Status, WriteSet writes)> done;
};

struct CommitStats {
  std::atomic<uint64_t> commits{0};
  std::atomic<uint64_t> groups{0};
  std::atomic<uint64_t> rows{0};
  std::atomic<uint64_t> conflicts{0};
};

// Group commit: one thread takes all waiting requests, checks their base versions, assigns `_seq`,
// writes one batch, syncs once and wakes the writers. What it checks is the newest state, because
// nobody else writes rows. Thread-safe.
//
// Requests that write nothing but events of STREAM tables go first, in a batch of their own that is
// not synced: events may be lost when the machine fails, never when only the server does.
//
// After a failed write the outcome on disk is unknown: every later request fails with Unavailable
// until the server is restarted.
class Committer {
 public:
  // `tiers` tells which rows lie in segments; null when nothing is ever flushed. `events`: null
  // when there are no STREAM tables. `sink` learns of the changes of the tables it wants, but for
  // STREAM tables, of which `events` tells; null when nobody does.
  Committer(store::KvStore& store, SequenceGenerator& sequence, const Tiers* tiers,
            EventLog* events, const CommitOptions& options, ChangeSink* sink = nullptr);
  // Stop()s.
  ~Committer();

  // Waits while limits::kCommitQueueMax requests are queued. After Stop(): done(Unavailable).
  void Submit(std::unique_ptr<CommitRequest> request);
  // Submits and waits. Not on the commit thread.
  Status Commit(WriteSet writes, WriteSet* committed);
  // Runs `work` on the commit thread, between two groups, and waits: nothing is committed
  // meanwhile.
  Status RunExclusive(std::function<Status()> work);
  // Called on the commit thread with what each request has committed, before its `done`; must not
  // block. Set before the first request.
  void set_on_commit(std::function<void(const WriteSet&)> on_commit) {
    on_commit_ = std::move(on_commit);
  }
  // Whether somebody wants the changes of `table`. Thread-safe.
  bool IsWanted(TableId table) const { return sink_ != nullptr && sink_->IsWanted(table); }
  // Commits what is queued, syncs and joins. Idempotent.
  void Stop();

  // The `_seq` of the newest commit that readers see.
  CommitSeq last_commit() const { return CommitSeq{last_commit_.load(std::memory_order_acquire)}; }
  const CommitStats& stats() const { return stats_; }
  // The meta record with the last commit sequence; nothing in a new store.
  static StatusOr<CommitSeq> ReadLastSeq(const store::KvStore& store);
  // The meta key of a table's serial counter.
  static std::string SerialKey(TableId table);

 private:
  struct Task {
    std::unique_ptr<CommitRequest> request;  // Or
    std::function<void()> exclusive;
    int attempts = 0;
  };
  class Group;

  void Run();
  static bool HasOnlyEvents(const Task& task);
  // Events, then the others.
  void CommitAll(std::vector<Task> tasks);
  void CommitGroup(std::vector<Task> tasks, bool is_synced);
  void RunSync();

  store::KvStore& store_;
  SequenceGenerator& sequence_;
  const Tiers* const tiers_;
  EventLog* const events_;
  const CommitOptions options_;
  ChangeSink* const sink_;
  std::function<void(const WriteSet&)> on_commit_;
  CommitStats stats_;
  // Released after the store has applied a group: who reads the number sees the group.
  std::atomic<uint64_t> last_commit_{0};

  Mutex mu_;
  CondVar work_;   // Tasks came, or stopping.
  CondVar space_;  // The queue shrank.
  std::deque<Task> queue_ KALAMDB_GUARDED_BY(mu_);
  bool is_stopping_ KALAMDB_GUARDED_BY(mu_) = false;
  bool is_unsynced_ KALAMDB_GUARDED_BY(mu_) = false;  // kInterval: written since the last sync.
  CondVar sync_;
  std::thread thread_;
  std::thread sync_thread_;  // kInterval only.
};

}  // namespace kalamdb::table
