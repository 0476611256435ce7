// SPDX-License-Identifier: Apache-2.0
#include "service/password.h"

#include <string>

#include <gtest/gtest.h>

namespace kalamdb::service {
namespace {

TEST(PasswordHasher, AcceptsTheRightPasswordOnly) {
  const PasswordHasher hasher(4);
  const std::string hash = hasher.Hash("correct horse").value();
  EXPECT_TRUE(hash.starts_with("$2b$04$")) << hash;
  EXPECT_EQ(hash.size(), 60u);
  EXPECT_TRUE(hasher.Verify("correct horse", hash));
  EXPECT_FALSE(hasher.Verify("correct horsf", hash));
  EXPECT_FALSE(hasher.Verify("", hash));
}

TEST(PasswordHasher, SaltsEveryHash) {
  const PasswordHasher hasher(4);
  EXPECT_NE(hasher.Hash("same").value(), hasher.Hash("same").value());
}

TEST(PasswordHasher, RefusesWhatBcryptWouldCut) {
  const PasswordHasher hasher(4);
  const std::string longest(kPasswordBytesMax, 'x');
  EXPECT_TRUE(hasher.Verify(longest, hasher.Hash(longest).value()));
  EXPECT_EQ(hasher.Hash(longest + "x").error().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(hasher.Hash(std::string("a\0b", 3)).error().code(), StatusCode::kInvalidArgument);
  // Whatever follows byte 72, or a NUL, must not be ignored when a password is checked either.
  EXPECT_FALSE(hasher.Verify(longest + "anything", hasher.Hash(longest).value()));
  EXPECT_FALSE(hasher.Verify(std::string("a\0b", 3), hasher.Hash("a").value()));
}

TEST(PasswordHasher, TakesNoOtherKindOfHash) {
  const PasswordHasher hasher(4);
  EXPECT_FALSE(hasher.Verify("x", ""));
  EXPECT_FALSE(hasher.Verify("x", "x"));
  EXPECT_FALSE(hasher.Verify("x", "*0"));
  EXPECT_FALSE(hasher.Verify("x", "$1$abcdefgh$0123456789012345678901"));
}

TEST(PasswordHasher, ReadsHashesOfOtherCosts) {
  const std::string hash = PasswordHasher(5).Hash("secret").value();
  EXPECT_TRUE(PasswordHasher(4).Verify("secret", hash));
}

}  // namespace
}  // namespace kalamdb::service
