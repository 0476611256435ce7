// SPDX-License-Identifier: Apache-2.0
#include "server/http/gate.h"

#include <algorithm>

#include "types/schema.h"

namespace kalamdb::server {

Gate::Gate(const Clock& clock, const HttpOptions& options, const RouteTable& routes)
    : options_(options),
      routes_(routes),
      cors_(options.cors),
      guard_(clock, options.protection),
      body_budget_(options.all_bodies_bytes_max) {}

std::optional<Rejection> Gate::CheckAddress(const IpAddress& client) {
  const AddressGuard::Answer answer = guard_.Admit(client);
  const auto seconds = static_cast<uint64_t>(answer.retry_after.count());
  switch (answer.verdict) {
    case AddressGuard::Verdict::kAdmitted:
      return std::nullopt;
    case AddressGuard::Verdict::kTooManyRequests:
      return Rejection{.status = 429,
                       .code = "RATE_LIMIT_EXCEEDED",
                       .message = "Too many requests per second from this address.",
                       .retry_after_seconds = seconds};
    case AddressGuard::Verdict::kBanned:
      return Rejection{.status = 429,
                       .code = "IP_BANNED",
                       .message = "This address is banned for a while: it sent too many requests.",
                       .retry_after_seconds = seconds};
  }
  return std::nullopt;
}

std::optional<Rejection> Gate::OnHeader(const IpAddress& peer, Request* request,
                                        RequestParser* parser) {
  IpAddress client = peer;
  bool is_https = false;
  if (peer.IsLoopback() || options_.trusted_proxies.Contains(peer)) {
    client = ClientAddress(peer, request->Get(Header::kXForwardedFor),
                           request->Get(Header::kXRealIp), options_.trusted_proxies);
    is_https = types::EqualsIgnoreCase(request->Get(Header::kXForwardedProto), "https");
  }
  request->set_client(client, is_https);
  // Preflights are always answered: a page has to see the 429 of its real request.
  if (!CorsPolicy::IsPreflight(*request)) {
    if (auto rejection = CheckAddress(client)) {
      return rejection;
    }
  }
  const Route* route = routes_.Find(request->method(), request->path());
  size_t bytes_max = options_.body_bytes_max;
  if (route != nullptr && route->body_bytes_max != 0) {
    bytes_max = std::min(bytes_max, route->body_bytes_max);
  }
  parser->set_body_bytes_max(bytes_max);
  const auto length = parser->content_length();
  if (length.has_value() && *length > bytes_max) {
    return Rejection{.status = 413,
                     .code = "BODY_TOO_LARGE",
                     .message = {},
                     .size_bytes = *length,
                     .bytes_max = bytes_max};
  }
  const std::string_view encoding = request->Get(Header::kContentEncoding);
  if (!encoding.empty() && !types::EqualsIgnoreCase(encoding, "identity")) {
    return Rejection{.status = 415,
                     .code = "UNSUPPORTED_CONTENT_ENCODING",
                     .message = "request bodies cannot be compressed"};
  }
  if (parser->wants_unknown_expectation()) {
    return Rejection{.status = 417,
                     .code = "EXPECTATION_FAILED",
                     .message = "the only expectation the server meets is 100-continue"};
  }
  return std::nullopt;
}

const Route* Gate::OnRequest(const Request& request, Response* response) const {
  if (CorsPolicy::IsPreflight(request)) {
    cors_.AnswerPreflight(request, response);
    return nullptr;
  }
  if (const Route* route = routes_.Find(request.method(), request.path())) {
    return route;
  }
  const std::string allowed = routes_.AllowedMethods(request.path());
  if (allowed.empty()) {
    response->Set(404, PlainErrorBody("NOT_FOUND", "there is nothing at this path"));
  } else if (request.method() == Method::kOptions) {
    response->Set(204, "");
    response->content_type = "";
    response->fields = "Allow: " + allowed + "\r\n";
  } else {
    response->Set(405, PlainErrorBody("METHOD_NOT_ALLOWED", "this path takes " + allowed));
    response->fields = "Allow: " + allowed + "\r\n";
  }
  return nullptr;
}

void Gate::Answer(const Rejection& rejection, Response* response) {
  std::string message = rejection.message;
  if (rejection.status == 413) {
    message = "Request body of " + std::to_string(rejection.size_bytes) +
              " bytes is larger than the limit of " + std::to_string(rejection.bytes_max) +
              " bytes.";
  }
  std::string body = PlainErrorBody(rejection.code, message);
  std::string fields;
  const auto add = [&body](std::string_view key, uint64_t value) {
    body.pop_back();
    body += ",\"" + std::string(key) + "\":" + std::to_string(value) + "}";
  };
  if (rejection.status == 413) {
    add("size_bytes", rejection.size_bytes);
    add("max_bytes", rejection.bytes_max);
  }
  if (rejection.status == 429) {
    add("retry_after_seconds", rejection.retry_after_seconds);
    fields = "Retry-After: " + std::to_string(rejection.retry_after_seconds) + "\r\n";
  }
  response->Set(rejection.status, body);
  response->fields = fields;
}

}  // namespace kalamdb::server
