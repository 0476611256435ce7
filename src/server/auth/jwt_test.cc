// SPDX-License-Identifier: Apache-2.0
#include "server/auth/jwt.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "server/auth/base64url.h"

namespace kalamdb::server {
namespace {

constexpr const char* kSecret = "a-secret-of-at-least-32-characters!";

std::string Encode(std::string_view text) {
  std::string out;
  AppendBase64Url(text, &out);
  return out;
}

// A token with any header and payload, rightly signed.
std::string Signed(std::string_view header, std::string_view payload,
                   const std::string& secret = kSecret) {
  const std::string text = Encode(header) + "." + Encode(payload);
  uint8_t digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest, &size);
  return text + "." + Encode({reinterpret_cast<const char*>(digest), size});
}

constexpr std::string_view kHeader = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view kPayload =
    R"({"sub":"alice","iss":"kalamdb","exp":2000,"iat":1000,"email":null,"role":"user","token_type":"access"})";

TokenFailure FailureOf(const std::string& token) {
  const auto claims = JwtCodec(kSecret).Verify(token);
  EXPECT_FALSE(claims.has_value()) << token;
  return claims.has_value() ? TokenFailure::kMissing : claims.error().failure;
}

TEST(Base64Url, VectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(Encode(bytes), text);
    EXPECT_EQ(DecodeBase64Url(text), bytes);
  }
}

TEST(Base64Url, IsStrict) {
  for (const char* text : {"Z", "Zg==", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9", "Zm9v\n", "Zm9vZ"}) {
    EXPECT_EQ(DecodeBase64Url(text), std::nullopt) << text;
  }
  EXPECT_EQ(DecodeBase64Url(std::string_view("Zm\0v", 4)), std::nullopt);
}

// The example of RFC 7515 appendix A.1: what our HMAC has to give.
TEST(JwtCodec, SignsLikeRfc7515) {
  const auto key = DecodeBase64Url(
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  ASSERT_TRUE(key.has_value());
  const std::string token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ."
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  // Signature and header are right, so what is missed are our claims.
  const auto claims = JwtCodec(*key).Verify(token);
  ASSERT_FALSE(claims.has_value());
  EXPECT_EQ(claims.error().failure, TokenFailure::kMissingClaims);
}

TEST(JwtCodec, ReadsWhatItSigned) {
  const TokenClaims claims{.user = UserId{"al\"ice\n"},
                           .role = Role::kDba,
                           .type = TokenType::kRefresh,
                           .email = "a@b.c",
                           .issued_at = 1000,
                           .expires_at = 2000};
  const auto read = JwtCodec(kSecret).Verify(JwtCodec(kSecret).Sign(claims));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->user, claims.user);
  EXPECT_EQ(read->role, claims.role);
  EXPECT_EQ(read->type, claims.type);
  EXPECT_EQ(read->email, claims.email);
  EXPECT_EQ(read->issued_at, 1000);
  EXPECT_EQ(read->expires_at, 2000);
}

TEST(JwtCodec, AcceptsATokenOfAnotherLibrary) {
  EXPECT_TRUE(
      JwtCodec(kSecret).Verify(Signed(R"({"typ":"JWT","alg":"HS256"})", kPayload)).has_value());
}

TEST(JwtCodec, RefusesOtherAlgorithms) {
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"HS512"})", R"({"alg":"RS256"})",
                             R"({"alg":"hs256"})", R"({"alg":null})", R"({"alg":1})", R"({})", "[]",
                             "", "x", R"({"alg":"HS256","crit":["exp"]})"}) {
    EXPECT_EQ(FailureOf(Signed(header, kPayload)), TokenFailure::kMalformed) << header;
  }
  const std::string unsigned_token = Encode(R"({"alg":"none"})") + "." + Encode(kPayload) + ".";
  EXPECT_EQ(FailureOf(unsigned_token), TokenFailure::kMalformed);
}

