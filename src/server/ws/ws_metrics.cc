// SPDX-License-Identifier: Apache-2.0
#include "server/ws/ws_metrics.h"

#include "server/http/http_metrics.h"

namespace kalamdb::server {

void WsMetrics::AppendText(std::string* out) const {
  const auto line = [out](std::string_view name, std::string_view type, std::string_view help,
                          const auto& counter) {
    AppendMetric(name, type, help, static_cast<double>(counter.load(std::memory_order_relaxed)),
                 out);
  };
  line("kalamdb_ws_connections_open", "gauge", "Open WebSocket connections.", connections_open);
  line("kalamdb_ws_connections_total", "counter", "WebSocket connections opened.",
       connections_total);
  line("kalamdb_ws_auth_failures_total", "counter", "Attempts to authenticate that were refused.",
       auth_failures);
  line("kalamdb_ws_messages_received_total", "counter", "Messages of clients.", messages_received);
  line("kalamdb_ws_messages_refused_total", "counter",
       "Messages of clients that were too large, too many or of the wrong kind.", messages_refused);
  line("kalamdb_ws_frames_sent_total", "counter", "Frames sent.", frames_sent);
  line("kalamdb_ws_received_bytes_total", "counter", "Bytes received.", received_bytes);
  line("kalamdb_ws_sent_bytes_total", "counter", "Bytes sent.", sent_bytes);
  line("kalamdb_ws_heartbeat_timeouts_total", "counter",
       "Connections closed because the client was silent.", heartbeat_timeouts);
  line("kalamdb_ws_write_timeouts_total", "counter",
       "Connections reset because the client did not read.", write_timeouts);
}

}  // namespace kalamdb::server
