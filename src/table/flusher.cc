// SPDX-License-Identifier: Apache-2.0
#include "table/flusher.h"

#include <utility>

#include "base/fault_point.h"
#include "base/spare_time.h"
#include "types/key_codec.h"

namespace kalamdb::table {

// A flush that has begun: the commit thread notes rows up to `up_to` that are superseded meanwhile.
struct Flusher::Attempt {
  CommitSeq up_to;
  cold::Manifest manifest;
  store::SnapshotPtr snapshot;
};

StatusOr<Flusher::Attempt> Flusher::Begin(const catalog::TableDefPtr& table,
                                          const std::string& prefix) {
  Attempt attempt;
  KALAMDB_RETURN_IF_ERROR(parts_.committer.RunExclusive([&]() -> Status {
    if (table->is_dropped->load(std::memory_order_acquire)) {
      return TableNotFound(table->QualifiedName());
    }
    KALAMDB_ASSIGN_OR_RETURN(attempt.manifest, parts_.tiers.NewestManifest(prefix));
    attempt.up_to = parts_.committer.last_commit();
    attempt.snapshot = parts_.store.TakeSnapshot();
    table->has_segments->store(true, std::memory_order_release);
    parts_.tiers.BeginFlush(prefix, attempt.up_to);
    return {};
  }));
  return attempt;
}

Status Flusher::WriteRows(const std::string& prefix, const Attempt& attempt,
                          const CancelToken* cancel, const ReportRows& report,
                          NewSegments* segments) {
  const auto rows = parts_.store.NewIterator(
      store::Family::kRows, RowKey(prefix, CommitSeq{attempt.manifest.flushed_seq.value + 1}),
      RowKey(prefix, CommitSeq{attempt.up_to.value + 1}), attempt.snapshot,
      store::KvStore::Access::kBulk);
  SpareTime time(parts_.clock);
  for (rows->SeekToFirst(); rows->Valid();) {
    uint64_t count = 0;
    KALAMDB_RETURN_IF_ERROR(time.Run([&]() -> Status {
      for (; rows->Valid() && count < kRowsPerReport; rows->Next(), ++count) {
        KALAMDB_RETURN_IF_ERROR(segments->Add(SeqOfRowKey(rows->key()), rows->value()));
      }
      return {};
    }));
    report(count);
    if (cancel != nullptr && cancel->is_cancelled()) {
      return Cancelled("the flush was cancelled");
    }
  }
  KALAMDB_RETURN_IF_ERROR(rows->status());
  return segments->Finish();
}

StatusOr<cold::Manifest> Flusher::Commit(const std::string& prefix, const Attempt& attempt,
                                         NewSegments* segments) {
  cold::Manifest manifest = attempt.manifest;
  const int64_t now = parts_.clock.WallMicros();
  manifest.created_at = manifest.version == 0 ? now : manifest.created_at;
  manifest.updated_at = now;
  ++manifest.version;
  manifest.next_number = segments->next_number();
  manifest.flushed_seq = attempt.up_to;
  manifest.segments.insert(manifest.segments.end(), segments->segments().begin(),
                           segments->segments().end());
  KALAMDB_RETURN_IF_ERROR(parts_.committer.RunExclusive([&]() -> Status {
    store::WriteBatch batch(parts_.store);
    batch.DeleteRange(store::Family::kRows, prefix,
                      RowKey(prefix, CommitSeq{attempt.up_to.value + 1}));
    KALAMDB_FAULT_POINT("flush.before_commit");
    KALAMDB_RETURN_IF_ERROR(segments->Commit(prefix, manifest, &batch));
    KALAMDB_FAULT_POINT("flush.committed");
    parts_.tiers.EndFlush(prefix);
    return {};
  }));
  return manifest;
}

Status Flusher::Abort(const std::string& prefix, const Attempt& attempt) {
  return parts_.committer.RunExclusive([&]() -> Status {
    parts_.tiers.EndFlush(prefix);
    store::WriteBatch batch(parts_.store);
    batch.DeleteRange(store::Family::kCold,
                      DeadKey(prefix, CommitSeq{attempt.manifest.flushed_seq.value + 1}),
                      DeadKey(prefix, CommitSeq{attempt.up_to.value + 1}));
    return parts_.store.Write(batch, false);
  });
}

StatusOr<FlushResult> Flusher::FlushScope(const catalog::TableDefPtr& table, const Scope& scope,
                                          const CancelToken* cancel, const ReportRows& report) {
  const std::string prefix = ScopePrefix(table->id, scope);
  const ScopeLocks::Hold hold(locks_, prefix);
  KALAMDB_ASSIGN_OR_RETURN(Attempt attempt, Begin(table, prefix));
  NewSegments segments(parts_, table, scope, attempt.manifest.next_number);
  Status status = WriteRows(prefix, attempt, cancel, report, &segments);
  if (status.ok() && !segments.segments().empty()) {
    attempt.snapshot.reset();
    StatusOr<cold::Manifest> manifest = Commit(prefix, attempt, &segments);
    if (manifest.has_value()) {
      parts_.trash.DiscardRange(store::Family::kRows, prefix,
                                RowKey(prefix, CommitSeq{attempt.up_to.value + 1}));
      FlushResult result{.scopes = 1, .up_to = attempt.up_to};
      for (const cold::SegmentMeta& segment : segments.segments()) {
        result.rows += segment.row_count;
        result.bytes += segment.bytes;
        ++result.segments;
      }
      stats_.flushes.fetch_add(1, std::memory_order_relaxed);
      stats_.flushed_rows.fetch_add(result.rows, std::memory_order_relaxed);
      stats_.flushed_bytes.fetch_add(result.bytes, std::memory_order_relaxed);
      PublishManifest(parts_, *table, scope, *manifest)
          .Ignore("the store's copy counts; the next change publishes again");
      return result;
    }
    status = std::move(manifest).error();
  }
  Abort(prefix, attempt).Ignore("dead rows without a segment are seen by nobody");
  KALAMDB_RETURN_IF_ERROR(std::move(status));
  return FlushResult{.up_to = attempt.up_to};
}

StatusOr<std::vector<Scope>> Flusher::HotScopes(const catalog::TableDef& table) const {
  std::vector<Scope> scopes;
  const auto keys = parts_.store.NewIterator(store::Family::kRows, TableBegin(table.id),
                                             TableEnd(table.id), nullptr);
  keys->SeekToFirst();
  while (keys->Valid()) {
    types::KeyReader key(keys->key());
    KALAMDB_ASSIGN_OR_RETURN([[maybe_unused]] const uint32_t id, key.ReadU32());
    KALAMDB_ASSIGN_OR_RETURN(std::string scope, key.ReadString());
    scopes.push_back(Scope{std::move(scope)});
    keys->Seek(types::PrefixEnd(ScopePrefix(table.id, scopes.back())));
  }
  KALAMDB_RETURN_IF_ERROR(keys->status());
  return scopes;
}

StatusOr<HotRows> Flusher::CountHot(const catalog::TableDef& table, const Scope& scope) const {
  const std::string prefix = ScopePrefix(table.id, scope);
  // From there on only: the store would step over each row that was flushed before.
  KALAMDB_ASSIGN_OR_RETURN(const CommitSeq flushed, parts_.tiers.FlushedSeq(table, prefix));
  const auto keys =
      parts_.store.NewIterator(store::Family::kRows, RowKey(prefix, CommitSeq{flushed.value + 1}),
                               types::PrefixEnd(prefix), nullptr);
  HotRows hot;
  for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
    if (hot.count++ == 0) {
      hot.first_seq = SeqOfRowKey(keys->key());
    }
  }
  KALAMDB_RETURN_IF_ERROR(keys->status());
  return hot;
}

}  // namespace kalamdb::table
