// SPDX-License-Identifier: Apache-2.0
#include "server/auth/auth_handlers.h"

#include <array>
#include <utility>

#include "base/limits.h"
#include "server/auth/auth_answer.h"
#include "server/auth/auth_body.h"
#include "server/http/text.h"
#include "types/json_codec.h"
#include "types/text_format.h"

namespace kalamdb::server {

using service::UserInfo;

namespace {

constexpr size_t kPasswordBytesMax = 256;
constexpr size_t kEmailBytesMax = 254;
constexpr int kRefreshLifetimes = 7;
constexpr std::string_view kNoStore = "Cache-Control: no-store\r\n";

constexpr std::array kLoginFields = {
    BodyField{"user", "username", limits::kUserIdBytesMax},
    BodyField{"password", "", kPasswordBytesMax},
};
constexpr std::array kSetupFields = {
    BodyField{"user", "username", limits::kUserIdBytesMax},
    BodyField{"password", "", kPasswordBytesMax},
    BodyField{"root_password", "", kPasswordBytesMax},
    BodyField{"email", "", kEmailBytesMax, false},
};

void AnswerBadRequest(const Status& status, Exchange& exchange) {
  AnswerAuthError(400, "invalid_request", status.message(), &exchange.response());
  exchange.Finish();
}

void AppendAdminAccess(const UserInfo& user, std::string* out) {
  *out += R"(,"admin_ui_access":)";
  *out += IsAdmin(user.role) ? "true" : "false";
}

std::string SecondsText(int64_t seconds) {
  return types::FormatRfc3339(seconds * types::kMicrosPerSecond);
}

}  // namespace

AuthHandlers::AuthHandlers(AuthOptions options, service::UserService& users,
                           Authenticator& authenticator, const Clock& clock,
                           const CorsOptions& cors)
    : options_(std::move(options)),
      users_(users),
      authenticator_(authenticator),
      clock_(clock),
      origins_(cors),
      attempts_(clock, options_.requests_per_ip_per_sec) {}

bool AuthHandlers::AdmitOrigin(bool is_allowed, Exchange& exchange) {
  if (!is_allowed) {
    AnswerAuthError(403, "origin_not_allowed",
                    "Pages of this origin may not log in or set up this server.",
                    &exchange.response());
    exchange.Finish();
  }
  return is_allowed;
}

bool AuthHandlers::Admit(Exchange& exchange, std::string_view message) {
  const IpAddress& client = exchange.request().client();
  if (client.IsLoopback() || attempts_.Take(client.LimitKey())) {
    return true;
  }
  AnswerAuthError(429, "rate_limited", message, &exchange.response());
  exchange.response().fields += "Retry-After: 1\r\n";
  exchange.Finish();
  return false;
}

bool AuthHandlers::IsSecure(const Exchange& exchange) const {
  return options_.cookie_secure && exchange.request().is_https();
}

void AuthHandlers::AnswerTokens(const UserInfo& user, Exchange& exchange) {
  const int64_t now = clock_.WallMicros() / types::kMicrosPerSecond;
  const auto access_lifetime = options_.access_lifetime;
  const auto refresh_lifetime = access_lifetime * kRefreshLifetimes;
  const std::string access = authenticator_.Issue(user, TokenType::kAccess, now, access_lifetime);
  const std::string refresh =
      authenticator_.Issue(user, TokenType::kRefresh, now, refresh_lifetime);
  const int64_t access_end = now + access_lifetime.count();
  const int64_t refresh_end = now + refresh_lifetime.count();

  std::string body = R"({"user":)";
  AppendUser(user, &body);
  AppendAdminAccess(user, &body);
  // Times and tokens need no escapes.
  body += R"(,"expires_at":")" + SecondsText(access_end);
  body += R"(","access_token":")" + access;
  body += R"(","refresh_token":")" + refresh;
  body += R"(","refresh_expires_at":")" + SecondsText(refresh_end) + "\"}";
  Response& response = exchange.response();
  response.Set(200, body);
  response.fields = kNoStore;
  response.fields += CookieField(kAccessCookie, access, access_end, IsSecure(exchange));
  response.fields += CookieField(kRefreshCookie, refresh, refresh_end, IsSecure(exchange));
  exchange.Finish();
}

