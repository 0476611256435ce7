// SPDX-License-Identifier: Apache-2.0
#include "table/compactor.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/fault_point.h"
#include "base/spare_time.h"
#include "cold/segment_reader.h"
#include "table/cold_scan.h"
#include "table/reader.h"
#include "types/key_codec.h"

namespace kalamdb::table {

namespace {

// "About the same": the largest is at most so many times the smallest, or all are small.
constexpr uint64_t kMergeSpread = 4;
constexpr uint64_t kSmallRows = 20'000;
// A merged segment may have so many rows (NewSegments cuts it into several files).
constexpr uint64_t kMergedRowsMax = 4'000'000;
// A segment with this part of its rows dead is rewritten alone: 1 in kDeadPart.
constexpr uint64_t kDeadPart = 4;
constexpr size_t kKeysPerBatch = 1'000;

}  // namespace

// Segments [begin, end) of the scope, and their dead rows.
struct Compactor::Run {
  size_t begin = 0;
  size_t end = 0;
  std::vector<ColdPart> parts;
};

StatusOr<std::optional<Compactor::Run>> Compactor::ChooseRun(
    const ColdScope& cold, const std::string& prefix, const CompactionOptions& options,
    const store::SnapshotPtr& snapshot) const {
  std::vector<ColdPart> parts;
  for (const cold::SegmentPtr& segment : cold.segments) {
    KALAMDB_ASSIGN_OR_RETURN(DeadRows dead, parts_.tiers.ReadDead(prefix, segment->meta.min_seq,
                                                                  segment->meta.max_seq, snapshot));
    parts.push_back({.segment = segment, .dead = std::move(dead)});
  }
  const auto run = [&](size_t begin, size_t end) {
    return Run{.begin = begin,
               .end = end,
               .parts = {parts.begin() + static_cast<ptrdiff_t>(begin),
                         parts.begin() + static_cast<ptrdiff_t>(end)}};
  };
  const auto has_old_tombstones = [&](const ColdPart& part) {
    return options.tombstones_before.has_value() && part.segment->meta.tombstone_count > 0 &&
           part.segment->meta.min_seq < *options.tombstones_before;
  };
  if (options.is_full) {
    size_t small = 0;
    bool is_worth_it = false;
    for (const ColdPart& part : parts) {
      small += part.segment->meta.row_count < kSegmentRowsMax / 2 ? 1 : 0;
      is_worth_it = is_worth_it || !part.dead->empty() || has_old_tombstones(part);
    }
    is_worth_it = is_worth_it || small > 1;
    return is_worth_it ? std::optional<Run>(run(0, parts.size())) : std::nullopt;
  }
  // The longest run of neighbours of about the same size that begins at each segment.
  for (size_t begin = 0; begin < parts.size(); ++begin) {
    uint64_t smallest = UINT64_MAX;
    uint64_t largest = 0;
    uint64_t rows = 0;
    size_t end = begin;
    while (end < parts.size()) {
      const uint64_t size = parts[end].segment->meta.row_count;
      const uint64_t low = std::min(smallest, size);
      const uint64_t high = std::max(largest, size);
      if (rows + size > kMergedRowsMax || (high > kSmallRows && high > low * kMergeSpread)) {
        break;
      }
      smallest = low;
      largest = high;
      rows += size;
      ++end;
    }
    if (end - begin >= options.merge_segments) {
      return run(begin, end);
    }
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    const cold::SegmentMeta& meta = parts[i].segment->meta;
    if (parts[i].dead->size() * kDeadPart >= meta.row_count ||
        (has_old_tombstones(parts[i]) && meta.tombstone_count * kDeadPart >= meta.row_count)) {
      return run(i, i + 1);
    }
  }
  return std::nullopt;
}

// The keys of tombstones that are about to go: an INSERT of such a key is then one of a new key.
Status Compactor::Forget(const catalog::TableDefPtr& table, const std::string& prefix,
                         const std::vector<std::pair<std::string, CommitSeq>>& tombstones) {
  std::span<const std::pair<std::string, CommitSeq>> rest = tombstones;
  while (!rest.empty()) {
    const auto some = rest.first(std::min(rest.size(), kKeysPerBatch));
    rest = rest.subspan(some.size());
    KALAMDB_RETURN_IF_ERROR(parts_.committer.RunExclusive([&]() -> Status {
      if (table->is_dropped->load(std::memory_order_acquire)) {
        return TableNotFound(table->QualifiedName());
      }
      store::WriteBatch batch(parts_.store);
      for (const auto& [key, seq] : some) {
        std::string bytes;
        KALAMDB_ASSIGN_OR_RETURN(
            const bool is_found,
            parts_.store.Get(store::Family::kPk, prefix + key, nullptr, &bytes));
        if (!is_found) {
          continue;
        }
        KALAMDB_ASSIGN_OR_RETURN(const PkEntry entry, DecodePkEntry(bytes));
        if (entry.seq == seq) {
          batch.Delete(store::Family::kPk, prefix + key);
        }
      }
      return parts_.store.Write(batch, true);
    }));
  }
  return {};
}

// Those who read the changes since a position have to know that deletions up to here are missing.
Status Compactor::PutForgotten(const std::string& prefix,
                               const std::vector<std::pair<std::string, CommitSeq>>& tombstones,
                               store::WriteBatch* batch) const {
  if (tombstones.empty()) {
    return {};
  }
  CommitSeq newest = tombstones.back().second;  // They come in the order of `_seq`.
  std::string bytes;
  KALAMDB_ASSIGN_OR_RETURN(
      const bool is_found,
      parts_.store.Get(store::Family::kCold, ForgottenKey(prefix), nullptr, &bytes));
  if (is_found) {
    KALAMDB_ASSIGN_OR_RETURN(const uint64_t known, types::KeyReader(bytes).ReadU64());
    newest = std::max(newest, CommitSeq{known});
  }
  bytes.clear();
  types::AppendKeyU64(newest.value, &bytes);
  batch->Put(store::Family::kCold, ForgottenKey(prefix), bytes);
  return {};
}

StatusOr<CompactionResult> Compactor::Rewrite(const catalog::TableDefPtr& table, const Scope& scope,
                                              const std::string& prefix, const ColdScope& cold,
                                              const Run& run, const CompactionOptions& options,
                                              const CancelToken* cancel, const ReportRows& report) {
  CompactionResult result;
  NewSegments segments(parts_, table, scope, cold.manifest.next_number);
  std::vector<std::pair<std::string, CommitSeq>> forgotten;
  ScanRange everything;
  everything.is_including_deleted = true;
  ColdScan rows(parts_.tiers.engine(), run.parts, everything);
  SpareTime time(parts_.clock);
  bool has_rows = true;
  while (has_rows) {
    uint64_t count = 0;
    KALAMDB_RETURN_IF_ERROR(time.Run([&]() -> Status {
      ScannedRow scanned;
      for (; count < kRowsPerReport; ++count) {
        KALAMDB_ASSIGN_OR_RETURN(has_rows, rows.Next(&scanned));
        if (!has_rows) {
          break;
        }
        if (types::IsTombstone(scanned.bytes) && options.tombstones_before.has_value() &&
            scanned.seq < *options.tombstones_before) {
          KALAMDB_ASSIGN_OR_RETURN(std::string key, KeyOfRow(*table, scanned.bytes));
          forgotten.emplace_back(std::move(key), scanned.seq);
        } else {
          KALAMDB_RETURN_IF_ERROR(segments.Add(scanned.seq, scanned.bytes));
        }
      }
      return {};
    }));
    report(count);
    if (cancel != nullptr && cancel->is_cancelled()) {
      return Error(Cancelled("the compaction was cancelled"));
    }
  }
  KALAMDB_RETURN_IF_ERROR(segments.Finish());
  KALAMDB_RETURN_IF_ERROR(Forget(table, prefix, forgotten));

  std::vector<TrashFile> obsolete;
  std::vector<CommitSeq> dead;
  uint64_t rows_before = 0;
  for (const ColdPart& part : run.parts) {
    const cold::SegmentMeta& meta = part.segment->meta;
    obsolete.push_back({.storage_id = table->options.storage_id, .path = meta.path});
    rows_before += meta.row_count;
    result.bytes_before += meta.bytes;
    for (const uint64_t seq : *part.dead) {
      dead.push_back(CommitSeq{seq});
    }
  }
  result.segments_before = run.parts.size();
  result.segments_after = segments.segments().size();
  uint64_t rows_after = 0;
  for (const cold::SegmentMeta& meta : segments.segments()) {
    rows_after += meta.row_count;
    result.bytes_after += meta.bytes;
  }
  result.rows_removed = rows_before - rows_after;

  // The manifest is as it was: flushes of this scope wait for the lock that is held.
  cold::Manifest manifest = cold.manifest;
  ++manifest.version;
  manifest.updated_at = parts_.clock.WallMicros();
  manifest.next_number = segments.next_number();
  const auto begin = manifest.segments.begin() + static_cast<ptrdiff_t>(run.begin);
  const auto after =
      manifest.segments.erase(begin, begin + static_cast<ptrdiff_t>(run.end - run.begin));
  manifest.segments.insert(after, segments.segments().begin(), segments.segments().end());
  KALAMDB_RETURN_IF_ERROR(parts_.committer.RunExclusive([&]() -> Status {
    store::WriteBatch batch(parts_.store);
    KALAMDB_RETURN_IF_ERROR(PutForgotten(prefix, forgotten, &batch));
    for (const TrashFile& file : obsolete) {
      Trash::Put(file, &batch);
    }
    KALAMDB_FAULT_POINT("compaction.before_commit");
    KALAMDB_RETURN_IF_ERROR(segments.Commit(prefix, manifest, &batch));
    KALAMDB_FAULT_POINT("compaction.committed");
    return {};
  }));
  parts_.trash.Discard(std::move(obsolete));

  // Marks of rows that are in no file any more. Rows that died meanwhile have marks of their own.
  std::span<const CommitSeq> rest = dead;
  while (!rest.empty()) {
    const auto some = rest.first(std::min(rest.size(), kKeysPerBatch));
    rest = rest.subspan(some.size());
    store::WriteBatch batch(parts_.store);
    for (const CommitSeq seq : some) {
      batch.Delete(store::Family::kCold, DeadKey(prefix, seq));
    }
    KALAMDB_RETURN_IF_ERROR(parts_.store.Write(batch, false));
  }
  stats_.compactions.fetch_add(1, std::memory_order_relaxed);
  stats_.compacted_rows.fetch_add(rows_after, std::memory_order_relaxed);
  stats_.compacted_bytes.fetch_add(result.bytes_after, std::memory_order_relaxed);
  PublishManifest(parts_, *table, scope, manifest)
      .Ignore("the store's copy counts; the next change publishes again");
  return result;
}

StatusOr<CompactionResult> Compactor::CompactScope(const catalog::TableDefPtr& table,
                                                   const Scope& scope,
                                                   const CompactionOptions& options,
                                                   const CancelToken* cancel,
                                                   const ReportRows& report) {
  const std::string prefix = ScopePrefix(table->id, scope);
  const ScopeLocks::Hold hold(locks_, prefix);
  const store::SnapshotPtr snapshot = parts_.store.TakeSnapshot();
  KALAMDB_ASSIGN_OR_RETURN(const ColdScopePtr cold, parts_.tiers.Find(*table, prefix, *snapshot));
  if (cold == nullptr) {
    return CompactionResult();
  }
  KALAMDB_ASSIGN_OR_RETURN(const std::optional<Run> run,
                           ChooseRun(*cold, prefix, options, snapshot));
  if (!run.has_value()) {
    return CompactionResult();
  }
  return Rewrite(table, scope, prefix, *cold, *run, options, cancel, report);
}

}  // namespace kalamdb::table
