// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "types/coerce.h"

namespace kalamdb::types {
namespace {

std::string Utf8(uint32_t point) {
  std::string text;
  const auto push = [&text](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    push(point);
  } else if (point < 0x800) {
    push(0xC0 | point >> 6);
    push(0x80 | (point & 63));
  } else if (point < 0x10000) {
    push(0xE0 | point >> 12);
    push(0x80 | (point >> 6 & 63));
    push(0x80 | (point & 63));
  } else {
    push(0xF0 | point >> 18);
    push(0x80 | (point >> 12 & 63));
    push(0x80 | (point >> 6 & 63));
    push(0x80 | (point & 63));
  }
  return text;
}

TEST(CleanUtf8, AcceptsEveryCharacterButNul) {
  for (uint32_t point = 0; point <= 0x11'0000; ++point) {
    const bool is_character = point != 0 && (point < 0xD800 || point > 0xDFFF) && point < 0x11'0000;
    ASSERT_EQ(IsCleanUtf8(Utf8(point)), is_character) << point;
  }
}

TEST(CleanUtf8, RefusesEverySequenceThatIsNotShortest) {
  for (const char* text : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF",
                           "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF5\x80\x80\x80", "\xFF"}) {
    EXPECT_FALSE(IsCleanUtf8(text));
  }
}

TEST(CleanUtf8, FindsDamageAtEveryPosition) {
  for (size_t size = 1; size < 30; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      EXPECT_TRUE(IsCleanUtf8(text));
      for (const char bad : {'\0', '\x80', '\xC3', '\xF0', '\xFF'}) {
        text[at] = bad;
        ASSERT_FALSE(IsCleanUtf8(text)) << size << " " << at;
      }
      text[at] = '\x01';
      ASSERT_TRUE(IsCleanUtf8(text));
    }
  }
}

TEST(WellFormedJson, AcceptsEveryKindOfDocument) {
  for (const char* text : {"null",
                           " true ",
                           "false",
                           "0",
                           "-0",
                           "12",
                           "-1.5e+10",
                           "1E5",
                           "0.1e-2",
                           "\"\"",
                           "\"a\"",
                           "[]",
                           " [ ] ",
                           "{}",
                           "[1,2]",
                           "{\"a\":1}",
                           "{\"a\":{\"b\":[null,{}]},\"c\":\"d\"}",
                           "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
                           "\"\\ud834\\udd1e\"",
                           "\"\\u0000\"",
                           "\"é𝄞\"",
                           "\t[\r\n1\t,\n2 ]\n",
                           "{\"\":0}",
                           "{\"a\":1,\"a\":2}"}) {
    EXPECT_TRUE(IsWellFormedJson(text)) << text;
  }
}

TEST(WellFormedJson, RefusesEverythingElse) {
  for (const char* text : {"",
                           " ",
                           "nul",
                           "nulls",
                           "True",
                           "01",
                           "-",
                           "+1",
                           ".5",
                           "1.",
                           "1e",
                           "1e+",
                           "0x1",
                           "NaN",
                           "Infinity",
                           "\"",
                           "\"a",
                           "\"\\",
                           "\"\\x\"",
                           "\"\\u12",
                           "\"\\u12g4\"",
                           "'a'",
                           "\"\n\"",
                           "\"\x01\"",
                           "\"\\ud834\"",
                           "\"\\udd1e\"",
                           "\"\\ud834\\u0041\"",
                           "[",
                           "]",
                           "[1",
                           "[1,",
                           "[1,]",
                           "[,1]",
                           "[1 2]",
                           "[1}",
                           "{",
                           "}",
                           "{1:2}",
                           "{\"a\"}",
                           "{\"a\":",
                           "{\"a\":}",
                           "{\"a\":1",
                           "{\"a\":1,",
                           "{\"a\":1,}",
                           "{\"a\":1]",
                           "{\"a\" 1}",
                           "{,}",
                           "1 2",
                           "[] []",
                           "{}x",
                           "//c\n1",
                           "\"\xFF\"",
                           "\xEF\xBB\xBF"
                           "1"}) {
    EXPECT_FALSE(IsWellFormedJson(text)) << text;
  }
}

TEST(WellFormedJson, DepthIsBounded) {
  const auto nested = [](size_t depth, const std::string& open, const std::string& close) {
    std::string text;
    for (size_t i = 0; i < depth; ++i) {
      text += open;
    }
    text += "1";
    for (size_t i = 0; i < depth; ++i) {
      text += close;
    }
    return text;
  };
  EXPECT_TRUE(IsWellFormedJson(nested(500, "[", "]")));
  EXPECT_FALSE(IsWellFormedJson(nested(501, "[", "]")));
  EXPECT_TRUE(IsWellFormedJson(nested(500, "{\"a\":", "}")));
  EXPECT_FALSE(IsWellFormedJson(nested(501, "{\"a\":", "}")));
  EXPECT_FALSE(IsWellFormedJson(std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace kalamdb::types
