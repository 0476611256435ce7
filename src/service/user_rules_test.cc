// SPDX-License-Identifier: Apache-2.0
#include "service/user_rules.h"

#include <string>

#include <gtest/gtest.h>

namespace kalamdb::service {
namespace {

TEST(CheckPassword, WantsEightTo72Bytes) {
  EXPECT_FALSE(CheckPassword("1234567", {}).ok());
  EXPECT_TRUE(CheckPassword("Blue!Fox", {}).ok());
  EXPECT_TRUE(CheckPassword(std::string(72, 'x'), {}).ok());
  EXPECT_FALSE(CheckPassword(std::string(73, 'x'), {}).ok());
  EXPECT_FALSE(CheckPassword(std::string("abcd\0efgh", 9), {}).ok());
}

TEST(CheckPassword, RefusesCommonOnes) {
  for (const char* password : {"password", "PassWord", "12345678", "iloveyou", "trustno1"}) {
    EXPECT_EQ(CheckPassword(password, {}).code(), StatusCode::kInvalidArgument) << password;
  }
}

TEST(CheckPassword, ComplexityIsAnOption) {
  const PasswordRules rules{.is_complexity_enforced = true};
  EXPECT_TRUE(CheckPassword("lowercaseonly", {}).ok());
  for (const char* password :
       {"lowercaseonly", "NoDigits!", "no-upper-1", "NO-LOWER-1", "NoOther1"}) {
    EXPECT_FALSE(CheckPassword(password, rules).ok()) << password;
  }
  EXPECT_TRUE(CheckPassword("Has-all-4", rules).ok());
}

TEST(CheckUserId, TakesTextWithoutControlCharacters) {
  for (const char* id : {"a", "alice", "Alice Smith", "a@b.c", "\xC3\xA9milie", "../etc", "a'b"}) {
    EXPECT_TRUE(CheckUserId(id).ok()) << id;
  }
  EXPECT_TRUE(CheckUserId(std::string(128, 'x')).ok());
  for (const std::string& id : {std::string(), std::string(129, 'x'), std::string("a\0b", 3),
                                std::string("a\nb"), std::string("\x7F"), std::string("\xFF\xFE"),
                                std::string("a\xC2\x85"), std::string("anonymous")}) {
    EXPECT_EQ(CheckUserId(id).code(), StatusCode::kInvalidArgument) << id;
  }
}

TEST(CheckEmail, WantsOneAtWithBothSides) {
  for (const char* email : {"a@b", "root@localhost", "first.last+tag@example.org"}) {
    EXPECT_TRUE(CheckEmail(email).ok()) << email;
  }
  for (const char* email : {"", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "plain"}) {
    EXPECT_FALSE(CheckEmail(email).ok()) << email;
  }
}

}  // namespace
}  // namespace kalamdb::service
