// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/auth/jwt.h"
#include "server/http/response.h"
#include "service/user_service.h"

// The answers of /v1/api/auth/*.
namespace kalamdb::server {

// {"error":"<id>","message":"..."} as an ErrorBody of the HTTP stack; `code` is put in lower case.
std::string AuthErrorBody(std::string_view code, std::string_view message, double took_ms);

void AnswerAuthError(int status, std::string_view id, std::string_view message, Response* response);
// Status and id follow from the failure.
void AnswerTokenError(const TokenError& error, Response* response);
void AnswerLoginError(const service::AuthError& error, Response* response);
// As AnswerLoginError(), with the statuses of first-run set-up.
void AnswerSetupError(const service::AuthError& error, Response* response);

// {"id":...,"role":...,"email":...,"created_at":...,"updated_at":...}
void AppendUser(const service::UserInfo& user, std::string* out);

// A Set-Cookie line. With an empty value the cookie is made to expire.
std::string CookieField(std::string_view name, std::string_view value, int64_t expires_at_seconds,
                        bool is_secure);

inline constexpr std::string_view kAccessCookie = "kalamdb_auth";
inline constexpr std::string_view kRefreshCookie = "kalamdb_refresh";

}  // namespace kalamdb::server
