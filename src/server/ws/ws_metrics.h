// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace kalamdb::server {

// What WebSocket connections count. Thread-safe; all counters are independent of each other.
class WsMetrics {
 public:
  // In Prometheus text format.
  void AppendText(std::string* out) const;

  std::atomic<int64_t> connections_open{0};
  std::atomic<uint64_t> connections_total{0};
  std::atomic<uint64_t> auth_failures{0};
  std::atomic<uint64_t> messages_received{0};
  std::atomic<uint64_t> messages_refused{0};  // Too large, too many, of the wrong kind.
  std::atomic<uint64_t> frames_sent{0};
  std::atomic<uint64_t> received_bytes{0};
  std::atomic<uint64_t> sent_bytes{0};
  std::atomic<uint64_t> heartbeat_timeouts{0};
  std::atomic<uint64_t> write_timeouts{0};  // Connections reset because the client did not read.
};

}  // namespace kalamdb::server
