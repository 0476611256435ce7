// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kalamdb::catalog {

// What system.jobs tells about a background job; whoever runs jobs provides it. Times are
// microseconds since 1970.
struct JobRow {
  std::string job_id;
  std::string job_type;
  std::string status;
  std::optional<std::string> namespace_id, table_name;
  std::optional<std::string> parameters, idempotency_key, result, message, error_message, trace,
      exception_trace;
  int64_t retry_count = 0;
  int64_t max_retries = 0;
  std::optional<int64_t> memory_bytes, cpu_millis;
  std::optional<int64_t> progress_percent, rows, rows_per_second;
  int64_t created_at = 0;
  int64_t updated_at = 0;
  std::optional<int64_t> started_at, finished_at;
  int64_t node_id = 0;
};

// Thread-safe; the rows in the order of the table.
using JobSource = std::function<std::vector<JobRow>()>;

}  // namespace kalamdb::catalog
