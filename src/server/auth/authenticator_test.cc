// SPDX-License-Identifier: Apache-2.0
#include "server/auth/authenticator.h"

#include <gtest/gtest.h>

#include "base/limits.h"

namespace kalamdb::server {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class OneUser final : public service::UserService {
 public:
  service::AuthResult<service::UserInfo> Login(const UserId&, std::string_view, bool) override {
    return std::unexpected(service::AuthError{});
  }
  std::optional<service::UserInfo> Find(const UserId& user) const override {
    return info.has_value() && user == info->id ? info : std::nullopt;
  }
  bool NeedsSetup() const override { return false; }
  service::AuthResult<service::UserInfo> Setup(const service::SetupRequest&) override {
    return std::unexpected(service::AuthError{});
  }
  std::optional<service::UserInfo> info =
      service::UserInfo{.id = UserId{"alice"}, .role = Role::kUser, .email = {}};
};

class AuthenticatorTest : public ::testing::Test {
 protected:
  std::string Token(TokenType type = TokenType::kAccess) {
    return authenticator_.Issue(*users_.info, type, 1'000'000, hours(1));
  }
  std::optional<TokenFailure> Try(const std::string& authorization) {
    const auto user = authenticator_.FromBearer(authorization);
    return user.has_value() ? std::nullopt : std::optional(user.error().failure);
  }

  ManualClock clock_{1'000'000ll * 1'000'000};
  OneUser users_;
  Authenticator authenticator_{"a-secret-of-at-least-32-characters!", users_, clock_};
};

TEST_F(AuthenticatorTest, TellsWhoItIs) {
  const auto user = authenticator_.FromBearer("Bearer " + Token());
  ASSERT_TRUE(user.has_value());
  EXPECT_EQ(user->id, UserId{"alice"});
  EXPECT_EQ(Try("bearer   " + Token()), std::nullopt);
}

TEST_F(AuthenticatorTest, RefusesOtherSchemes) {
  EXPECT_EQ(Try(""), TokenFailure::kMissing);
  for (const char* field : {"Bearer", "Bearer ", "Basic cm9vdDpyb290", "Digest x", "x", " "}) {
    EXPECT_EQ(Try(field), TokenFailure::kMalformed) << field;
  }
}

TEST_F(AuthenticatorTest, ExpiryHoldsForRememberedTokens) {
  const std::string field = "Bearer " + Token();
  EXPECT_EQ(Try(field), std::nullopt);
  clock_.Advance(hours(1) + seconds(59));
  EXPECT_EQ(Try(field), std::nullopt);
  clock_.Advance(seconds(1));
  EXPECT_EQ(Try(field), TokenFailure::kExpired);
}

TEST_F(AuthenticatorTest, RoleAndUserHoldForRememberedTokens) {
  const std::string field = "Bearer " + Token();
  EXPECT_EQ(Try(field), std::nullopt);
  users_.info->role = Role::kDba;
  EXPECT_EQ(Try(field), TokenFailure::kInvalid);
  users_.info->role = Role::kUser;
  EXPECT_EQ(Try(field), std::nullopt);
  users_.info.reset();
  EXPECT_EQ(Try(field), TokenFailure::kInvalid);
}

TEST_F(AuthenticatorTest, TypesAreNotInterchangeable) {
  EXPECT_EQ(Try("Bearer " + Token(TokenType::kRefresh)), TokenFailure::kInvalid);
  EXPECT_TRUE(
      authenticator_.FromToken(Token(TokenType::kRefresh), TokenType::kRefresh).has_value());
  const auto wrong = authenticator_.FromToken(Token(), TokenType::kRefresh);
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().message, "Refresh endpoint requires a refresh token");
}

TEST_F(AuthenticatorTest, ManyTokensStayCorrect) {
  // More than are remembered, so that the table is emptied on the way.
  for (int64_t i = 0; i < static_cast<int64_t>(limits::kTokenCacheMax) + 100; ++i) {
    const std::string token =
        authenticator_.Issue(*users_.info, TokenType::kAccess, 1'000'000 - i, hours(24));
    ASSERT_EQ(Try("Bearer " + token), std::nullopt) << i;
    ASSERT_EQ(Try("Bearer " + token + "x"), TokenFailure::kInvalid) << i;
  }
}

}  // namespace
}  // namespace kalamdb::server
