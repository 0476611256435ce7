// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace kalamdb::server {

// A plain value.
struct AuthOptions {
  std::string jwt_secret;  // Never logged.
  // Of access tokens; refresh tokens live seven times as long.
  std::chrono::seconds access_lifetime{24 * 3600};
  bool cookie_secure = true;              // Secure on cookies of requests that came by https.
  bool allow_remote_setup = false;        // Else /setup and /status answer loopback clients only.
  uint32_t requests_per_ip_per_sec = 20;  // 0: no limit. Loopback is exempt. Beyond: 429.
};

}  // namespace kalamdb::server
