// SPDX-License-Identifier: Apache-2.0
#include "cli/auth_api.h"

#include <chrono>
#include <initializer_list>
#include <utility>

#include <simdjson.h>

#include "types/json_codec.h"

namespace kalamdb::cli {
namespace {

using std::chrono_literals::operator""s;

// Hashing a password takes a server a good part of a second.
constexpr std::chrono::milliseconds kAnswerMax = 30s;
constexpr size_t kBodyBytesMax = 1u << 20;

std::string JsonObject(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string out = "{";
  for (const auto& [name, value] : fields) {
    if (out.size() > 1) {
      out += ',';
    }
    types::AppendJsonString(name, &out);
    out += ':';
    types::AppendJsonString(value, &out);
  }
  return out + "}";
}

std::string StringAt(simdjson::dom::element document, std::string_view pointer) {
  std::string_view text;
  return document.at_pointer(pointer).get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

StatusOr<Login> ParseLogin(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  Login login;
  if (parser.parse(body.data(), body.size()).get(document) == simdjson::SUCCESS) {
    login = {.user = StringAt(document, "/user/id"),
             .access_token = StringAt(document, "/access_token"),
             .refresh_token = StringAt(document, "/refresh_token"),
             .expires_at = StringAt(document, "/expires_at"),
             .refresh_expires_at = StringAt(document, "/refresh_expires_at")};
  }
  if (login.user.empty() || login.access_token.empty()) {
    return Error(Corruption("the server's answer to the login is not understood"));
  }
  return login;
}

}  // namespace

StatusOr<AuthApi::Reply> AuthApi::Call(HttpRequest request) {
  Reply reply;
  request.idle_max = kAnswerMax;
  KALAMDB_ASSIGN_OR_RETURN(const HttpHead head,
                           client_.Exchange(request, [&](const HttpHead&, std::string_view piece) {
                             reply.body += piece;
                             return reply.body.size() <= kBodyBytesMax
                                        ? Status()
                                        : Corruption("the answer of the server is too long");
                           }));
  reply.http_status = head.status;
  return reply;
}

StatusOr<Answer<Login>> AuthApi::CallForLogin(HttpRequest request) {
  KALAMDB_ASSIGN_OR_RETURN(const Reply reply, Call(std::move(request)));
  if (reply.http_status != 200) {
    return Answer<Login>(std::unexpected(ParseServerError(reply.http_status, reply.body)));
  }
  KALAMDB_ASSIGN_OR_RETURN(Login login, ParseLogin(reply.body));
  return Answer<Login>(std::move(login));
}

StatusOr<Answer<Login>> AuthApi::LogIn(std::string_view user, std::string_view password) {
  return CallForLogin({.target = "/v1/api/auth/login",
                       .body = JsonObject({{"user", user}, {"password", password}}),
                       .bearer_token = {}});
}

StatusOr<Answer<Login>> AuthApi::Refresh(std::string_view refresh_token) {
  return CallForLogin(
      {.target = "/v1/api/auth/refresh", .body = {}, .bearer_token = std::string(refresh_token)});
}

StatusOr<bool> AuthApi::NeedsSetup() {
  KALAMDB_ASSIGN_OR_RETURN(
      const Reply reply,
      Call({.is_post = false, .target = "/v1/api/auth/status", .body = {}, .bearer_token = {}}));
  simdjson::dom::parser parser;
  bool needs_setup = false;
  return reply.http_status == 200 &&
         parser.parse(reply.body)["needs_setup"].get(needs_setup) == simdjson::SUCCESS &&
         needs_setup;
}

StatusOr<Answer<std::string>> AuthApi::SetUp(const Setup& setup) {
  std::string body = setup.email.empty() ? JsonObject({{"user", setup.user},
                                                       {"password", setup.password},
                                                       {"root_password", setup.root_password}})
                                         : JsonObject({{"user", setup.user},
                                                       {"password", setup.password},
                                                       {"root_password", setup.root_password},
                                                       {"email", setup.email}});
  KALAMDB_ASSIGN_OR_RETURN(
      const Reply reply,
      Call({.target = "/v1/api/auth/setup", .body = std::move(body), .bearer_token = {}}));
  if (reply.http_status != 200) {
    return Answer<std::string>(std::unexpected(ParseServerError(reply.http_status, reply.body)));
  }
  return Answer<std::string>(setup.user);
}

bool IsSetupRequired(const ServerError& error) {
  return error.http_status == 428 || error.code == "setup_required" ||
         error.code == "SETUP_REQUIRED";
}

}  // namespace kalamdb::cli
