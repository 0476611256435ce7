// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "server/auth/authenticator.h"
#include "server/http/exchange.h"
#include "server/ops/process_stats.h"
#include "service/health.h"

namespace kalamdb::server {

// What the server says about itself. A plain value.
struct OpsOptions {
  std::string version = "0.0.0";
  std::string build_date;   // "2026-05-04 20:30:00 UTC".
  std::string api_address;  // "127.0.0.1:8080", as clients reach it.
  uint64_t node_id = 1;
};

// Appends metrics in Prometheus text format.
using MetricsSource = std::function<void(std::string* out)>;

// Endpoints for operators: health, metrics and the page at `/`. Thread-safe; every handler finishes
// before it returns. Health answers loopback clients only, metrics also admins.
class OpsHandlers {
 public:
  OpsHandlers(OpsOptions options, const service::Health& health, Authenticator& authenticator,
              const Clock& clock, MetricsSource metrics);

  void Health(Exchange& exchange);
  void ClusterHealth(Exchange& exchange);
  void Metrics(Exchange& exchange);
  void Root(Exchange& exchange);

 private:
  const OpsOptions options_;
  const service::Health& health_;
  Authenticator& authenticator_;
  const ProcessStats stats_;
  const MetricsSource metrics_;
};

}  // namespace kalamdb::server
