// SPDX-License-Identifier: Apache-2.0
#include "app/data_metrics.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "app/build_info.h"
#include "base/log.h"
#include "server/http/http_metrics.h"
#include "table/keys.h"
#include "table/kinds.h"

namespace kalamdb::app {

namespace {

struct Number {
  std::string_view name;    // In system.stats.
  std::string_view metric;  // In /metrics.
  std::string_view type;
  std::string_view help;
  uint64_t value = 0;
};

uint64_t Read(const std::atomic<uint64_t>& counter) {
  return counter.load(std::memory_order_relaxed);
}

std::vector<Number> HotNumbers(DataTier& data) {
  const store::StoreStats store = data.store().Stats();
  const table::CommitStats& commits = data.committer().stats();
  return {
      {"commits_total", "kalamdb_commits_total", "counter", "Changes committed.",
       Read(commits.commits)},
      {"commit_groups_total", "kalamdb_commit_groups_total", "counter",
       "Groups of changes written and synced together.", Read(commits.groups)},
      {"commit_rows_total", "kalamdb_commit_rows_total", "counter", "Row versions committed.",
       Read(commits.rows)},
      {"commit_conflicts_total", "kalamdb_commit_conflicts_total", "counter",
       "Changes refused because another one came first.", Read(commits.conflicts)},
      {"memory_memtable_bytes", "kalamdb_store_memtable_bytes", "gauge",
       "Memory that holds writes of the hot tier.", store.memtable_bytes},
      {"memory_block_cache_bytes", "kalamdb_store_block_cache_bytes", "gauge",
       "Memory that holds blocks read from the hot tier.", store.block_cache_bytes},
      {"storage_file_bytes", "kalamdb_store_file_bytes", "gauge", "Files of the hot tier.",
       store.table_files_bytes},
      {"storage_estimated_rows", "kalamdb_store_estimated_rows", "gauge",
       "Row versions in the hot tier, roughly.", store.estimated_rows},
      {"hot_rows", "kalamdb_hot_rows", "gauge",
       "Row versions in the hot tier, roughly: flushed ones count until the store compacts.",
       store.estimated_rows},
  };
}

std::vector<Number> ColdNumbers(DataTier& data) {
  table::ColdTotals::Totals totals;
  if (auto sum = data.cold_totals().Sum(data.catalog().ListTables()); sum.has_value()) {
    totals = *sum;
  } else {
    LogWarn("app", "segments cannot be counted: {}", sum.error().message());
  }
  const table::MaintenanceStats& done = data.maintenance_stats();
  const table::TrashStats removed = data.trash().removed();
  return {
      {"cold_rows", "kalamdb_cold_rows", "gauge",
       "Rows in segments, tombstones and superseded rows included.", totals.rows},
      {"segments", "kalamdb_segments", "gauge", "Segments of all tables.", totals.segments},
      {"segment_bytes", "kalamdb_segment_bytes", "gauge", "Bytes of their files.", totals.bytes},
      {"flushes_total", "kalamdb_flushes_total", "counter",
       "Scopes whose hot rows were moved into segments.", Read(done.flushes)},
      {"flushed_rows_total", "kalamdb_flushed_rows_total", "counter", "Rows moved so.",
       Read(done.flushed_rows)},
      {"flushed_bytes_total", "kalamdb_flushed_bytes_total", "counter",
       "Bytes of the segments made so.", Read(done.flushed_bytes)},
      {"compactions_total", "kalamdb_compactions_total", "counter",
       "Rewrites of segments of one scope.", Read(done.compactions)},
      {"compacted_rows_total", "kalamdb_compacted_rows_total", "counter", "Rows rewritten so.",
       Read(done.compacted_rows)},
      {"compacted_bytes_total", "kalamdb_compacted_bytes_total", "counter",
       "Bytes of the segments made so.", Read(done.compacted_bytes)},
      {"files_waiting_for_removal", "kalamdb_files_waiting_for_removal", "gauge",
       "Files that no manifest names and that are not yet removed.", data.trash().waiting()},
      {"files_removed_total", "kalamdb_files_removed_total", "counter", "Files removed.",
       removed.files},
      {"file_bytes_removed_total", "kalamdb_file_bytes_removed_total", "counter", "Bytes freed so.",
       removed.bytes},
  };
}

std::vector<Number> EventNumbers(DataTier& data) {
  const table::EventStats& events = data.events().stats();
  return {
      {"stream_events_buffered", "kalamdb_stream_events_buffered", "gauge",
       "Events of STREAM tables that are stored.", data.events().CountStored()},
      {"stream_events_stored_total", "kalamdb_stream_events_stored_total", "counter",
       "Events stored.", Read(events.stored)},
      {"stream_events_expired_total", "kalamdb_stream_events_expired_total", "counter",
       "Events removed past their time to live.", Read(events.expired)},
      {"stream_events_evicted_total", "kalamdb_stream_events_evicted_total", "counter",
       "Events removed because their scope held max_buffer newer ones.", Read(events.evicted)},
      {"stream_events_discarded_total", "kalamdb_stream_events_discarded_total", "counter",
       "Events of ephemeral tables that were not stored, because nobody subscribed.",
       Read(events.discarded)},
  };
}

std::vector<Number> DataNumbers(DataTier& data) {
  std::vector<Number> numbers = HotNumbers(data);
  std::ranges::move(EventNumbers(data), std::back_inserter(numbers));
  std::ranges::move(ColdNumbers(data), std::back_inserter(numbers));
  return numbers;
}

// Bytes written into segments for each byte that was flushed.
double WriteAmplification(const table::MaintenanceStats& stats) {
  const auto flushed = static_cast<double>(Read(stats.flushed_bytes));
  return flushed == 0 ? 1 : 1 + static_cast<double>(Read(stats.compacted_bytes)) / flushed;
}

}  // namespace

catalog::MetricSource ServerMetrics(const Settings& settings, const Clock& clock) {
  return [&clock, begin = clock.Monotonic(), node = settings.cluster.node_id] {
    const auto uptime =
        std::chrono::duration_cast<std::chrono::seconds>(clock.Monotonic() - begin).count();
    return std::vector<catalog::Metric>{{"server_version", std::string(BuildVersion())},
                                        {"server_build_date", std::string(BuildDate())},
                                        {"uptime_seconds", std::to_string(uptime)},
                                        {"node_id", std::to_string(node)},
                                        {"cluster_mode", "false"}};
  };
}

catalog::MetricSource DataMetrics(DataTier& data) {
  return [&data] {
    std::vector<catalog::Metric> metrics;
    for (const Number& number : DataNumbers(data)) {
      metrics.emplace_back(number.name, std::to_string(number.value));
    }
    metrics.emplace_back("write_amplification",
                         fmt::format("{:.2f}", WriteAmplification(data.maintenance_stats())));
    return metrics;
  };
}

void AppendDataMetrics(DataTier& data, std::string* out) {
  for (const Number& number : DataNumbers(data)) {
    server::AppendMetric(number.metric, number.type, number.help, static_cast<double>(number.value),
                         out);
  }
  server::AppendMetric("kalamdb_write_amplification", "gauge",
                       "Bytes written into segments for each byte that was flushed.",
                       WriteAmplification(data.maintenance_stats()), out);
}

StatusOr<service::TableStats> CountTable(DataTier& data, const catalog::TableDef& table,
                                         int64_t now_micros, const CancelToken* cancel) {
  KALAMDB_ASSIGN_OR_RETURN(
      const table::TableCounts counts,
      table::CountTable(data.store(), data.tiers(), table, now_micros, cancel));
  service::TableStats stats;
  stats.memory_bytes = data.store().EstimateBytes(
      table::RowsFamily(table), table::TableBegin(table.id), table::TableEnd(table.id));
  stats.logical_rows = counts.live_rows;
  stats.flushed_segments = counts.segments;
  stats.hot_rows = counts.hot_rows;
  stats.cold_rows = counts.cold_rows;
  stats.dead_rows = counts.dead_rows;
  stats.segment_bytes = counts.segment_bytes;
  stats.files = counts.files;
  return stats;
}

StatusOr<bool> HasHotRows(DataTier& data, const catalog::TableDef& table) {
  const std::unique_ptr<store::Iterator> rows = data.store().NewIterator(
      store::Family::kRows, table::TableBegin(table.id), table::TableEnd(table.id), nullptr);
  rows->SeekToFirst();
  KALAMDB_RETURN_IF_ERROR(rows->status());
  return rows->Valid();
}

}  // namespace kalamdb::app
