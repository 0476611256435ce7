// SPDX-License-Identifier: Apache-2.0
#include "live/message_pack.h"

#include <gtest/gtest.h>

namespace kalamdb::live {
namespace {

std::string Back(const std::string& json) {
  const auto bytes = ToMessagePack(json);
  EXPECT_TRUE(bytes.has_value()) << json;
  auto back = FromMessagePack(*bytes);
  EXPECT_TRUE(back.has_value()) << json;
  return back.has_value() ? *back : "";
}

TEST(MessagePack, GivesBackWhatItWasGiven) {
  for (const std::string json :
       {"{}", "[]", "null", "true", "[1,-1,[[],{}],[[]]]", "\"\"", "{\"z\":1,\"a\":{\"b\":[null]}}",
        "{\"text\":\"a\\\"b\\n\xc3\xa9\"}", "[0.5,-1.25e+100]"}) {
    EXPECT_EQ(Back(json), json);
  }
}

TEST(MessagePack, KeepsIntegersOf64Bits) {
  for (const std::string json :
       {"[18446744073709551615]", "[9223372036854775807,9223372036854775808]",
        "[-9223372036854775808]", "[9007199254740993,301112223334445056]"}) {
    EXPECT_EQ(Back(json), json);
  }
}

TEST(MessagePack, PacksAsTheSpecificationSays) {
  EXPECT_EQ(ToMessagePack("{\"a\":[1,\"b\",null]}"),
            "\x81\xa1"
            "a\x93\x01\xa1"
            "b\xc0");
}

TEST(MessagePack, RefusesWhatIsNotJson) {
  for (const std::string json : {"", "{", "[1,]", "nope", "\"\xff\"", "1 2"}) {
    EXPECT_FALSE(ToMessagePack(json).has_value()) << json;
  }
}

TEST(MessagePack, RefusesWhatIsNestedTooDeeply) {
  const std::string open(1'000'000, '[');
  EXPECT_FALSE(ToMessagePack(open + std::string(1'000'000, ']')).has_value());
  const auto nested = FromMessagePack(std::string(1'000'000, '\x91'));
  ASSERT_FALSE(nested.has_value());
  EXPECT_NE(nested.error().message().find("nested"), std::string::npos);
  const std::string fine = std::string(100, '[') + std::string(100, ']');
  EXPECT_EQ(Back(fine), fine);
}

TEST(MessagePack, RefusesHostileBytes) {
  using std::string;
  for (const string& bytes :
       {string(""), string("\x81"), string("\x81\xa1k"), string("\x01\x01"),  // Cut, or too long.
        string("\xdf\xff\xff\xff\xff"), string("\xdd\xff\xff\xff\xff\x01"),   // Lengths that lie.
        string("\xdb\xff\xff\xff\xff"
               "abc"),
        string("\x81\x01\x01"),  // A key that is a number.
        string("\xa1\xff"), string("\xa1\0", 2), string("\xc4\x01x"), string("\xd4\x01x"),
        string("\xcb\x7f\xf8\0\0\0\0\0\0", 9), string("\xc1")}) {
    EXPECT_FALSE(FromMessagePack(bytes).has_value()) << testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace kalamdb::live
