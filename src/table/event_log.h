// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "store/kv_store.h"
#include "table/change_sink.h"
#include "table/write_set.h"

namespace kalamdb::table {

class Committer;

struct EventStats {
  std::atomic<uint64_t> stored{0};
  std::atomic<uint64_t> expired{0};    // Removed past their time to live.
  std::atomic<uint64_t> evicted{0};    // Removed because the scope held max_buffer newer ones.
  std::atomic<uint64_t> discarded{0};  // Of ephemeral tables: never stored, nobody subscribed.
};

// What the server knows of stored events without looking: how many each scope holds and when the
// oldest is due. Removes events past their time to live, which nobody sees any more, within a
// second. Takes about 150 bytes of memory for each scope that holds events. Thread-safe, except for
// what is marked.
class EventLog {
 public:
  // `sink` may be null: then nobody ever subscribes.
  EventLog(store::KvStore& store, const Clock& clock, ChangeSink* sink)
      : store_(store), clock_(clock), sink_(sink) {}
  ~EventLog() { Stop(); }

  // Counts what is stored: before the first commit.
  Status Load(const std::vector<catalog::TableDefPtr>& tables);
  // Sweeps in a thread of its own, which writes through `committer`, until Stop(). Stop() comes
  // before that of the committer, and may come twice.
  void Start(Committer& committer);
  void Stop();
  // Removes everything that is past its time to live now.
  Status Sweep(Committer& committer);

  // Stored events, those included that the next sweep removes.
  uint64_t CountStored() const;
  // No event that `snapshot` sees is below: a scan need not step over what was evicted there.
  CommitSeq FirstAt(const catalog::TableDef& table, const Scope& scope,
                    const store::Snapshot& snapshot) const;
  const EventStats& stats() const { return stats_; }

 private:
  friend class EventGroup;

  // No event is below `first` from the write of the store on that has this number.
  struct Floor {
    CommitSeq first;
    uint64_t number = 0;
  };
  struct ScopeEvents {
    uint64_t count = 0;
    CommitSeq first;  // The newest floor: writers begin there.
    // Of evictions: the newest one, and an older one for snapshots from before it.
    Floor newest;
    Floor older;
    uint64_t evicted_since_older = 0;
  };
  // When to look at a scope: its oldest event, or one that was the oldest once.
  struct Due {
    CommitSeq oldest;
    const std::string* scope;  // In `scopes`.
    bool operator>(const Due& other) const { return oldest > other.oldest; }
  };
  struct TableEvents {
    catalog::TableDefPtr table;
    uint64_t count = 0;
    std::unordered_map<std::string, ScopeEvents> scopes;
    // One for each scope, but for those that a sweep is at. Keeps the scope from being forgotten.
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
  };
  // A scope that a sweep has taken out of `due`.
  struct Visit {
    catalog::TableDefPtr table;
    std::string scope;
    CommitSeq first;
    CommitSeq oldest;      // Of those that stay.
    CommitSeq after_last;  // Above the last one that goes; 0: none does.
  };
  struct Expired {
    TableId table;
    size_t visit;
    std::string row_key;
    std::string pk_key;
    CommitSeq seq;
  };

  void Run(Committer& committer);
  std::vector<Visit> TakeDue(int64_t now_micros);
  // Adds what is past its time to `expired`, up to `events_max` in all.
  Status Collect(Visit& visit, size_t index, int64_t now_micros, size_t events_max,
                 std::vector<Expired>* expired) const;
  // On the commit thread.
  Status Remove(const std::vector<Visit>& visits, const std::vector<Expired>& expired);
  void GiveBack(const std::vector<Visit>& visits);

  store::KvStore& store_;
  const Clock& clock_;
  ChangeSink* const sink_;
  EventStats stats_;

  mutable Mutex mu_;
  // Counts change on the commit thread only, which may rely on them between two groups.
  std::map<TableId, TableEvents> tables_ KALAMDB_GUARDED_BY(mu_);
  bool is_stopping_ KALAMDB_GUARDED_BY(mu_) = false;
  CondVar stop_;
  std::thread thread_;
};

// What one group of commits does to events. Confined to the commit thread.
class EventGroup {
 public:
  // Both outlive the group.
  EventGroup(EventLog& log, store::WriteBatch& batch)
      : log_(log), batch_(batch), now_micros_(log.clock_.WallMicros()) {}

  // False: the event does not exist any more, stored or not.
  bool IsLiving(const catalog::TableDef& table, CommitSeq seq) const;
  // Puts a staged row that has its `_seq` into the batch, in the place of the version that is
  // stored under its key, if any. Returns the key's entry: a tombstone when nothing is stored any
  // more.
  PkEntry Write(const ScopeWrites& writes, std::string_view prefix, std::string_view key,
                const StagedRow& row, const std::optional<PkEntry>& previous);
  // Evicts what is too much. Before the batch is written, after the last Write().
  Status Finish();
  // After the batch was written: counts, and tells the sink.
  void Publish();

 private:
  struct Added {
    CommitSeq seq;
    std::string pk_key;
  };
  struct Touched {
    catalog::TableDefPtr table;
    Scope scope;
    std::string prefix;
    bool is_wanted = false;  // By somebody who subscribes.
    uint64_t added = 0;
    uint64_t removed = 0;
    uint64_t discarded = 0;
    uint64_t evicted = 0;
    uint64_t expired = 0;  // Of `removed`: replaced past its time.
    CommitSeq first_added;
    CommitSeq evicted_up_to;
    std::unordered_set<uint64_t> removed_seqs;
    std::vector<Added> added_events;  // When the table has a max_buffer.
    std::vector<RowChange> changes;   // When they are wanted.
  };

  Touched& Touch(const ScopeWrites& writes, std::string_view prefix);
  Status ReadOldRows(Touched& touched) const;
  Status Evict(Touched& touched);
  void EvictOne(Touched& touched, std::string_view pk_key, CommitSeq seq);
  void RaiseFloor(const Touched& touched, EventLog::ScopeEvents* scope) const;

  EventLog& log_;
  store::WriteBatch& batch_;
  const int64_t now_micros_;
  std::map<std::pair<TableId, std::string>, Touched> touched_;
};

}  // namespace kalamdb::table