TEST(JwtCodec, RefusesAnyChangedByte) {
  const std::string token = Signed(kHeader, kPayload);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(JwtCodec(kSecret).Verify(changed).has_value()) << i;
  }
  EXPECT_FALSE(JwtCodec(kSecret).Verify(token.substr(0, token.size() - 1)).has_value());
  EXPECT_FALSE(JwtCodec(kSecret).Verify(token + "A").has_value());
  EXPECT_FALSE(JwtCodec("another-secret-of-32-characters!!!!").Verify(token).has_value());
}

TEST(JwtCodec, RefusesWhatIsNoToken) {
  for (const char* token : {"", ".", "..", "...", "a.b", "a.b.c.d", "a b.c.d", "\xff.\xff.\xff"}) {
    EXPECT_EQ(FailureOf(token), TokenFailure::kMalformed) << token;
  }
  EXPECT_EQ(FailureOf(std::string(5000, 'a') + ".b.c"), TokenFailure::kMalformed);
}

TEST(JwtCodec, TellsMissingClaims) {
  const std::string payload(kPayload);
  for (const char* name : {"sub", "iss", "exp", "iat", "role", "token_type"}) {
    std::string changed = payload;
    changed.replace(changed.find(name), 1, "_");
    EXPECT_EQ(FailureOf(Signed(kHeader, changed)), TokenFailure::kMissingClaims) << name;
  }
}

TEST(JwtCodec, RefusesWrongClaims) {
  const auto with = [](std::string_view from, std::string_view to) {
    std::string payload(kPayload);
    payload.replace(payload.find(from), from.size(), to);
    return Signed(kHeader, payload);
  };
  EXPECT_EQ(FailureOf(with("kalamdb", "evil")), TokenFailure::kInvalid);
  EXPECT_EQ(FailureOf(with("\"user\"", "\"root\"")), TokenFailure::kInvalid);
  EXPECT_EQ(FailureOf(with("\"access\"", "\"other\"")), TokenFailure::kInvalid);
  EXPECT_EQ(FailureOf(with("\"alice\"", "\"\"")), TokenFailure::kInvalid);
  EXPECT_EQ(FailureOf(with("2000", "\"2000\"")), TokenFailure::kMalformed);
  EXPECT_EQ(FailureOf(with("2000", "2000.5")), TokenFailure::kMalformed);
  EXPECT_EQ(FailureOf(with("2000", "99999999999999999999")), TokenFailure::kMalformed);
  EXPECT_EQ(FailureOf(with("\"alice\"", "[\"alice\"]")), TokenFailure::kMalformed);
}

TEST(JwtCodec, MessagesNeverHoldTheToken) {
  const std::string token = Signed(kHeader, "{\"sub\":\"SECRETSECRET\"}");
  const auto claims = JwtCodec(kSecret).Verify(token);
  ASSERT_FALSE(claims.has_value());
  EXPECT_EQ(claims.error().message.find("SECRET"), std::string::npos);
}

TEST(IsCurrent, AllowsALeewayOfAMinute) {
  const TokenClaims claims{.user = {}, .email = {}, .issued_at = 0, .expires_at = 1000};
  EXPECT_TRUE(IsCurrent(claims, 1000));
  EXPECT_TRUE(IsCurrent(claims, 1059));
  EXPECT_FALSE(IsCurrent(claims, 1060));
  const TokenClaims ancient{.user = {}, .email = {}, .issued_at = 0, .expires_at = INT64_MIN};
  EXPECT_FALSE(IsCurrent(ancient, 0));
}

TEST(RoleName, GoesBothWays) {
  for (const Role role :
       {Role::kAnonymous, Role::kUser, Role::kService, Role::kDba, Role::kSystem}) {
    EXPECT_EQ(ParseRole(RoleName(role)), role);
  }
  EXPECT_EQ(ParseRole("DBA"), std::nullopt);
}

}  // namespace
}  // namespace kalamdb::server
