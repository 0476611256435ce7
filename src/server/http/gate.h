// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/http/address_guard.h"
#include "server/http/cors.h"
#include "server/http/request_parser.h"
#include "server/http/route_table.h"

namespace kalamdb::server {

// Decides what becomes of a request before a handler sees it: limits, cross-origin rules, routes.
// Thread-safe.
class Gate {
 public:
  Gate(const Clock& clock, const HttpOptions& options, const RouteTable& routes);

  // Between header and body. Sets the client's address and the body limit. A rejection is answered
  // at once, with the body unread.
  std::optional<Rejection> OnHeader(const IpAddress& peer, Request* request, RequestParser* parser);
  // With the whole request. The route to run, or null: `response` is the answer.
  const Route* OnRequest(const Request& request, Response* response) const;
  // Makes the answer to a rejected request.
  static void Answer(const Rejection& rejection, Response* response);

  const CorsPolicy& cors() const { return cors_; }
  AddressGuard& guard() { return guard_; }
  BodyBudget& body_budget() { return body_budget_; }

 private:
  std::optional<Rejection> CheckAddress(const IpAddress& client);

  const HttpOptions& options_;
  const RouteTable& routes_;
  const CorsPolicy cors_;
  AddressGuard guard_;
  BodyBudget body_budget_;
};

}  // namespace kalamdb::server