void AuthHandlers::Login(Exchange& exchange) {
  if (!AdmitOrigin(origins_.AllowsLogin(exchange.request()), exchange) ||
      !Admit(exchange, "Too many authentication attempts. Please retry shortly.")) {
    return;
  }
  auto fields = ReadStringFields(exchange.request(), kLoginFields);
  if (!fields.has_value()) {
    AnswerBadRequest(fields.error(), exchange);
    return;
  }
  const UserId user{std::move(*(*fields)[0])};
  const auto result = users_.Login(user, *(*fields)[1], exchange.request().client().IsLoopback());
  if (!result.has_value()) {
    AnswerLoginError(result.error(), &exchange.response());
    exchange.Finish();
    return;
  }
  AnswerTokens(*result, exchange);
}

void AuthHandlers::Refresh(Exchange& exchange) {
  if (!AdmitOrigin(origins_.AllowsLogin(exchange.request()), exchange) ||
      !Admit(exchange, "Too many authentication attempts. Please retry shortly.")) {
    return;
  }
  const Request& request = exchange.request();
  TokenResult<std::string_view> token = std::unexpected(TokenError{});
  const auto cookie = CookieValue(request.Get(Header::kCookie), kRefreshCookie);
  if (cookie.has_value()) {
    token = *cookie;
  } else {
    token = BearerToken(request.Get(Header::kAuthorization));
  }
  const auto user = token.has_value() ? authenticator_.FromToken(*token, TokenType::kRefresh)
                                      : std::unexpected(token.error());
  if (!user.has_value()) {
    AnswerTokenError(user.error(), &exchange.response());
    exchange.Finish();
    return;
  }
  AnswerTokens(*user, exchange);
}

void AuthHandlers::Logout(Exchange& exchange) {
  if (!AdmitOrigin(origins_.AllowsLogin(exchange.request()), exchange)) {
    return;
  }
  Response& response = exchange.response();
  response.Set(200, R"({"message":"Logged out successfully"})");
  response.fields = CookieField(kAccessCookie, "", 0, IsSecure(exchange)) +
                    CookieField(kRefreshCookie, "", 0, IsSecure(exchange));
  exchange.Finish();
}

void AuthHandlers::Me(Exchange& exchange) {
  const Request& request = exchange.request();
  const std::string_view authorization = request.Get(Header::kAuthorization);
  const auto cookie = CookieValue(request.Get(Header::kCookie), kAccessCookie);
  const auto user = authorization.empty() && cookie.has_value()
                        ? authenticator_.FromToken(*cookie, TokenType::kAccess)
                        : authenticator_.FromBearer(authorization);
  if (!user.has_value()) {
    AnswerTokenError(user.error(), &exchange.response());
    exchange.Finish();
    return;
  }
  std::string body = R"({"user":)";
  AppendUser(*user, &body);
  AppendAdminAccess(*user, &body);
  body += '}';
  exchange.response().Set(200, body);
  exchange.response().fields = kNoStore;
  exchange.Finish();
}

bool AuthHandlers::IsSetupAllowed(Exchange& exchange) {
  if (options_.allow_remote_setup || exchange.request().client().IsLoopback()) {
    return true;
  }
  AnswerAuthError(403, "forbidden", "Set-up is allowed from the server's own machine only.",
                  &exchange.response());
  exchange.Finish();
  return false;
}

void AuthHandlers::SetupStatus(Exchange& exchange) {
  if (!IsSetupAllowed(exchange)) {
    return;
  }
  exchange.response().Set(
      200,
      users_.NeedsSetup()
          ? R"({"needs_setup":true,"message":"Root has no password yet. Set one with POST /v1/api/auth/setup."})"
          : R"({"needs_setup":false,"message":"The server is set up."})");
  exchange.Finish();
}

void AuthHandlers::Setup(Exchange& exchange) {
  if (!IsSetupAllowed(exchange) ||
      !AdmitOrigin(origins_.AllowsSetup(exchange.request()), exchange) ||
      !Admit(exchange, "Too many setup attempts. Please retry shortly.")) {
    return;
  }
  auto fields = ReadStringFields(exchange.request(), kSetupFields);
  if (!fields.has_value()) {
    AnswerBadRequest(fields.error(), exchange);
    return;
  }
  const auto result = users_.Setup({.user = UserId{std::move(*(*fields)[0])},
                                    .password = std::move(*(*fields)[1]),
                                    .root_password = std::move(*(*fields)[2]),
                                    .email = std::move((*fields)[3])});
  if (!result.has_value()) {
    AnswerSetupError(result.error(), &exchange.response());
    exchange.Finish();
    return;
  }
  std::string body = R"({"user":)";
  AppendUser(*result, &body);
  body += R"(,"message":"Setup complete. Log in with the new user."})";
  exchange.response().Set(200, body);
  exchange.Finish();
}

}  // namespace kalamdb::server
