// SPDX-License-Identifier: Apache-2.0
#include "table/committer.h"

#include <algorithm>
#include <future>
#include <iterator>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/fault_point.h"
#include "base/limits.h"
#include "table/reader.h"
#include "types/key_codec.h"

namespace kalamdb::table {

namespace {

// Meta records of this module begin with 'k': catalog records begin with other letters.
constexpr std::string_view kLastSeqKey = "k/seq";
constexpr std::string_view kSerialPrefix = "k/serial/";

// After so many stale bases the request fails: it loses against other writers of the same key again
// and again, which takes that many groups in a row.
constexpr int kRestagesMax = 1'000;

}  // namespace

// One group on its way to disk: the batch, and the newest versions of the keys it changes.
class Committer::Group {
 public:
  Group(store::KvStore& store, SequenceGenerator& sequence, const Tiers* tiers, EventLog* events,
        const ChangeSink* sink, CommitSeq last_commit)
      : store_(store),
        sequence_(sequence),
        tiers_(tiers),
        sink_(sink),
        last_commit_(last_commit),
        batch_(store),
        last_seq_(last_commit) {
    if (events != nullptr) {
      events_.emplace(*events, batch_);
    }
  }

  // Checks every base of `writes` against the newest state, earlier requests of the group included,
  // and adds the writes to the batch. Adds nothing when one fails.
  Status Add(WriteSet& writes);
  // Completes the batch and writes it.
  Status Write(bool is_synced);
  // After Write(): tells those who count and who subscribe.
  void Publish() {
    if (events_.has_value()) {
      events_->Publish();
    }
  }
  bool IsEmpty() const { return rows_ == 0 && batch_.IsEmpty(); }
  uint64_t rows() const { return rows_; }
  CommitSeq last_seq() const { return last_seq_; }
  // What the group does to the tables that the sink wants.
  std::vector<ScopeChanges> TakeChanges() { return std::move(changes_); }

 private:
  struct Checked {
    std::string pk_key;
    std::optional<PkEntry> previous;
    std::string old_row = {};  // The living previous version, when it was read here.
    bool HasLiving() const { return previous.has_value() && !previous->is_tombstone; }
  };
  // How the rows of one scope are written.
  struct ScopePlan {
    TierBoundary boundary;
    bool is_wanted = false;
  };
  Status Check(const ScopeWrites& scope, std::string_view key, const StagedRow& row,
               Checked* checked) const;
  Status CheckBase(const ScopeWrites& scope, std::string_view key, const StagedRow& row,
                   const std::optional<PkEntry>& previous) const;
  Status ReadOldRow(const ScopeWrites& scope, std::string_view key, Checked* checked) const;
  void AddRows(ScopeWrites& scope, const ScopePlan& plan, std::span<Checked> checked);
  void AddEvents(ScopeWrites& scope, std::span<Checked> checked);
  void NoteChanges(ScopeWrites& scope, std::span<Checked> checked);

