// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace kalamdb::catalog {

// What system.live tells about one subscription; the service provides it. Times are microseconds
// since 1970.
struct LiveRow {
  std::string live_id, connection_id, subscription_id;
  std::string namespace_id, table_name;
  std::string user_id;
  std::string query;
  std::optional<std::string> options;  // JSON.
  std::string status;                  // "loading", "live", "behind"
  int64_t created_at = 0;
  int64_t last_update = 0;   // The last change that was queued; created_at before the first.
  int64_t last_ping_at = 0;  // When the client was last heard of.
  int64_t node_id = 0;
  int64_t changes = 0;       // Delivered.
  int64_t bytes = 0;         // Of their frames.
  int64_t resyncs = 0;       // How often it had to catch up.
  int64_t queue_length = 0;  // Frames and bytes that wait for the connection.
  int64_t queue_bytes = 0;
  int64_t lag_ms = 0;  // How long the client has not taken any of them.
};

// Thread-safe.
using LiveSource = std::function<std::vector<LiveRow>()>;

}  // namespace kalamdb::catalog
