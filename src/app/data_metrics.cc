// SPDX-License-Identifier: Apache-2.0
#include "app/data_metrics.h"

#include <chrono>
#include <string_view>
#include <vector>

#include "app/build_info.h"
#include "server/http/http_metrics.h"
#include "table/keys.h"

namespace kalamdb::app {

namespace {

struct Number {
  std::string_view name;    // In system.stats.
  std::string_view metric;  // In /metrics.
  std::string_view type;
  std::string_view help;
  uint64_t value = 0;
};

std::vector<Number> DataNumbers(DataTier& data) {
  const store::StoreStats store = data.store().Stats();
  const table::CommitStats& commits = data.committer().stats();
  return {
      {"commits_total", "kalamdb_commits_total", "counter", "Changes committed.",
       commits.commits.load(std::memory_order_relaxed)},
      {"commit_groups_total", "kalamdb_commit_groups_total", "counter",
       "Groups of changes written and synced together.",
       commits.groups.load(std::memory_order_relaxed)},
      {"commit_rows_total", "kalamdb_commit_rows_total", "counter", "Row versions committed.",
       commits.rows.load(std::memory_order_relaxed)},
      {"commit_conflicts_total", "kalamdb_commit_conflicts_total", "counter",
       "Changes refused because another one came first.",
       commits.conflicts.load(std::memory_order_relaxed)},
      {"memory_memtable_bytes", "kalamdb_store_memtable_bytes", "gauge",
       "Memory that holds writes of the hot tier.", store.memtable_bytes},
      {"memory_block_cache_bytes", "kalamdb_store_block_cache_bytes", "gauge",
       "Memory that holds blocks read from the hot tier.", store.block_cache_bytes},
      {"storage_file_bytes", "kalamdb_store_file_bytes", "gauge", "Files of the hot tier.",
       store.table_files_bytes},
      {"storage_estimated_rows", "kalamdb_store_estimated_rows", "gauge",
       "Row versions in the hot tier, roughly.", store.estimated_rows},
  };
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
    return metrics;
  };
}

void AppendDataMetrics(DataTier& data, std::string* out) {
  for (const Number& number : DataNumbers(data)) {
    server::AppendMetric(number.metric, number.type, number.help, static_cast<double>(number.value),
                         out);
  }
}

service::TableStats CountTable(DataTier& data, const catalog::TableDef& table) {
  const std::string begin = table::TableBegin(table.id);
  const std::string end = table::TableEnd(table.id);
  service::TableStats stats;
  stats.memory_bytes = data.store().EstimateBytes(store::Family::kRows, begin, end);
  const std::unique_ptr<store::Iterator> keys =
      data.store().NewIterator(store::Family::kPk, begin, end, nullptr);
  for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
    const StatusOr<table::PkEntry> entry = table::DecodePkEntry(keys->value());
    stats.logical_rows += entry.has_value() && !entry->is_tombstone ? 1 : 0;
  }
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