  store::KvStore& store_;
  SequenceGenerator& sequence_;
  const Tiers* const tiers_;
  const ChangeSink* const sink_;
  const CommitSeq last_commit_;  // Before this group.
  store::WriteBatch batch_;
  std::optional<EventGroup> events_;
  std::unordered_map<std::string, PkEntry> newest_;
  std::vector<ScopeChanges> changes_;
  CommitSeq last_seq_;
  uint64_t rows_ = 0;
};

Status Committer::Group::Check(const ScopeWrites& scope, std::string_view key, const StagedRow& row,
                               Checked* checked) const {
  const auto pending = newest_.find(checked->pk_key);
  if (pending != newest_.end()) {
    checked->previous = pending->second;
  } else {
    std::string bytes;
    KALAMDB_ASSIGN_OR_RETURN(const bool is_found,
                             store_.Get(store::Family::kPk, checked->pk_key, nullptr, &bytes));
    if (is_found) {
      KALAMDB_ASSIGN_OR_RETURN(checked->previous, DecodePkEntry(bytes));
    }
  }
  return CheckBase(scope, key, row, checked->previous);
}

Status Committer::Group::CheckBase(const ScopeWrites& scope, std::string_view key,
                                   const StagedRow& row,
                                   const std::optional<PkEntry>& previous) const {
  const auto has_gone_by_itself = [&](CommitSeq seq) {
    return scope.table->is_stream() && !events_->IsLiving(*scope.table, seq);
  };
  if (row.base.has_value()) {
    const bool is_same = previous.has_value() && previous->seq == row.base->seq;
    if (!is_same && (previous.has_value() || !has_gone_by_itself(row.base->seq))) {
      return Conflict("the row with key " + KeyText(scope.table->schema(), key) + " of table " +
                      scope.table->QualifiedName() +
                      " was changed by another transaction; run the statement again");
    }
    return {};
  }
  if (previous.has_value() && !previous->is_tombstone && !has_gone_by_itself(previous->seq)) {
    return AlreadyExists(DuplicateKeyMessage(*scope.table, key));
  }
  return {};
}

// The statement read the row, but nobody wanted it then. Nothing is committed meanwhile: the newest
// version is the one that is replaced.
Status Committer::Group::ReadOldRow(const ScopeWrites& scope, std::string_view key,
                                    Checked* checked) const {
  KALAMDB_ASSIGN_OR_RETURN(std::optional<StoredRow> stored,
                           TableReader(store_, tiers_, nullptr, sequence_.clock())
                               .FindByKey(*scope.table, scope.scope, key, {}));
  if (!stored.has_value() || stored->seq != checked->previous->seq) {
    return Corruption("the row that a write replaces is not the one it was checked against");
  }
  checked->old_row = std::move(stored->bytes);
  return {};
}

Status Committer::Group::Add(WriteSet& writes) {
  // Nothing was committed since the rows were read: what they replace is the newest still.
  const bool is_fresh =
      newest_.empty() && last_commit_.value != 0 && writes.read_seq() == last_commit_;
  std::vector<Checked> checks;
  checks.reserve(writes.row_count());
  std::vector<ScopePlan> plans(writes.scopes().size());
  auto plan = plans.begin();
  for (const auto& [id, scope] : writes.scopes()) {
    if (scope.table->is_dropped->load(std::memory_order_acquire)) {
      return TableNotFound(scope.table->QualifiedName());
    }
    const bool is_stream = scope.table->is_stream();
    if (is_stream && !events_.has_value()) {
      return Internal("a committer without an event log");
    }
    plan->is_wanted = !is_stream && sink_ != nullptr && sink_->IsWanted(scope.table->id);
    const std::string prefix = ScopePrefix(scope.table->id, scope.scope);
    for (const auto& [key, row] : scope.rows) {
      Checked checked{prefix + key, {}};
      // Events also go without a commit.
      if (is_fresh && row.base.has_value() && !is_stream) {
        checked.previous = PkEntry{row.base->seq, row.base->is_tombstone};
      } else {
        KALAMDB_RETURN_IF_ERROR(Check(scope, key, row, &checked));
      }
      if (plan->is_wanted && checked.HasLiving() && row.old_row.empty()) {
        KALAMDB_RETURN_IF_ERROR(ReadOldRow(scope, key, &checked));
      }
      checks.push_back(std::move(checked));
    }
    if (tiers_ != nullptr && !is_stream) {
      KALAMDB_ASSIGN_OR_RETURN(plan->boundary, tiers_->BoundaryOf(*scope.table, prefix));
    }
    ++plan;
  }
  std::span<Checked> rest = checks;
  plan = plans.begin();
  for (auto& [id, scope] : writes.mutable_scopes()) {
    const std::span<Checked> checked = rest.first(scope.rows.size());
    scope.table->is_stream() ? AddEvents(scope, checked) : AddRows(scope, *plan, checked);
    rows_ += checked.size();
    ++plan;
    rest = rest.subspan(scope.rows.size());
  }
  for (const auto& [table, last_used] : writes.serials()) {
    std::string value;
    types::AppendKeyU64(static_cast<uint64_t>(last_used), &value);
    batch_.Put(store::Family::kMeta, SerialKey(TableId{table}), value);
  }
  return {};
}

// One kind of change after the other, each in key order: the store inserts neighbours faster than
// keys that jump about.
void Committer::Group::AddRows(ScopeWrites& scope, const ScopePlan& plan,
                               std::span<Checked> checked) {
  const TierBoundary& boundary = plan.boundary;
  const std::string prefix = ScopePrefix(scope.table->id, scope.scope);
  for (const Checked& check : checked) {
    if (!check.previous.has_value()) {
      continue;
    }
    const CommitSeq seq = check.previous->seq;
    if (seq > boundary.flushed) {
      batch_.Delete(store::Family::kRows, RowKey(prefix, seq));
    }
    if (seq <= boundary.flushing) {
      batch_.Put(store::Family::kCold, DeadKey(prefix, seq),
                 check.previous->is_tombstone ? kDeadTombstone : std::string_view());
    }
  }
  for (auto& [key, row] : scope.rows) {
    row.committed_seq = last_seq_ = sequence_.Next();
    batch_.Put(store::Family::kRows, RowKey(prefix, row.committed_seq), row.bytes);
  }
  if (plan.is_wanted) {
    NoteChanges(scope, checked);
  }
  auto check = checked.begin();
  for (const auto& [key, row] : scope.rows) {
    const PkEntry entry{row.committed_seq, row.is_deleted};
    batch_.Put(store::Family::kPk, check->pk_key, EncodePkEntry(entry));
    newest_.insert_or_assign(std::move(check->pk_key), entry);
    ++check;
  }
}

void Committer::Group::AddEvents(ScopeWrites& scope, std::span<Checked> checked) {
  const std::string prefix = ScopePrefix(scope.table->id, scope.scope);
  auto check = checked.begin();
  for (auto& [key, row] : scope.rows) {
    row.committed_seq = last_seq_ = sequence_.Next();
    const PkEntry entry = events_->Write(scope, prefix, key, row, check->previous);
    newest_.insert_or_assign(std::move(check->pk_key), entry);
    ++check;
  }
}

Status Committer::Group::Write(bool is_synced) {
  if (events_.has_value()) {
    KALAMDB_RETURN_IF_ERROR(events_->Finish());
  }
  std::string last;
  types::AppendKeyU64(last_seq_.value, &last);
  batch_.Put(store::Family::kMeta, kLastSeqKey, last);
  return store_.Write(batch_, is_synced);
}

void Committer::Group::NoteChanges(ScopeWrites& scope, std::span<Checked> checked) {
  ScopeChanges& noted = changes_.emplace_back();
  noted.table = scope.table;
  noted.scope = scope.scope;
  noted.changes.reserve(checked.size());
  auto check = checked.begin();
  for (auto& [key, row] : scope.rows) {
    const bool has_living = check->HasLiving();
    if (has_living || !row.is_deleted) {
      noted.changes.push_back({.key = key,
                               .seq = row.committed_seq,
                               .is_deleted = row.is_deleted,
                               .row = row.bytes,
                               .old_seq = has_living ? check->previous->seq : CommitSeq{0},
                               .old_row = !has_living              ? std::string()
                                          : check->old_row.empty() ? std::move(row.old_row)
                                                                   : std::move(check->old_row)});
    }
    ++check;
  }
}

Committer::Committer(store::KvStore& store, SequenceGenerator& sequence, const Tiers* tiers,
                     EventLog* events, const CommitOptions& options, ChangeSink* sink)
    : store_(store),
      sequence_(sequence),
      tiers_(tiers),
      events_(events),
      options_(options),
      sink_(sink) {
  last_commit_.store(sequence_.last().value, std::memory_order_release);
  thread_ = std::thread([this] { Run(); });
  if (options_.sync == SyncMode::kInterval) {
    sync_thread_ = std::thread([this] { RunSync(); });
  }
}

Committer::~Committer() { Stop(); }

void Committer::Submit(std::unique_ptr<CommitRequest> request) {
  {
    const MutexLock lock(mu_);
    while (!is_stopping_ && queue_.size() >= limits::kCommitQueueMax) {
      space_.Wait(mu_);
    }
    if (!is_stopping_) {
      queue_.push_back(Task{.request = std::move(request), .exclusive = {}});
      if (queue_.size() == 1) {
        work_.NotifyOne();
      }
      return;
    }
  }
  request->done(Unavailable("the server is stopping"), {});
}

Status Committer::Commit(WriteSet writes, WriteSet* committed) {
  std::promise<Status> promise;
  std::future<Status> result = promise.get_future();
  auto request = std::make_unique<CommitRequest>();
  request->writes = std::move(writes);
  request->done = [&](Status status, WriteSet done) {
    if (committed != nullptr) {
      *committed = std::move(done);
    }
    promise.set_value(std::move(status));
  };
  Submit(std::move(request));
  return result.get();
}

Status Committer::RunExclusive(std::function<Status()> work) {
  std::promise<Status> promise;
  std::future<Status> result = promise.get_future();
  {
    const MutexLock lock(mu_);
    if (is_stopping_) {
      return Unavailable("the server is stopping");
    }
    queue_.push_back(Task{.request = nullptr, .exclusive = [&] { promise.set_value(work()); }});
    work_.NotifyOne();
  }
  return result.get();
}

void Committer::Stop() {
  {
    const MutexLock lock(mu_);
    is_stopping_ = true;
    work_.NotifyAll();
    space_.NotifyAll();
    sync_.NotifyAll();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
  if (sync_thread_.joinable()) {
    sync_thread_.join();
  }
}

void Committer::Run() {
  while (true) {
    std::vector<Task> group;
    std::function<void()> exclusive;
    {
      const MutexLock lock(mu_);
      while (queue_.empty() && !is_stopping_) {
        work_.Wait(mu_);
      }
      if (queue_.empty()) {
        return;
      }
      while (!queue_.empty() && group.size() < limits::kCommitGroupMax &&
             queue_.front().exclusive == nullptr) {
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      if (group.empty()) {
        exclusive = std::move(queue_.front().exclusive);
        queue_.pop_front();
      }
      space_.NotifyAll();
    }
    if (exclusive != nullptr) {
      exclusive();
    } else {
      CommitAll(std::move(group));
    }
  }
}

bool Committer::HasOnlyEvents(const Task& task) {
  const auto& scopes = task.request->writes.scopes();
  return !scopes.empty() && std::ranges::all_of(scopes, [](const auto& entry) {
    return entry.second.table->is_stream();
  });
}

void Committer::CommitAll(std::vector<Task> tasks) {
  const auto others = std::stable_partition(tasks.begin(), tasks.end(), HasOnlyEvents);
  std::vector<Task> rest(std::make_move_iterator(others), std::make_move_iterator(tasks.end()));
  tasks.erase(others, tasks.end());
  if (!tasks.empty()) {
    CommitGroup(std::move(tasks), /*is_synced=*/false);
  }
  if (!rest.empty()) {
    CommitGroup(std::move(rest), options_.sync == SyncMode::kAlways);
  }
}

void Committer::CommitGroup(std::vector<Task> tasks, bool is_synced) {
  Group group(store_, sequence_, tiers_, events_, sink_, last_commit());
  std::vector<std::pair<Task, Status>> finished;
  std::vector<Task> stale;
  finished.reserve(tasks.size());
  for (Task& task : tasks) {
    Status status;
    bool is_stale = false;
    if (task.attempts > 0) {
      task.request->writes.Clear();
      status = task.request->restage(&task.request->writes);
    }
    if (status.ok()) {
      status = group.Add(task.request->writes);
      is_stale =
          status.code() == StatusCode::kConflict || status.code() == StatusCode::kAlreadyExists;
    }
    if (is_stale && task.request->restage != nullptr && task.attempts < kRestagesMax) {
      stats_.conflicts.fetch_add(1, std::memory_order_relaxed);
      ++task.attempts;
      stale.push_back(std::move(task));
    } else {
      finished.emplace_back(std::move(task), std::move(status));
    }
  }
  Status written;
  if (!group.IsEmpty()) {
    KALAMDB_FAULT_POINT("commit.before_write");
    written = group.Write(is_synced);
    KALAMDB_FAULT_POINT("commit.written");
    last_commit_.store(group.last_seq().value, std::memory_order_release);
    if (written.ok()) {
      group.Publish();
    }
    stats_.groups.fetch_add(1, std::memory_order_relaxed);
    stats_.rows.fetch_add(group.rows(), std::memory_order_relaxed);
    if (std::vector<ScopeChanges> changes = group.TakeChanges(); written.ok() && !changes.empty()) {
      sink_->OnCommit(std::move(changes));
    }
  }
  if (!stale.empty() || options_.sync == SyncMode::kInterval) {
    const MutexLock lock(mu_);
    // In front of what came later, in their order: each group brings at least the first one home.
    for (auto task = stale.rbegin(); task != stale.rend(); ++task) {
      queue_.push_front(std::move(*task));
    }
    is_unsynced_ = true;
  }
  for (auto& [task, status] : finished) {
    if (status.ok()) {
      stats_.commits.fetch_add(1, std::memory_order_relaxed);
      if (on_commit_ != nullptr && written.ok()) {
        on_commit_(task.request->writes);
      }
    }
    task.request->done(status.ok() ? written : std::move(status), std::move(task.request->writes));
  }
}

void Committer::RunSync() {
  const MutexLock lock(mu_);
  while (true) {
    const bool is_last = is_stopping_;
    if (is_unsynced_) {
      is_unsynced_ = false;
      mu_.unlock();
      // A failed sync makes the store refuse every later write: nothing else to do here.
      store_.Sync().Ignore("the store remembers that it failed");
      mu_.lock();
    }
    if (is_last) {
      return;
    }
    sync_.WaitFor(mu_, options_.sync_interval);
  }
}

StatusOr<CommitSeq> Committer::ReadLastSeq(const store::KvStore& store) {
  std::string bytes;
  KALAMDB_ASSIGN_OR_RETURN(const bool is_found,
                           store.Get(store::Family::kMeta, kLastSeqKey, nullptr, &bytes));
  if (!is_found) {
    return CommitSeq{0};
  }
  KALAMDB_ASSIGN_OR_RETURN(const uint64_t seq, types::KeyReader(bytes).ReadU64());
  return CommitSeq{seq};
}

std::string Committer::SerialKey(TableId table) {
  std::string key(kSerialPrefix);
  types::AppendKeyU32(table.value, &key);
  return key;
}

}  // namespace kalamdb::table
