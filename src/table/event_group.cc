// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "table/event_log.h"
#include "table/kinds.h"
#include "table/reader.h"
#include "types/key_codec.h"

namespace kalamdb::table {

bool EventGroup::IsLiving(const catalog::TableDef& table, CommitSeq seq) const {
  return seq >= LivingFrom(table, now_micros_);
}

EventGroup::Touched& EventGroup::Touch(const ScopeWrites& writes, std::string_view prefix) {
  Touched& touched = touched_[{writes.table->id, writes.scope.value}];
  if (touched.table == nullptr) {
    touched.table = writes.table;
    touched.scope = writes.scope;
    touched.prefix = prefix;
    touched.is_wanted = log_.sink_ != nullptr && log_.sink_->IsWanted(writes.table->id);
  }
  return touched;
}

PkEntry EventGroup::Write(const ScopeWrites& writes, std::string_view prefix, std::string_view key,
                          const StagedRow& row, const std::optional<PkEntry>& previous) {
  Touched& touched = Touch(writes, prefix);
  const catalog::StreamOptions& options = writes.table->options.stream;
  const bool was_stored = previous.has_value() && !previous->is_tombstone;
  const bool is_discarded = !row.is_deleted && options.is_ephemeral && !touched.is_wanted;
  std::string pk_key = touched.prefix;
  pk_key += key;
  if (was_stored) {
    batch_.Delete(store::Family::kEvents, RowKey(prefix, previous->seq));
    touched.removed_seqs.insert(previous->seq.value);
    ++touched.removed;
  }
  const PkEntry entry{row.committed_seq, row.is_deleted || is_discarded};
  if (!entry.is_tombstone) {
    batch_.Put(store::Family::kEvents, RowKey(prefix, row.committed_seq), row.bytes);
    batch_.Put(store::Family::kPk, pk_key, EncodePkEntry(entry));
    touched.first_added = touched.added == 0 ? row.committed_seq : touched.first_added;
    ++touched.added;
  } else if (was_stored) {
    batch_.Delete(store::Family::kPk, pk_key);
  }
  touched.discarded += is_discarded ? 1 : 0;
  const bool was_living = was_stored && IsLiving(*writes.table, previous->seq);
  touched.expired += was_stored && !was_living ? 1 : 0;
  if (was_living && row.is_deleted) {
    // No tombstone stays: who reads the changes since an older position has to start anew.
    std::string forgotten;
    types::AppendKeyU64(row.committed_seq.value, &forgotten);
    batch_.Put(store::Family::kCold, ForgottenKey(prefix), forgotten);
  }
  if (touched.is_wanted && (was_living || !row.is_deleted)) {
    touched.changes.push_back({.key = std::string(key),
                               .seq = row.committed_seq,
                               .is_deleted = row.is_deleted,
                               .row = row.bytes,
                               .old_seq = was_living ? previous->seq : CommitSeq{0},
                               .old_row = {}});
  }
  if (!entry.is_tombstone && options.max_buffer.has_value()) {
    touched.added_events.push_back({.seq = row.committed_seq, .pk_key = std::move(pk_key)});
  }
  return entry;
}

Status EventGroup::Finish() {
  for (auto& [id, touched] : touched_) {
    KALAMDB_RETURN_IF_ERROR(ReadOldRows(touched));
    KALAMDB_RETURN_IF_ERROR(Evict(touched));
  }
  return {};
}

Status EventGroup::ReadOldRows(Touched& touched) const {
  for (RowChange& change : touched.changes) {
    if (change.old_seq.value == 0) {
      continue;
    }
    KALAMDB_ASSIGN_OR_RETURN(
        const bool is_found,
        log_.store_.Get(store::Family::kEvents, RowKey(touched.prefix, change.old_seq), nullptr,
                        &change.old_row));
    if (!is_found) {
      return Corruption("a primary key entry of table " + touched.table->QualifiedName() +
                        " names an event that is not there");
    }
  }
  return {};
}

Status EventGroup::Evict(Touched& touched) {
  const std::optional<uint32_t>& max_buffer = touched.table->options.stream.max_buffer;
  if (!max_buffer.has_value() || touched.added == 0) {
    return {};
  }
  EventLog::ScopeEvents stored;
  {
    const MutexLock lock(log_.mu_);
    const auto table = log_.tables_.find(touched.table->id);
    if (table != log_.tables_.end()) {
      const auto scope = table->second.scopes.find(touched.scope.value);
      stored = scope == table->second.scopes.end() ? stored : scope->second;
    }
  }
  const uint64_t count = stored.count + touched.added - touched.removed;
  const uint64_t excess = count > *max_buffer ? count - *max_buffer : 0;
  if (excess == 0) {
    return {};
  }
  const auto rows =
      log_.store_.NewIterator(store::Family::kEvents, RowKey(touched.prefix, stored.first),
                              types::PrefixEnd(touched.prefix), nullptr);
  for (rows->SeekToFirst(); rows->Valid() && touched.evicted < excess; rows->Next()) {
    const CommitSeq seq = SeqOfRowKey(rows->key());
    if (touched.removed_seqs.contains(seq.value)) {
      continue;
    }
    KALAMDB_ASSIGN_OR_RETURN(const std::string key, KeyOfRow(*touched.table, rows->value()));
    EvictOne(touched, touched.prefix + key, seq);
  }
  KALAMDB_RETURN_IF_ERROR(rows->status());
  // The group itself brings more than the scope keeps.
  for (size_t i = 0; i < touched.added_events.size() && touched.evicted < excess; ++i) {
    EvictOne(touched, touched.added_events[i].pk_key, touched.added_events[i].seq);
  }
  return {};
}

void EventGroup::EvictOne(Touched& touched, std::string_view pk_key, CommitSeq seq) {
  batch_.Delete(store::Family::kEvents, RowKey(touched.prefix, seq));
  batch_.Delete(store::Family::kPk, pk_key);
  touched.evicted_up_to = seq;
  ++touched.evicted;
}

void EventGroup::RaiseFloor(const Touched& touched, EventLog::ScopeEvents* scope) const {
  constexpr uint64_t kEvictedWorthIt = 1'000;
  if (scope->evicted_since_older >= kEvictedWorthIt) {
    scope->older = scope->newest;
    scope->evicted_since_older = 0;
  }
  scope->first = CommitSeq{touched.evicted_up_to.value + 1};
  scope->newest = {.first = scope->first, .number = log_.store_.LatestNumber()};
  scope->evicted_since_older += touched.evicted;
}

void EventGroup::Publish() {
  std::vector<ScopeChanges> changes;
  EventStats& stats = log_.stats_;
  {
    const MutexLock lock(log_.mu_);
    for (auto& [id, touched] : touched_) {
      stats.stored.fetch_add(touched.added, std::memory_order_relaxed);
      stats.evicted.fetch_add(touched.evicted, std::memory_order_relaxed);
      stats.discarded.fetch_add(touched.discarded, std::memory_order_relaxed);
      stats.expired.fetch_add(touched.expired, std::memory_order_relaxed);
      if (touched.added > 0 || touched.removed > 0) {
        EventLog::TableEvents& events = log_.tables_[touched.table->id];
        events.table = touched.table;
        const auto [entry, is_new] = events.scopes.try_emplace(touched.scope.value);
        EventLog::ScopeEvents& scope = entry->second;
        // Unsigned numbers wrap around and back.
        const uint64_t more = touched.added - touched.removed - touched.evicted;
        scope.count += more;
        events.count += more;
        if (touched.evicted > 0) {
          RaiseFloor(touched, &scope);
        }
        if (is_new) {
          scope.first = std::max(scope.first, touched.first_added);
          events.due.push({.oldest = scope.first, .scope = &entry->first});
        }
      }
      if (!touched.changes.empty()) {
        changes.push_back({.table = std::move(touched.table),
                           .scope = std::move(touched.scope),
                           .changes = std::move(touched.changes)});
      }
    }
  }
  if (!changes.empty()) {
    log_.sink_->OnCommit(std::move(changes));
  }
}

}  // namespace kalamdb::table
