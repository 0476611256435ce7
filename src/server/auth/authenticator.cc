// SPDX-License-Identifier: Apache-2.0
#include "server/auth/authenticator.h"

#include <utility>

#include "base/limits.h"
#include "server/http/text.h"
#include "types/schema.h"

namespace kalamdb::server {

using service::UserInfo;

namespace {

TokenError Invalid() { return {TokenFailure::kInvalid, "Invalid credentials"}; }

}  // namespace

TokenResult<std::string_view> BearerToken(std::string_view authorization) {
  if (authorization.empty()) {
    return std::unexpected(TokenError{TokenFailure::kMissing, "Authentication required"});
  }
  const size_t space = authorization.find(' ');
  const std::string_view scheme = authorization.substr(0, space);
  if (types::EqualsIgnoreCase(scheme, "Basic")) {
    return std::unexpected(
        TokenError{TokenFailure::kMalformed,
                   "HTTP Basic is not accepted: log in at /v1/api/auth/login for a bearer token"});
  }
  const std::string_view token =
      space == std::string_view::npos ? std::string_view() : Trim(authorization.substr(space));
  if (!types::EqualsIgnoreCase(scheme, "Bearer") || token.empty()) {
    return std::unexpected(
        TokenError{TokenFailure::kMalformed, "The Authorization field must be `Bearer <token>`"});
  }
  return token;
}

Authenticator::Authenticator(std::string secret, const service::UserService& users,
                             const Clock& clock)
    : codec_(std::move(secret)), users_(users), clock_(clock) {}

TokenResult<UserInfo> Authenticator::FromBearer(std::string_view authorization) {
  const auto token = BearerToken(authorization);
  if (!token.has_value()) {
    return std::unexpected(token.error());
  }
  return FromToken(*token, TokenType::kAccess);
}

TokenResult<TokenClaims> Authenticator::Verify(std::string_view token) {
  {
    ReaderLock lock(mu_);
    const auto found = verified_.find(token);
    if (found != verified_.end()) {
      return found->second;
    }
  }
  auto claims = codec_.Verify(token);
  if (claims.has_value()) {
    WriterLock lock(mu_);
    if (verified_.size() >= limits::kTokenCacheMax) {
      verified_.clear();
    }
    verified_.emplace(std::string(token), *claims);
  }
  return claims;
}

TokenResult<UserInfo> Authenticator::FromToken(std::string_view token, TokenType type) {
  auto identity = Identify(token, type);
  if (!identity.has_value()) {
    return std::unexpected(std::move(identity).error());
  }
  return std::move(identity->user);
}

TokenResult<TokenIdentity> Authenticator::Identify(std::string_view token, TokenType type) {
  auto claims = Verify(token);
  if (!claims.has_value()) {
    return std::unexpected(std::move(claims).error());
  }
  if (!IsCurrent(*claims, clock_.WallMicros() / 1'000'000)) {
    return std::unexpected(TokenError{TokenFailure::kExpired, "Invalid credentials"});
  }
  if (claims->type != type) {
    return std::unexpected(
        type == TokenType::kRefresh
            ? TokenError{TokenFailure::kMalformed, "Refresh endpoint requires a refresh token"}
            : Invalid());
  }
  auto user = users_.Find(claims->user);
  if (!user.has_value() || user->role != claims->role) {
    return std::unexpected(Invalid());
  }
  return TokenIdentity{.user = std::move(*user), .expires_at = claims->expires_at};
}

std::string Authenticator::Issue(const UserInfo& user, TokenType type, int64_t issued_at,
                                 std::chrono::seconds lifetime) const {
  return codec_.Sign({.user = user.id,
                      .role = user.role,
                      .type = type,
                      .email = user.email,
                      .issued_at = issued_at,
                      .expires_at = issued_at + lifetime.count()});
}

}  // namespace kalamdb::server
