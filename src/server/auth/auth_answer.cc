// SPDX-License-Identifier: Apache-2.0
#include "server/auth/auth_answer.h"

#include "server/http/text.h"
#include "types/json_codec.h"
#include "types/schema.h"
#include "types/text_format.h"

namespace kalamdb::server {

using service::AuthError;
using service::AuthFailure;
using types::AppendJsonString;

std::string AuthErrorBody(std::string_view code, std::string_view message, double) {
  return PlainErrorBody(types::AsciiLower(code), message);
}

void AnswerAuthError(int status, std::string_view id, std::string_view message,
                     Response* response) {
  response->Set(status, PlainErrorBody(id, message));
  response->fields = "Cache-Control: no-store\r\n";
}

void AnswerTokenError(const TokenError& error, Response* response) {
  AnswerAuthError(401, "unauthorized", error.message, response);
}

void AnswerLoginError(const AuthError& error, Response* response) {
  switch (error.failure) {
    case AuthFailure::kInvalidCredentials:
      return AnswerAuthError(401, "unauthorized", "Invalid credentials", response);
    case AuthFailure::kLocked:
      return AnswerAuthError(401, "account_locked", error.message, response);
    case AuthFailure::kSetupRequired:
      return AnswerAuthError(428, "setup_required", error.message, response);
    case AuthFailure::kForbidden:
      return AnswerAuthError(403, "forbidden", error.message, response);
    case AuthFailure::kWeakPassword:
    case AuthFailure::kInvalidUser:
      return AnswerAuthError(401, "unauthorized", error.message, response);
    case AuthFailure::kUserExists:
    case AuthFailure::kAlreadyConfigured:
    case AuthFailure::kInternal:
      return AnswerAuthError(500, "internal_error", "Authentication failed", response);
  }
}

void AnswerSetupError(const AuthError& error, Response* response) {
  switch (error.failure) {
    case AuthFailure::kWeakPassword:
      return AnswerAuthError(400, "weak_password", error.message, response);
    case AuthFailure::kInvalidUser:
      return AnswerAuthError(400, "invalid_user", error.message, response);
    case AuthFailure::kUserExists:
      return AnswerAuthError(409, "user_exists", error.message, response);
    case AuthFailure::kAlreadyConfigured:
      return AnswerAuthError(409, "already_configured", error.message, response);
    default:
      return AnswerLoginError(error, response);
  }
}

void AppendUser(const service::UserInfo& user, std::string* out) {
  *out += R"({"id":)";
  AppendJsonString(user.id.value, out);
  *out += R"(,"role":)";
  AppendJsonString(RoleName(user.role), out);
  *out += R"(,"email":)";
  if (user.email.has_value()) {
    AppendJsonString(*user.email, out);
  } else {
    *out += "null";
  }
  *out += R"(,"created_at":")" + types::FormatRfc3339(user.created_at);
  *out += R"(","updated_at":")" + types::FormatRfc3339(user.updated_at) + "\"}";
}

std::string CookieField(std::string_view name, std::string_view value, int64_t expires_at_seconds,
                        bool is_secure) {
  std::string line = "Set-Cookie: ";
  line += name;
  line += '=';
  line += value;
  line += "; HttpOnly; Path=/; SameSite=Strict; Expires=";
  line += HttpDate(value.empty() ? 0 : expires_at_seconds);
  line += is_secure ? "; Secure\r\n" : "\r\n";
  return line;
}

}  // namespace kalamdb::server
