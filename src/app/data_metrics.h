// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/data_tier.h"
#include "base/clock.h"
#include "catalog/system_table_makers.h"
#include "service/show.h"

// What is counted below the HTTP server, for system.stats, GET /metrics and SHOW STATS. What is
// passed by reference outlives the results; all of them are thread-safe.
namespace kalamdb::app {

catalog::MetricSource ServerMetrics(const Settings& settings, const Clock& clock);
catalog::MetricSource DataMetrics(DataTier& data);
// The same numbers in Prometheus text format.
void AppendDataMetrics(DataTier& data, std::string* out);

// Counts what is hot and what is dead of a table, which takes a second for a few million.
// `now_micros` decides which events live.
StatusOr<service::TableStats> CountTable(DataTier& data, const catalog::TableDef& table,
                                         int64_t now_micros, const CancelToken* cancel);

// Whether the hot tier holds rows of the table.
StatusOr<bool> HasHotRows(DataTier& data, const catalog::TableDef& table);

}  // namespace kalamdb::app
