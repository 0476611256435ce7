// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/rng.h"
#include "server/http/cors.h"
#include "server/http/exchange.h"
#include "server/ws/ws_context.h"

namespace kalamdb::server {

// /v1/ws: turns an HTTP connection into a WebSocket of live queries. Thread-safe. Outlives the
// connections.
class WsHandler {
 public:
  // `live` may be null: upgrades are answered with 503 then.
  WsHandler(const WsOptions& options, const CorsOptions& cors, Authenticator& authenticator,
            service::LiveService* live, const Clock& clock);

  // Finishes before it returns.
  void Handle(Exchange& exchange);
  const WsMetrics& metrics() const { return metrics_; }

 private:
  // False when the page may not; the answer is made then.
  bool AdmitOrigin(const Request& request, Response* response) const;
  std::string MakeConnectionId();

  const WsOptions options_;
  const CorsPolicy cors_;
  TokenBuckets<IpAddress> attempts_;
  BodyBudget budget_;
  WsMetrics metrics_;
  Rng rng_;
  std::optional<WsContext> context_;  // Nothing without live queries.
};

}  // namespace kalamdb::server
