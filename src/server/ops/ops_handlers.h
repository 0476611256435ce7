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
  std::string build_date;  // "2026-05-04 20:30:00 UTC".
  std::string api_host;    // As configured: "127.0.0.1", "::1", "db.example".
  uint64_t node_id = 1;
};

// Appends metrics in Prometheus text format.
using MetricsSource = std::function<void(std::string* out)>;
// The port that clients reach the API at. Known only when the server listens: port 0 leaves the
// choice to the system.
using PortSource = std::function<uint16_t()>;

// Endpoints for operators: health, metrics and the page at `/`. Thread-safe; every handler finishes
// before it returns. Health answers loopback clients only, metrics also admins.
class OpsHandlers {
 public:
  OpsHandlers(OpsOptions options, const service::Health& health, Authenticator& authenticator,
              const Clock& clock, PortSource port, MetricsSource metrics);

  void Health(Exchange& exchange);
  void ClusterHealth(Exchange& exchange);
  void Metrics(Exchange& exchange);
  void Root(Exchange& exchange);

 private:
  std::string ApiAddress() const;

  const OpsOptions options_;
  const service::Health& health_;
  Authenticator& authenticator_;
  const ProcessStats stats_;
  const PortSource port_;
  const MetricsSource metrics_;
};

}  // namespace kalamdb::server
