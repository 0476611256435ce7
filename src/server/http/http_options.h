// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "server/http/address.h"

namespace kalamdb::server {

// Which pages of other origins may use the server from a browser.
struct CorsOptions {
  std::vector<std::string> allowed_origins{};  // Empty or "*": any.
  std::vector<std::string> allowed_methods = {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
  std::vector<std::string> allowed_headers = {"Authorization", "Content-Type", "Accept", "Origin",
                                              "X-Requested-With"};
  std::vector<std::string> expose_headers{};
  bool allow_credentials = false;
  std::chrono::seconds max_age{3600};
  bool allow_private_network = false;
};

// Limits per client address. Loopback clients are exempt.
struct ProtectionOptions {
  bool is_enabled = true;
  uint32_t requests_per_ip_per_sec = 200;  // 0: no limit. Beyond: 429.
  uint32_t connections_per_ip = 100;       // 0: no limit. Beyond: 503 and the connection is closed.
  std::chrono::seconds ban{300};           // After 10 refused requests; up to six times as long.
};

// What the HTTP stack needs to know. A plain value.
struct HttpOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 8080;  // 0: any free one.
  int backlog = 4096;
  size_t io_threads = 1;
  // Open connections. Beyond: a new one is answered 503 and closed.
  size_t connections_max = 25'000;
  // Bytes of request line and header fields. Beyond: 431.
  uint32_t header_bytes_max = 16'384;
  // Bytes of a body; routes may have less. Beyond: 413.
  size_t body_bytes_max = 10u << 20;
  // Bytes of the bodies of all connections together, small ones not counted. Beyond: 503.
  size_t all_bodies_bytes_max = 512u << 20;
  // From the first byte of a request to the end of its header. Beyond: 408.
  std::chrono::milliseconds header_timeout{5'000};
  // For a body to arrive, plus one second for every 4 KiB of it. Beyond: 408.
  std::chrono::milliseconds body_timeout{30'000};
  // Between two requests. Beyond: the connection is closed.
  std::chrono::milliseconds idle_timeout{75'000};
  // For a client to take any byte of an answer. Beyond: the connection is reset.
  std::chrono::milliseconds write_timeout{30'000};
  // For a client that was told to go to stop sending, since its last byte and up to 15 times this
  // in all. Beyond: the connection is closed, and the client may miss the answer.
  std::chrono::milliseconds linger_timeout{2'000};
  // For a handler to finish; 0: no limit. Beyond: its statement is cancelled and it answers
  // TIMEOUT.
  std::chrono::milliseconds handler_timeout{0};
  CidrSet trusted_proxies;
  CorsOptions cors;
  ProtectionOptions protection;
};

}  // namespace kalamdb::server
