// SPDX-License-Identifier: Apache-2.0
#include "server/auth/jwt.h"

#include <array>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "base/limits.h"
#include "server/auth/base64url.h"
#include "server/json_reader.h"
#include "types/json_codec.h"

namespace kalamdb::server {

namespace ondemand = simdjson::ondemand;

namespace {

constexpr std::string_view kIssuer = "kalamdb";
constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
// Our own tokens have about 300 bytes; the longest user id and email make it a thousand.
constexpr size_t kTokenBytesMax = 4'096;

constexpr std::array kRoleNames = {
    std::pair{Role::kAnonymous, std::string_view("anonymous")},
    std::pair{Role::kUser, std::string_view("user")},
    std::pair{Role::kService, std::string_view("service")},
    std::pair{Role::kDba, std::string_view("dba")},
    std::pair{Role::kSystem, std::string_view("system")},
};

TokenError Malformed(std::string message) { return {TokenFailure::kMalformed, std::move(message)}; }
TokenError Invalid() { return {TokenFailure::kInvalid, "Invalid credentials"}; }

// Reads one string field or, with `is_null_allowed`, null.
Status ReadString(ondemand::value value, std::optional<std::string>* out) {
  std::string_view text;
  if (const auto error = value.get_string().get(text)) {
    bool is_null = false;
    if (value.is_null().get(is_null) == simdjson::SUCCESS && is_null) {
      return {};
    }
    return InvalidJson(error);
  }
  *out = std::string(text);
  return {};
}

Status ReadSeconds(ondemand::value value, std::optional<int64_t>* out) {
  int64_t seconds = 0;
  if (const auto error = value.get_int64().get(seconds)) {
    return InvalidJson(error);
  }
  *out = seconds;
  return {};
}

// Calls `read` for every field of a JSON object.
template <class F>
Status ReadFields(const std::string& json, F read) {
  return ReadJsonObject(json, [&read](ondemand::object object) -> Status {
    for (auto entry : object) {
      ondemand::field field;
      std::string_view key;
      if (const auto error = std::move(entry).get(field)) {
        return InvalidJson(error);
      }
      if (const auto error = field.unescaped_key().get(key)) {
        return InvalidJson(error);
      }
      KALAMDB_RETURN_IF_ERROR(read(key, field.value()));
    }
    return {};
  });
}

Status CheckRest(ondemand::value value) {
  const auto error = JsonCheck(value);
  return error == simdjson::SUCCESS ? Status() : InvalidJson(error);
}

// True when the header says HS256 and asks for nothing that we do not know.
bool IsOurHeader(const std::string& json) {
  std::optional<std::string> algorithm;
  bool has_critical = false;
  const Status status = ReadFields(json, [&](std::string_view key, ondemand::value value) {
    if (key == "alg") {
      return ReadString(value, &algorithm);
    }
    has_critical = has_critical || key == "crit";
    return CheckRest(value);
  });
  return status.ok() && algorithm == "HS256" && !has_critical;
}

struct RawClaims {
  std::optional<std::string> subject, issuer, role, type, email;
  std::optional<int64_t> expires_at, issued_at;
};

Status ReadClaims(const std::string& json, RawClaims* claims) {
  return ReadFields(json, [claims](std::string_view key, ondemand::value value) {
    if (key == "sub") return ReadString(value, &claims->subject);
    if (key == "iss") return ReadString(value, &claims->issuer);
    if (key == "role") return ReadString(value, &claims->role);
    if (key == "token_type") return ReadString(value, &claims->type);
    if (key == "email") return ReadString(value, &claims->email);
    if (key == "exp") return ReadSeconds(value, &claims->expires_at);
    if (key == "iat") return ReadSeconds(value, &claims->issued_at);
    return CheckRest(value);
  });
}

TokenResult<TokenClaims> ToClaims(RawClaims raw) {
  if (!raw.subject || !raw.issuer || !raw.role || !raw.type || !raw.expires_at || !raw.issued_at) {
    return std::unexpected(
        TokenError{TokenFailure::kMissingClaims, "Token is missing required claims"});
  }
  const auto role = ParseRole(*raw.role);
  const bool is_access = *raw.type == "access";
  if (*raw.issuer != kIssuer || !role || (!is_access && *raw.type != "refresh") ||
      raw.subject->empty() || raw.subject->size() > limits::kUserIdBytesMax) {
    return std::unexpected(Invalid());
  }
  return TokenClaims{.user = UserId{std::move(*raw.subject)},
                     .role = *role,
                     .type = is_access ? TokenType::kAccess : TokenType::kRefresh,
                     .email = std::move(raw.email),
                     .issued_at = *raw.issued_at,
                     .expires_at = *raw.expires_at};
}

}  // namespace

std::string_view RoleName(Role role) {
  for (const auto& [value, name] : kRoleNames) {
    if (value == role) {
      return name;
    }
  }
  return "anonymous";
}

std::optional<Role> ParseRole(std::string_view name) {
  for (const auto& [value, text] : kRoleNames) {
    if (text == name) {
      return value;
    }
  }
  return std::nullopt;
}

bool IsCurrent(const TokenClaims& claims, int64_t now_seconds) {
  return now_seconds - JwtCodec::kLeewaySeconds < claims.expires_at;
}

std::string JwtCodec::Signature(std::string_view signed_text) const {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* text = reinterpret_cast<const uint8_t*>(signed_text.data());
  KALAMDB_CHECK(HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), text,
                     signed_text.size(), digest.data(), &size) != nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string JwtCodec::Sign(const TokenClaims& claims) const {
  std::string payload = R"({"sub":)";
  types::AppendJsonString(claims.user.value, &payload);
  payload += R"(,"iss":)";
  types::AppendJsonString(kIssuer, &payload);
  payload += R"(,"exp":)" + std::to_string(claims.expires_at);
  payload += R"(,"iat":)" + std::to_string(claims.issued_at);
  payload += R"(,"email":)";
  if (claims.email.has_value()) {
    types::AppendJsonString(*claims.email, &payload);
  } else {
    payload += "null";
  }
  payload += R"(,"role":)";
  types::AppendJsonString(RoleName(claims.role), &payload);
  payload += claims.type == TokenType::kAccess ? R"(,"token_type":"access"})"
                                               : R"(,"token_type":"refresh"})";
  std::string token;
  AppendBase64Url(kHeader, &token);
  token += '.';
  AppendBase64Url(payload, &token);
  const std::string signature = Signature(token);
  token += '.';
  AppendBase64Url(signature, &token);
  return token;
}

TokenResult<TokenClaims> JwtCodec::Verify(std::string_view token) const {
  const size_t first = token.find('.');
  const size_t last = token.rfind('.');
  if (token.size() > kTokenBytesMax || first == std::string_view::npos || first == last ||
      token.find('.', first + 1) != last) {
    return std::unexpected(Malformed("The token is not a JSON Web Token"));
  }
  const auto header = DecodeBase64Url(token.substr(0, first));
  const auto payload = DecodeBase64Url(token.substr(first + 1, last - first - 1));
  const auto signature = DecodeBase64Url(token.substr(last + 1));
  if (!header || !payload || !signature) {
    return std::unexpected(Malformed("The token is not valid base64url"));
  }
  if (!IsOurHeader(*header)) {
    return std::unexpected(Malformed("The token is not signed with HS256"));
  }
  const std::string expected = Signature(token.substr(0, last));
  if (signature->size() != expected.size() ||
      CRYPTO_memcmp(signature->data(), expected.data(), expected.size()) != 0) {
    return std::unexpected(Invalid());
  }
  RawClaims raw;
  if (!ReadClaims(*payload, &raw).ok()) {
    return std::unexpected(Malformed("The token's claims cannot be read"));
  }
  return ToClaims(std::move(raw));
}

}  // namespace kalamdb::server
