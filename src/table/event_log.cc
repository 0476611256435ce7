// SPDX-License-Identifier: Apache-2.0
#include "table/event_log.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "table/committer.h"
#include "table/kinds.h"
#include "table/reader.h"
#include "types/key_codec.h"

namespace kalamdb::table {

namespace {

// Events are gone from the store so long after their time, and the time it takes to remove them.
constexpr std::chrono::milliseconds kSweepInterval{200};
// What is removed in one step: writers wait for a millisecond or two. A sweep that has more to do
// takes larger steps, because between two of them it waits for the writers.
constexpr size_t kEventsPerStep = 500;
constexpr size_t kEventsPerStepMax = 4'000;
constexpr size_t kScopesPerStep = 200;

}  // namespace

Status EventLog::Load(const std::vector<catalog::TableDefPtr>& tables) {
  for (const catalog::TableDefPtr& table : tables) {
    if (!table->is_stream()) {
      continue;
    }
    const auto rows = store_.NewIterator(store::Family::kEvents, TableBegin(table->id),
                                         TableEnd(table->id), nullptr);
    TableEvents events{.table = table, .count = 0, .scopes = {}, .due = {}};
    std::string prefix;
    ScopeEvents* scope = nullptr;
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      if (scope == nullptr || !rows->key().starts_with(prefix)) {
        types::KeyReader key(rows->key());
        KALAMDB_ASSIGN_OR_RETURN([[maybe_unused]] const uint32_t id, key.ReadU32());
        KALAMDB_ASSIGN_OR_RETURN(std::string name, key.ReadString());
        prefix = ScopePrefix(table->id, Scope{name});
        const auto entry = events.scopes.try_emplace(std::move(name)).first;
        scope = &entry->second;
        scope->first = SeqOfRowKey(rows->key());
        events.due.push({.oldest = scope->first, .scope = &entry->first});
      }
      ++scope->count;
      ++events.count;
    }
    KALAMDB_RETURN_IF_ERROR(rows->status());
    if (events.count > 0) {
      const MutexLock lock(mu_);
      tables_.insert_or_assign(table->id, std::move(events));
    }
  }
  return {};
}

void EventLog::Start(Committer& committer) {
  thread_ = std::thread([this, &committer] { Run(committer); });
}

