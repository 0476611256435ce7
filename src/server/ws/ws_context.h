// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "server/auth/authenticator.h"
#include "server/http/address.h"
#include "server/http/body_budget.h"
#include "server/token_buckets.h"
#include "server/ws/ws_metrics.h"
#include "server/ws/ws_options.h"
#include "service/live_service.h"

namespace kalamdb::server {

// What every WebSocket connection of a server uses. Outlives them.
struct WsContext {
  const WsOptions& options;
  const Clock& clock;
  Authenticator& authenticator;
  service::LiveService& live;
  TokenBuckets<IpAddress>& attempts;  // To authenticate, by address.
  BodyBudget& budget;                 // Of messages that are arriving or wait.
  WsMetrics& metrics;
};

// What a connection has said with its upgrade.
struct WsHello {
  std::string authorization;  // The field; empty when the first message will authenticate.
  live::Encoding encoding;    // For a connection that authenticates by the field.
  // By `compress=false`: whatever is negotiated later, nothing is compressed.
  bool may_compress = true;
  std::string connection_id;
};

}  // namespace kalamdb::server
