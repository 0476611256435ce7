// SPDX-License-Identifier: Apache-2.0
#include "table/table_counts.h"

#include <algorithm>
#include <utility>

#include "table/kinds.h"

namespace kalamdb::table {

namespace {

constexpr uint64_t kRowsPerCheck = 4'096;

Status CheckNowAndThen(uint64_t count, const CancelToken* cancel) {
  return cancel != nullptr && count % kRowsPerCheck == 0 ? cancel->Check() : Status();
}

// Without segments: the entries of the primary key are all rows, and smaller than those.
Status CountKeys(const store::KvStore& store, const catalog::TableDef& table, CommitSeq living_from,
                 const store::SnapshotPtr& snapshot, const CancelToken* cancel,
                 TableCounts* counts) {
  const auto keys =
      store.NewIterator(store::Family::kPk, TableBegin(table.id), TableEnd(table.id), snapshot);
  for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
    KALAMDB_ASSIGN_OR_RETURN(const PkEntry entry, DecodePkEntry(keys->value()));
    counts->live_rows += entry.is_tombstone || entry.seq < living_from ? 0 : 1;
    ++counts->hot_rows;
    KALAMDB_RETURN_IF_ERROR(CheckNowAndThen(counts->hot_rows, cancel));
  }
  return keys->status();
}

Status CountHot(const store::KvStore& store, const catalog::TableDef& table,
                const store::SnapshotPtr& snapshot, const CancelToken* cancel,
                TableCounts* counts) {
  const auto rows =
      store.NewIterator(store::Family::kRows, TableBegin(table.id), TableEnd(table.id), snapshot);
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    KALAMDB_ASSIGN_OR_RETURN(const types::RowView row,
                             types::RowView::Open(*table.layout, rows->value()));
    counts->live_rows += row.is_deleted() ? 0 : 1;
    ++counts->hot_rows;
    KALAMDB_RETURN_IF_ERROR(CheckNowAndThen(counts->hot_rows, cancel));
  }
  return rows->status();
}

// Rows of a scope's segments that are neither dead nor tombstones are added to the live ones.
Status CountScope(const Tiers& tiers, const catalog::TableDef& table, const Scope& scope,
                  const cold::Manifest& manifest, const store::SnapshotPtr& snapshot,
                  const CancelToken* cancel, TableCounts* counts) {
  const std::string prefix = ScopePrefix(table.id, scope);
  ++counts->files;
  for (const cold::SegmentMeta& segment : manifest.segments) {
    KALAMDB_ASSIGN_OR_RETURN(
        const DeadCount dead,
        tiers.CountDead(prefix, segment.min_seq, segment.max_seq, snapshot, cancel));
    const uint64_t gone = segment.tombstone_count + dead.rows - dead.tombstones;
    counts->live_rows += segment.row_count - std::min(segment.row_count, gone);
    counts->cold_rows += segment.row_count;
    counts->dead_rows += dead.rows;
    counts->segment_bytes += segment.bytes;
    ++counts->segments;
    ++counts->files;
  }
  return {};
}

}  // namespace

StatusOr<TableCounts> CountTable(const store::KvStore& store, const Tiers& tiers,
                                 const catalog::TableDef& table, int64_t now_micros,
                                 const CancelToken* cancel) {
  TableCounts counts;
  const store::SnapshotPtr snapshot = store.TakeSnapshot();
  KALAMDB_RETURN_IF_ERROR(
      tiers.ForEachScope(table, snapshot, [&](const Scope& scope, const cold::Manifest& manifest) {
        return CountScope(tiers, table, scope, manifest, snapshot, cancel, &counts);
      }));
  KALAMDB_RETURN_IF_ERROR(counts.files == 0 ? CountKeys(store, table, LivingFrom(table, now_micros),
                                                        snapshot, cancel, &counts)
                                            : CountHot(store, table, snapshot, cancel, &counts));
  return counts;
}

StatusOr<ColdTotals::Totals> ColdTotals::Sum(const std::vector<catalog::TableDefPtr>& tables) {
  std::map<TableId, Known> before;
  {
    const MutexLock lock(mu_);
    before = known_;
  }
  std::map<TableId, Known> current;
  Totals sum;
  for (const catalog::TableDefPtr& table : tables) {
    if (!table->has_segments->load(std::memory_order_acquire)) {
      continue;
    }
    Known known{.changes = tiers_.ChangesOf(table->id), .totals = {}};
    const auto found = before.find(table->id);
    if (found != before.end() && found->second.changes == known.changes) {
      known.totals = found->second.totals;
    } else {
      KALAMDB_RETURN_IF_ERROR(tiers_.ForEachScope(
          *table, store_.TakeSnapshot(), [&](const Scope&, const cold::Manifest& manifest) {
            for (const cold::SegmentMeta& segment : manifest.segments) {
              known.totals.rows += segment.row_count;
              known.totals.bytes += segment.bytes;
              ++known.totals.segments;
            }
            return Status();
          }));
    }
    sum.rows += known.totals.rows;
    sum.segments += known.totals.segments;
    sum.bytes += known.totals.bytes;
    current.emplace(table->id, known);
  }
  const MutexLock lock(mu_);
  known_ = std::move(current);
  return sum;
}

}  // namespace kalamdb::table