void EventLog::Stop() {
  {
    const MutexLock lock(mu_);
    is_stopping_ = true;
    stop_.NotifyAll();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void EventLog::Run(Committer& committer) {
  bool was_ok = true;
  while (true) {
    {
      const MutexLock lock(mu_);
      if (!is_stopping_) {
        stop_.WaitFor(mu_, kSweepInterval);
      }
      if (is_stopping_) {
        return;
      }
    }
    const Status status = Sweep(committer);
    if (was_ok && !status.ok()) {
      LogWarn("table", "expired events are not removed: {}", status.message());
    }
    was_ok = status.ok();
  }
}

Status EventLog::Sweep(Committer& committer) {
  for (size_t step = kEventsPerStep;; step = std::min(step * 2, kEventsPerStepMax)) {
    const int64_t now_micros = clock_.WallMicros();
    std::vector<Visit> visits = TakeDue(now_micros);
    if (visits.empty()) {
      return {};
    }
    std::vector<Expired> expired;
    Status status;
    for (size_t i = 0; i < visits.size() && status.ok(); ++i) {
      status = Collect(visits[i], i, now_micros, step, &expired);
    }
    // Between two groups: a key may be inserted anew at any other moment.
    if (status.ok()) {
      status = committer.RunExclusive([&] { return Remove(visits, expired); });
    }
    if (!status.ok()) {
      GiveBack(visits);
      return status;
    }
  }
}

std::vector<EventLog::Visit> EventLog::TakeDue(int64_t now_micros) {
  std::vector<Visit> visits;
  const MutexLock lock(mu_);
  for (auto entry = tables_.begin(); entry != tables_.end();) {
    TableEvents& events = entry->second;
    if (events.table->is_dropped->load(std::memory_order_acquire)) {
      entry = tables_.erase(entry);
      continue;
    }
    const CommitSeq living_from = LivingFrom(*events.table, now_micros);
    while (!is_stopping_ && visits.size() < kScopesPerStep && !events.due.empty() &&
           events.due.top().oldest < living_from) {
      const std::string& scope = *events.due.top().scope;
      visits.push_back({.table = events.table,
                        .scope = scope,
                        .first = events.scopes.find(scope)->second.first,
                        .oldest = events.due.top().oldest,
                        .after_last = {}});
      events.due.pop();
    }
    ++entry;
  }
  return visits;
}

Status EventLog::Collect(Visit& visit, size_t index, int64_t now_micros, size_t events_max,
                         std::vector<Expired>* expired) const {
  const CommitSeq living_from = LivingFrom(*visit.table, now_micros);
  const std::string prefix = ScopePrefix(visit.table->id, Scope{visit.scope});
  const auto rows = store_.NewIterator(store::Family::kEvents, RowKey(prefix, visit.first),
                                       types::PrefixEnd(prefix), nullptr);
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    const CommitSeq seq = SeqOfRowKey(rows->key());
    if (seq >= living_from || expired->size() >= events_max) {
      visit.oldest = seq;
      return {};
    }
    KALAMDB_ASSIGN_OR_RETURN(const std::string key, KeyOfRow(*visit.table, rows->value()));
    expired->push_back({.table = visit.table->id,
                        .visit = index,
                        .row_key = std::string(rows->key()),
                        .pk_key = prefix + key,
                        .seq = seq});
    visit.after_last = CommitSeq{seq.value + 1};
  }
  visit.oldest = living_from;  // Nothing is left; what comes now is younger.
  return rows->status();
}

Status EventLog::Remove(const std::vector<Visit>& visits, const std::vector<Expired>& expired) {
  std::vector<uint64_t> removed(visits.size());
  store::WriteBatch batch(store_);
  std::string bytes;
  for (const Expired& event : expired) {
    // Deleted, evicted or replaced meanwhile: then the key names another event or none.
    KALAMDB_ASSIGN_OR_RETURN(const bool is_found,
                             store_.Get(store::Family::kPk, event.pk_key, nullptr, &bytes));
    if (!is_found) {
      continue;
    }
    KALAMDB_ASSIGN_OR_RETURN(const PkEntry entry, DecodePkEntry(bytes));
    if (entry.seq == event.seq) {
      batch.Delete(store::Family::kEvents, event.row_key);
      batch.Delete(store::Family::kPk, event.pk_key);
      ++removed[event.visit];
    }
  }
  if (!batch.IsEmpty()) {
    KALAMDB_RETURN_IF_ERROR(store_.Write(batch, /*is_synced=*/false));
  }
  {
    const MutexLock lock(mu_);
    for (size_t i = 0; i < visits.size(); ++i) {
      const auto table = tables_.find(visits[i].table->id);
      if (table == tables_.end()) {
        continue;
      }
      ScopeEvents& scope = table->second.scopes.find(visits[i].scope)->second;
      scope.count -= removed[i];
      table->second.count -= removed[i];
      scope.first = std::max(scope.first, visits[i].after_last);
      stats_.expired.fetch_add(removed[i], std::memory_order_relaxed);
    }
  }
  GiveBack(visits);
  return {};
}

void EventLog::GiveBack(const std::vector<Visit>& visits) {
  const MutexLock lock(mu_);
  for (const Visit& visit : visits) {
    const auto table = tables_.find(visit.table->id);
    if (table == tables_.end()) {
      continue;
    }
    TableEvents& events = table->second;
    const auto scope = events.scopes.find(visit.scope);
    if (scope->second.count == 0) {
      events.scopes.erase(scope);
    } else {
      events.due.push({.oldest = visit.oldest, .scope = &scope->first});
    }
    if (events.scopes.empty()) {
      tables_.erase(table);
    }
  }
}

CommitSeq EventLog::FirstAt(const catalog::TableDef& table, const Scope& scope,
                            const store::Snapshot& snapshot) const {
  const MutexLock lock(mu_);
  const auto events = tables_.find(table.id);
  if (events == tables_.end()) {
    return CommitSeq{0};
  }
  const auto found = events->second.scopes.find(scope.value);
  if (found == events->second.scopes.end()) {
    return CommitSeq{0};
  }
  for (const Floor& floor : {found->second.newest, found->second.older}) {
    if (snapshot.number() >= floor.number) {
      return floor.first;
    }
  }
  return CommitSeq{0};
}

uint64_t EventLog::CountStored() const {
  uint64_t count = 0;
  const MutexLock lock(mu_);
  for (const auto& [id, events] : tables_) {
    count += events.table->is_dropped->load(std::memory_order_acquire) ? 0 : events.count;
  }
  return count;
}

}  // namespace kalamdb::table
