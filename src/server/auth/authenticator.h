// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "server/auth/jwt.h"
#include "service/user_service.h"

namespace kalamdb::server {

// Who a token belongs to, and until when.
struct TokenIdentity {
  service::UserInfo user;
  int64_t expires_at = 0;  // Seconds since 1970.
};

// Says who a token belongs to. Thread-safe.
//
// A signature is checked once: verified tokens are remembered (limits::kTokenCacheMax of them; at
// the bound all are forgotten, which costs each a microsecond). Expiry, the existence of the user
// and the role are checked on every use, so dropping a user or changing a role works at once.
class Authenticator {
 public:
  Authenticator(std::string secret, const service::UserService& users, const Clock& clock);

  // From an Authorization field: "Bearer <token>" with a token of type access.
  TokenResult<service::UserInfo> FromBearer(std::string_view authorization);
  TokenResult<service::UserInfo> FromToken(std::string_view token, TokenType type);
  TokenResult<TokenIdentity> Identify(std::string_view token, TokenType type);

  // A new token that is good for `lifetime` from `issued_at`.
  std::string Issue(const service::UserInfo& user, TokenType type, int64_t issued_at,
                    std::chrono::seconds lifetime) const;

 private:
  // So that a string_view finds a std::string.
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Cache = std::unordered_map<std::string, TokenClaims, Hash, std::equal_to<>>;

  TokenResult<TokenClaims> Verify(std::string_view token);

  const JwtCodec codec_;
  const service::UserService& users_;
  const Clock& clock_;
  SharedMutex mu_;
  Cache verified_ KALAMDB_GUARDED_BY(mu_);
};

// The token in "Bearer <token>".
TokenResult<std::string_view> BearerToken(std::string_view authorization);

}  // namespace kalamdb::server
