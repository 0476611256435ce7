// SPDX-License-Identifier: Apache-2.0
#include "server/ws/ws_handler.h"

#include <array>
#include <memory>
#include <utility>

#include "server/ws/client_message.h"
#include "server/ws/handshake.h"
#include "server/ws/ws_connection.h"

namespace kalamdb::server {

namespace {

void AnswerText(int status, std::string_view text, Response* response) {
  response->Set(status, text);
  response->content_type = "text/plain; charset=utf-8";
}

// What the query of the upgrade asks for; values that are none are ignored.
live::Encoding EncodingOf(std::string_view query) {
  return {.serialization = ParseSerialization(QueryParameter(query, "serialization"))
                               .value_or(live::Serialization::kJson),
          .is_compressing = ParseCompression(QueryParameter(query, "compression")).value_or(true)};
}

}  // namespace

WsHandler::WsHandler(const WsOptions& options, const CorsOptions& cors,
                     Authenticator& authenticator, service::LiveService* live, const Clock& clock)
    : options_(options),
      cors_(cors),
      attempts_(clock, options.auths_per_ip_per_sec),
      budget_(options.all_messages_bytes_max) {
  if (live != nullptr) {
    context_.emplace(WsContext{.options = options_,
                               .clock = clock,
                               .authenticator = authenticator,
                               .live = *live,
                               .attempts = attempts_,
                               .budget = budget_,
                               .metrics = metrics_});
  }
}

bool WsHandler::AdmitOrigin(const Request& request, Response* response) const {
  const std::string_view origin = request.Get(Header::kOrigin);
  if (origin.empty() && options_.must_have_origin) {
    AnswerText(403, "Origin header required", response);
    return false;
  }
  if (!origin.empty() && !cors_.IsAllowed(origin)) {
    AnswerText(403, "Origin not allowed", response);
    return false;
  }
  return true;
}

std::string WsHandler::MakeConnectionId() {
  std::array<uint8_t, 16> bytes{};
  rng_.Fill(bytes);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id;
  for (const uint8_t byte : bytes) {
    id += kDigits[byte >> 4];
    id += kDigits[byte & 0xf];
  }
  return id;
}

void WsHandler::Handle(Exchange& exchange) {
  const Request& request = exchange.request();
  Response& response = exchange.response();
  if (!context_.has_value()) {
    AnswerText(503, "Live queries are not available", &response);
  } else if (AdmitOrigin(request, &response) && AnswerUpgrade(request, &response)) {
    const WsHello hello{.authorization = std::string(request.Get(Header::kAuthorization)),
                        .encoding = EncodingOf(request.query()),
                        .may_compress = QueryParameter(request.query(), "compress") != "false",
                        .connection_id = MakeConnectionId()};
    response.upgrade = [this, hello](Upgraded& upgraded) {
      WsConnection::Start(std::move(upgraded), hello, *context_);
    };
  }
  exchange.Finish();
}

}  // namespace kalamdb::server
