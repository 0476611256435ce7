// SPDX-License-Identifier: Apache-2.0
#include "types/json_codec.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "types/coerce.h"
#include "types/test_values.h"

namespace kalamdb::types {
namespace {

using testing::RandomValues;
using testing::TestSeed;

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

std::string Json(const Value& value, const DataType& type) {
  std::string out;
  AppendJsonValue(value, type, &out);
  return out;
}

std::string Json(const Value& value, TypeId id) { return Json(value, TypeOf(id)); }

TEST(JsonString, EscapesWhatMustBeEscaped) {
  EXPECT_EQ(JsonString(""), "\"\"");
  EXPECT_EQ(JsonString("plain é € 𝄞 \x7F /"), "\"plain é € 𝄞 \x7F /\"");
  EXPECT_EQ(JsonString("a\"b\\c"), "\"a\\\"b\\\\c\"");
  EXPECT_EQ(JsonString("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"");
  EXPECT_EQ(JsonString("\x01\x1F"), "\"\\u0001\\u001f\"");
  EXPECT_EQ(JsonString(std::string_view("\0", 1)), "\"\\u0000\"");
}

// The scan looks at eight bytes at a time: put every byte at every position.
TEST(JsonString, FindsEveryByteAtEveryPosition) {
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t at = 0; at < 20; ++at) {
      std::string text(20, '\xC3');
      text[at] = static_cast<char>(byte);
      const bool escapes = byte < 0x20 || byte == '"' || byte == '\\';
      const std::string json = JsonString(text);
      ASSERT_EQ(json.size() == text.size() + 2, !escapes) << byte << " at " << at;
      ASSERT_EQ(json.substr(1, at), text.substr(0, at));
      ASSERT_EQ(json.substr(json.size() - 20 + at), text.substr(at + 1) + "\"");
    }
  }
}

TEST(JsonString, IsAlwaysWellFormed) {
  const uint64_t seed = TestSeed(71);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = random.Text(40);
    ASSERT_TRUE(IsWellFormedJson(JsonString(text))) << text;
  }
}

TEST(JsonValue, HasTheWireFormOfEveryType) {
  EXPECT_EQ(Json(Value(), TypeId::kText), "null");
  EXPECT_EQ(Json(Value(true), TypeId::kBoolean), "true");
  EXPECT_EQ(Json(Value(int64_t{42}), TypeId::kSmallInt), "42");
  EXPECT_EQ(Json(Value(int64_t{-42}), TypeId::kInt), "-42");
  EXPECT_EQ(Json(Value(INT64_MIN), TypeId::kBigInt), "\"-9223372036854775808\"");
  EXPECT_EQ(Json(Value(PowerOfTen(30)), TypeId::kHugeInt), "\"1" + std::string(30, '0') + "\"");
  EXPECT_EQ(Json(Value(Int128{-50}), {TypeId::kDecimal, 10, 2, 0}), "\"-0.50\"");
  EXPECT_EQ(Json(Value(1.5), TypeId::kDouble), "1.5");
  EXPECT_EQ(Json(Value(2.0), TypeId::kDouble), "2.0");
  EXPECT_EQ(Json(Value(static_cast<double>(0.1F)), TypeId::kFloat), "0.1");
  EXPECT_EQ(Json(Value("a\"b"), TypeId::kText), "\"a\\\"b\"");
  EXPECT_EQ(Json(Value("{\"a\":1}"), TypeId::kJson), "\"{\\\"a\\\":1}\"");
  EXPECT_EQ(Json(Value(int64_t{1'777'902'000'000'000}), TypeId::kTimestamp), "1777902000000000");
  EXPECT_EQ(Json(Value(int64_t{20577}), TypeId::kDate), "20577");
  EXPECT_EQ(Json(Value(int64_t{36'000'000'000}), TypeId::kTime), "36000000000");
  EXPECT_EQ(Json(Value("\xDE\xAD"), TypeId::kBytes), "[222,173]");
  EXPECT_EQ(Json(Value(""), TypeId::kBytes), "[]");
  EXPECT_EQ(Json(Value(ParseUuid("0190a5c8-7d3e-7f00-8000-1f2e3d4c5b6a").value()), TypeId::kUuid),
            "\"0190a5c8-7d3e-7f00-8000-1f2e3d4c5b6a\"");
  EXPECT_EQ(Json(Value(ParseEmbedding("[0.1,2]", 2).value()), {TypeId::kEmbedding, 0, 0, 2}),
            "[0.10000000149011612,2.0]");
}

TEST(JsonValue, NumbersThatJsonLacksAreStrings) {
  EXPECT_EQ(Json(Value(std::numeric_limits<double>::quiet_NaN()), TypeId::kDouble), "\"NaN\"");
  EXPECT_EQ(Json(Value(std::numeric_limits<double>::infinity()), TypeId::kDouble), "\"Infinity\"");
  EXPECT_EQ(Json(Value(-std::numeric_limits<double>::infinity()), TypeId::kFloat), "\"-Infinity\"");
}

TEST(JsonValue, IsWellFormedForRandomValues) {
  const uint64_t seed = TestSeed(72);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (const DataType& type : testing::AllColumnTypes()) {
    for (int i = 0; i < 500; ++i) {
      const Value value = random.Of(type);
      ASSERT_TRUE(IsWellFormedJson(Json(value, type))) << Json(value, type);
    }
  }
}

}  // namespace
}  // namespace kalamdb::types
