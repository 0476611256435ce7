// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace kalamdb::server {

// A plain value.
struct WsOptions {
  // From the upgrade to the `authenticate` message. Beyond: closed with 1008.
  std::chrono::milliseconds auth_timeout{3'000};
  // Without a byte from the client. Beyond: closed with 1000.
  std::chrono::milliseconds client_timeout{10'000};
  // Silence after which the server pings; at most half of `client_timeout` counts. 0: never.
  std::chrono::milliseconds heartbeat_interval{5'000};
  // How long a connection outlives its token. Beyond: closed with 4401.
  std::chrono::milliseconds token_grace{60'000};
  // For a client to take any byte. Beyond: the connection is reset.
  std::chrono::milliseconds write_timeout{30'000};
  // For a client to answer a close. Beyond: the connection ends without it.
  std::chrono::milliseconds close_timeout{2'000};
  // Bytes of a client's message, decompressed too. Beyond: an error, and the message is dropped.
  size_t message_bytes_max = 1u << 20;
  // Bytes of the messages of all connections together, small ones not counted. Beyond: as above.
  size_t all_messages_bytes_max = 256u << 20;
  uint32_t messages_per_sec = 50;      // Of a connection; 0: no limit. Beyond: an error each.
  uint32_t auths_per_ip_per_sec = 20;  // 0: no limit. Loopback is exempt. Beyond: closed with 1008.
  bool must_have_origin = false;       // Refuse upgrades without an Origin field.
};

}  // namespace kalamdb::server
