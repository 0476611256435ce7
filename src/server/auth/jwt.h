// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace kalamdb::server {

enum class TokenType : uint8_t { kAccess, kRefresh };

// What a token of ours says.
struct TokenClaims {
  UserId user;
  Role role = Role::kAnonymous;
  TokenType type = TokenType::kAccess;
  std::optional<std::string> email;
  int64_t issued_at = 0;   // Seconds since 1970.
  int64_t expires_at = 0;  // Seconds since 1970.
};

// Why a token is not accepted. The wire code, id and text follow from it (see auth_error.h).
enum class TokenFailure : uint8_t {
  kMissing,        // No Authorization field, no cookie.
  kMalformed,      // Not a bearer token, or not a JWT that we can read.
  kMissingClaims,  // Signed by us, but incomplete.
  kInvalid,        // Signature, issuer, type, user or role is wrong: never told apart.
  kExpired,
};

struct TokenError {
  TokenFailure failure = TokenFailure::kInvalid;
  std::string message;  // For the client; never holds any part of the token.
};

template <class T>
using TokenResult = std::expected<T, TokenError>;

// "user", "dba", ...
std::string_view RoleName(Role role);
std::optional<Role> ParseRole(std::string_view name);

// Issues and checks JSON Web Tokens signed with HMAC-SHA256. Immutable after construction.
class JwtCodec {
 public:
  // Seconds by which clocks may differ.
  static constexpr int64_t kLeewaySeconds = 60;

  explicit JwtCodec(std::string secret) : secret_(std::move(secret)) {}

  std::string Sign(const TokenClaims& claims) const;
  // Everything but the time and what only the list of users knows.
  TokenResult<TokenClaims> Verify(std::string_view token) const;

 private:
  std::string Signature(std::string_view signed_text) const;

  const std::string secret_;
};

// False once the leeway after `expires_at` is over.
bool IsCurrent(const TokenClaims& claims, int64_t now_seconds);

}  // namespace kalamdb::server
