// SPDX-License-Identifier: Apache-2.0
#include "types/coerce.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "types/test_values.h"

namespace kalamdb::types {
namespace {

using testing::RandomValues;
using testing::TestSeed;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
const DataType kDecimal52 = {TypeId::kDecimal, 5, 2, 0};

Column ColumnOf(const DataType& type) { return {.id = 1, .name = "x", .type = type}; }

// The coerced value as text, or the message of the refusal.
std::string Coerced(const Value& value, const DataType& from, const DataType& to) {
  const auto result = CoerceToColumn(value, from, ColumnOf(to));
  if (!result.has_value()) {
    EXPECT_EQ(result.error().code(), StatusCode::kConstraintViolation);
    return result.error().message();
  }
  EXPECT_TRUE(result->is_null() || IsKindOf(*result, to.id));
  return FormatValue(*result, to);
}

std::string Coerced(const Value& value, const DataType& from, TypeId to) {
  return Coerced(value, from, TypeOf(to));
}
std::string FromText(std::string_view text, TypeId to) {
  return Coerced(Value(text), TypeOf(TypeId::kText), TypeOf(to));
}
std::string FromText(std::string_view text, const DataType& to) {
  return Coerced(Value(text), TypeOf(TypeId::kText), to);
}
std::string FromInt(int64_t number, TypeId to) {
  return Coerced(Value(number), TypeOf(TypeId::kBigInt), TypeOf(to));
}
std::string FromInt(int64_t number, const DataType& to) {
  return Coerced(Value(number), TypeOf(TypeId::kBigInt), to);
}
std::string FromDouble(double number, TypeId to) {
  return Coerced(Value(number), TypeOf(TypeId::kDouble), TypeOf(to));
}
std::string FromDouble(double number, const DataType& to) {
  return Coerced(Value(number), TypeOf(TypeId::kDouble), to);
}

bool IsRefusal(const std::string& text) { return text.starts_with("column `x`: "); }

TEST(Coerce, NullStaysNull) {
  for (const DataType& type : testing::AllColumnTypes()) {
    EXPECT_EQ(Coerced(Value(), TypeOf(TypeId::kText), type), "NULL");
  }
}

TEST(Coerce, ValuesOfTheColumnTypeStayAsTheyAre) {
  const uint64_t seed = TestSeed(81);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (const DataType& type : testing::AllColumnTypes()) {
    for (int i = 0; i < 300; ++i) {
      const Value value = random.Of(type);
      const auto result = CoerceToColumn(value, type, ColumnOf(type));
      if (IsFloating(type.id) && !std::isfinite(value.AsDouble())) {
        ASSERT_FALSE(result.has_value());
      } else {
        ASSERT_TRUE(result.has_value()) << SqlName(type) << " " << result.error().ToString();
        ASSERT_EQ(*result, value) << SqlName(type);
      }
    }
  }
}

TEST(Coerce, TextFormsReadBackIntoEveryType) {
  const uint64_t seed = TestSeed(82);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (const DataType& type : testing::AllColumnTypes()) {
    for (int i = 0; i < 300; ++i) {
      const Value value = random.Of(type);
      if (IsFloating(type.id) && !std::isfinite(value.AsDouble())) {
        continue;
      }
      const auto result =
          CoerceToColumn(Value(FormatValue(value, type)), TypeOf(TypeId::kText), ColumnOf(type));
      ASSERT_TRUE(result.has_value()) << result.error().ToString();
      ASSERT_EQ(*result, value) << SqlName(type) << " " << FormatValue(value, type);
    }
  }
}

TEST(CoerceToInteger, ChecksTheRange) {
  EXPECT_EQ(FromInt(32767, TypeId::kSmallInt), "32767");
  EXPECT_EQ(FromInt(70000, TypeId::kSmallInt),
            "column `x`: 70000 is out of range for SMALLINT (-32768 to 32767)");
  EXPECT_EQ(FromInt(-2147483649, TypeId::kInt),
            "column `x`: -2147483649 is out of range for INT (-2147483648 to 2147483647)");
  EXPECT_EQ(FromInt(INT64_MIN, TypeId::kBigInt), "-9223372036854775808");
  const DataType huge = TypeOf(TypeId::kHugeInt);
  EXPECT_EQ(Coerced(Value(Int128{INT64_MAX}), huge, TypeId::kBigInt), "9223372036854775807");
  EXPECT_TRUE(IsRefusal(Coerced(Value(Int128{INT64_MAX} + 1), huge, TypeId::kBigInt)));
}

TEST(CoerceToInteger, RoundsHalfAwayFromZero) {
  EXPECT_EQ(FromDouble(2.5, TypeId::kInt), "3");
  EXPECT_EQ(FromDouble(-2.5, TypeId::kInt), "-3");
  EXPECT_EQ(FromDouble(2.4999, TypeId::kInt), "2");
  EXPECT_EQ(FromDouble(32767.4, TypeId::kSmallInt), "32767");
  EXPECT_TRUE(IsRefusal(FromDouble(32767.5, TypeId::kSmallInt)));
  EXPECT_EQ(Coerced(Value(Int128{-250}), kDecimal52, TypeId::kInt), "-3");
  EXPECT_EQ(Coerced(Value(Int128{249}), kDecimal52, TypeId::kInt), "2");
  const DataType widest = {TypeId::kDecimal, 38, 38, 0};
  EXPECT_EQ(Coerced(Value(PowerOfTen(38) - 1), widest, TypeId::kInt), "1");
}

TEST(CoerceToInteger, RefusesWhatIsNoWholeNumber) {
  EXPECT_TRUE(IsRefusal(FromDouble(0x1p63, TypeId::kBigInt)));
  EXPECT_EQ(FromDouble(-0x1p63, TypeId::kBigInt), "-9223372036854775808");
  EXPECT_TRUE(IsRefusal(FromDouble(kNan, TypeId::kInt)));
  EXPECT_TRUE(IsRefusal(FromDouble(kInfinity, TypeId::kBigInt)));
  EXPECT_EQ(FromText(" 42 ", TypeId::kInt), "42");
  EXPECT_EQ(FromText("abc", TypeId::kInt),
            "column `x`: 'abc' is not a whole number for INT (-2147483648 to 2147483647)");
  EXPECT_TRUE(IsRefusal(FromText("1.5", TypeId::kInt)));
  EXPECT_TRUE(IsRefusal(FromText("70000", TypeId::kSmallInt)));
  EXPECT_EQ(Coerced(Value(true), TypeOf(TypeId::kBoolean), TypeId::kInt),
            "column `x`: BOOLEAN where INT expected");
  EXPECT_TRUE(IsRefusal(Coerced(Value(int64_t{1}), TypeOf(TypeId::kDate), TypeId::kInt)));
}

TEST(CoerceToBoolean, AcceptsWordsButNoNumbers) {
  for (const char* text : {"t", "TRUE", " yes ", "on", "1", "y"}) {
    EXPECT_EQ(FromText(text, TypeId::kBoolean), "true") << text;
  }
  for (const char* text : {"f", "False", "no", "off", "0", "n"}) {
    EXPECT_EQ(FromText(text, TypeId::kBoolean), "false") << text;
  }
  EXPECT_TRUE(IsRefusal(FromText("2", TypeId::kBoolean)));
  EXPECT_TRUE(IsRefusal(FromText("", TypeId::kBoolean)));
  EXPECT_EQ(FromInt(1, TypeId::kBoolean),
            "column `x`: BIGINT where BOOLEAN expected: write true or false");
}

TEST(CoerceToFloating, HoldsFiniteNumbersOnly) {
  EXPECT_EQ(FromDouble(kNan, TypeId::kDouble),
            "column `x`: NaN is not allowed: DOUBLE columns hold finite numbers");
  EXPECT_EQ(FromText("-infinity", TypeId::kFloat),
            "column `x`: -Infinity is not allowed: FLOAT columns hold finite numbers");
  EXPECT_TRUE(IsRefusal(FromDouble(1e300, TypeId::kFloat)));
  EXPECT_TRUE(IsRefusal(FromText("1e300", TypeId::kFloat)));
  EXPECT_TRUE(IsRefusal(FromText("1e400", TypeId::kDouble)));
  EXPECT_TRUE(IsRefusal(FromText("one", TypeId::kDouble)));
  constexpr double kFloatMax = std::numeric_limits<float>::max();
  EXPECT_EQ(FromDouble(kFloatMax, TypeId::kFloat), "3.4028235e+38");
  EXPECT_FALSE(IsRefusal(FromDouble(-0x1.fffffefp127, TypeId::kFloat)));
  EXPECT_TRUE(IsRefusal(FromDouble(0x1.ffffffp127, TypeId::kFloat)));
}

TEST(CoerceToFloating, TakesEveryKindOfNumber) {
  EXPECT_EQ(FromInt(7, TypeId::kDouble), "7.0");
  EXPECT_EQ(FromText("0.1", TypeId::kFloat), "0.1");
  EXPECT_EQ(Coerced(Value(Int128{-125}), kDecimal52, TypeId::kDouble), "-1.25");
  EXPECT_EQ(Coerced(Value(Int128{-125}), kDecimal52, TypeId::kFloat), "-1.25");
  const DataType wide = {TypeId::kDecimal, 38, 30, 0};
  EXPECT_EQ(Coerced(Value(PowerOfTen(37) + 1), wide, TypeId::kDouble), "10000000.0");
  EXPECT_EQ(Coerced(Value(PowerOfTen(38)), TypeOf(TypeId::kHugeInt), TypeId::kDouble), "1e+38");
  EXPECT_TRUE(IsRefusal(Coerced(Value(true), TypeOf(TypeId::kBoolean), TypeId::kDouble)));
  const auto rounded =
      CoerceToColumn(Value(0.1), TypeOf(TypeId::kDouble), ColumnOf(TypeOf(TypeId::kFloat)));
  EXPECT_EQ(rounded.value(), Value(static_cast<double>(0.1F))) << "what a row will hold";
}

TEST(CoerceToDecimal, RescalesWithRounding) {
  EXPECT_EQ(FromInt(12, kDecimal52), "12.00");
  EXPECT_EQ(FromText("12.345", kDecimal52), "12.35");
  EXPECT_EQ(FromText("-0.005", kDecimal52), "-0.01");
  EXPECT_EQ(FromDouble(0.1, kDecimal52), "0.10");
  EXPECT_EQ(FromDouble(2.675, kDecimal52), "2.68") << "the number as it is written";
  EXPECT_EQ(Coerced(Value(static_cast<double>(0.1F)), TypeOf(TypeId::kFloat),
                    {TypeId::kDecimal, 20, 15, 0}),
            "0.100000000000000");
  EXPECT_EQ(Coerced(Value(Int128{123456}), {TypeId::kDecimal, 10, 4, 0}, kDecimal52), "12.35");
  EXPECT_EQ(Coerced(Value(Int128{-125}), {TypeId::kDecimal, 10, 1, 0}, kDecimal52), "-12.50");
}

TEST(CoerceToDecimal, RefusesWhatDoesNotFit) {
  EXPECT_EQ(FromInt(1000, kDecimal52),
            "column `x`: 1000 does not fit DECIMAL(5,2): at most 3 digits before the point");
  EXPECT_EQ(FromText("1000", kDecimal52),
            "column `x`: '1000' does not fit DECIMAL(5,2): at most 3 digits before the point");
  EXPECT_TRUE(IsRefusal(FromText("999.995", kDecimal52)));
  EXPECT_EQ(FromText("999.994", kDecimal52), "999.99");
  EXPECT_TRUE(IsRefusal(FromDouble(1e300, kDecimal52)));
  EXPECT_EQ(FromDouble(kNan, kDecimal52),
            "column `x`: NaN is not allowed: DECIMAL(5,2) columns hold finite numbers");
  EXPECT_TRUE(IsRefusal(FromText("NaN", kDecimal52)));
  EXPECT_EQ(FromText("abc", kDecimal52), "column `x`: 'abc' is not a number for DECIMAL(5,2)");
  const DataType all = {TypeId::kDecimal, 38, 38, 0};
  EXPECT_TRUE(IsRefusal(FromInt(1, all)));
  EXPECT_TRUE(IsRefusal(Coerced(Value(PowerOfTen(38)), TypeOf(TypeId::kHugeInt), all)));
  EXPECT_TRUE(IsRefusal(Coerced(Value(static_cast<Int128>(UInt128{1} << 127)),
                                TypeOf(TypeId::kHugeInt), {TypeId::kDecimal, 38, 0, 0})));
}

TEST(CoerceToTimes, ReadsTextAndWireNumbers) {
  EXPECT_EQ(FromText("2026-05-04T10:20:30Z", TypeId::kTimestamp), "2026-05-04 10:20:30");
  EXPECT_EQ(FromText("2026-05-04 12:00+02", TypeId::kDateTime), "2026-05-04 10:00:00+00");
  EXPECT_EQ(FromInt(1'777'902'000'000'000, TypeId::kTimestamp), "2026-05-04 13:40:00");
  EXPECT_EQ(FromInt(20577, TypeId::kDate), "2026-05-04");
  EXPECT_EQ(FromInt(36'000'000'000, TypeId::kTime), "10:00:00");
  EXPECT_EQ(FromText("2026-05-04", TypeId::kDate), "2026-05-04");
  EXPECT_EQ(FromText("2026-05-04T23:59:59Z", TypeId::kDate), "2026-05-04");
  EXPECT_EQ(FromText("10:20", TypeId::kTime), "10:20:00");
}

TEST(CoerceToTimes, ConvertsBetweenDaysAndMoments) {
  EXPECT_EQ(Coerced(Value(int64_t{-1}), TypeOf(TypeId::kDate), TypeId::kTimestamp),
            "1969-12-31 00:00:00");
  EXPECT_EQ(Coerced(Value(int64_t{-1}), TypeOf(TypeId::kTimestamp), TypeId::kDate), "1969-12-31");
  EXPECT_EQ(Coerced(Value(int64_t{-1}), TypeOf(TypeId::kDateTime), TypeId::kTime),
            "23:59:59.999999");
  EXPECT_FALSE(IsRefusal(Coerced(Value(INT64_MIN), TypeOf(TypeId::kTimestamp), TypeId::kTime)));
  EXPECT_EQ(Coerced(Value(int64_t{5}), TypeOf(TypeId::kDateTime), TypeId::kTimestamp),
            "1970-01-01 00:00:00.000005");
}

TEST(CoerceToTimes, RefusesWhatIsOutOfRange) {
  EXPECT_TRUE(IsRefusal(FromInt(kDateMax + 1, TypeId::kDate)));
  EXPECT_TRUE(IsRefusal(FromInt(kTimestampMax + 1, TypeId::kDateTime)));
  EXPECT_TRUE(IsRefusal(FromInt(-1, TypeId::kTime)));
  EXPECT_TRUE(IsRefusal(FromInt(kMicrosPerDay + 1, TypeId::kTime)));
  EXPECT_TRUE(IsRefusal(Coerced(Value(INT64_MAX), TypeOf(TypeId::kDate), TypeId::kTimestamp)));
  EXPECT_TRUE(IsRefusal(FromText("2023-02-29", TypeId::kDate)));
  EXPECT_TRUE(IsRefusal(FromDouble(1.5, TypeId::kTimestamp)));
  EXPECT_EQ(FromText("yesterday", TypeId::kTimestamp),
            "column `x`: 'yesterday' is not a TIMESTAMP such as '2026-05-04 10:20:30'");
}

TEST(CoerceToText, FormatsOtherTypes) {
  EXPECT_EQ(FromInt(42, TypeId::kText), "42");
  EXPECT_EQ(FromDouble(1.5, TypeId::kText), "1.5");
  EXPECT_EQ(Coerced(Value(true), TypeOf(TypeId::kBoolean), TypeId::kText), "true");
  EXPECT_EQ(Coerced(Value(Int128{-50}), kDecimal52, TypeId::kText), "-0.50");
  EXPECT_TRUE(IsRefusal(Coerced(Value("a"), TypeOf(TypeId::kBytes), TypeId::kText)));
}

TEST(CoerceToText, RefusesNulAndMalformedUtf8) {
  EXPECT_EQ(FromText(std::string_view("a\0b", 3), TypeId::kText),
            "column `x`: text must not contain NUL");
  EXPECT_EQ(FromText("a\xFF", TypeId::kText), "column `x`: text must be well-formed UTF-8");
  EXPECT_EQ(FromText("a\xFF", TypeId::kJson), "column `x`: text must be well-formed UTF-8");
}

TEST(CoerceToText, MessagesAreShortAndWellFormed) {
  const std::string long_text = std::string(39, 'a') + "éééééé";
  EXPECT_EQ(FromText(long_text, TypeId::kDate),
            "column `x`: '" + std::string(39, 'a') + "...' is not a DATE such as '2026-05-04'");
  EXPECT_TRUE(IsCleanUtf8(FromText("\xFF\xFE", TypeId::kInt)));
}

TEST(CoerceToBytes, ReadsHexOrTheTextItself) {
  EXPECT_EQ(FromText("\\xDEad", TypeId::kBytes), "\\xdead");
  EXPECT_EQ(FromText("\\x", TypeId::kBytes), "\\x");
  EXPECT_EQ(FromText("hé", TypeId::kBytes), "\\x68c3a9");
  EXPECT_TRUE(IsRefusal(FromText("\\xabc", TypeId::kBytes)));
  EXPECT_TRUE(IsRefusal(FromText("\\xzz", TypeId::kBytes)));
  EXPECT_TRUE(IsRefusal(FromInt(1, TypeId::kBytes)));
}

TEST(CoerceToUuid, TakesTextAndSixteenBytes) {
  const DataType bytes = TypeOf(TypeId::kBytes);
  EXPECT_EQ(FromText("0190A5C87D3E7F0080001F2E3D4C5B6A", TypeId::kUuid),
            "0190a5c8-7d3e-7f00-8000-1f2e3d4c5b6a");
  EXPECT_EQ(Coerced(Value("0123456789abcdef"), bytes, TypeId::kUuid),
            "30313233-3435-3637-3839-616263646566");
  EXPECT_EQ(Coerced(Value("short"), bytes, TypeId::kUuid),
            "column `x`: BYTES where UUID expected: a UUID has 16 bytes");
  EXPECT_TRUE(IsRefusal(FromText("x", TypeId::kUuid)));
}

TEST(CoerceToJson, TakesWellFormedTextOnly) {
  EXPECT_EQ(FromText("{\"a\": [1]}", TypeId::kJson), "{\"a\": [1]}");
  EXPECT_EQ(FromText("{a:1}", TypeId::kJson), "column `x`: '{a:1}' is not well-formed JSON");
  EXPECT_TRUE(IsRefusal(FromText("", TypeId::kFile)));
  EXPECT_EQ(FromInt(1, TypeId::kJson),
            "column `x`: BIGINT where JSON expected: write the JSON as text");
}

TEST(CoerceToEmbedding, NeedsTheDimensionAndFiniteNumbers) {
  const DataType three = {TypeId::kEmbedding, 0, 0, 3};
  const DataType two = {TypeId::kEmbedding, 0, 0, 2};
  EXPECT_EQ(FromText("[1,2.5,-3]", three), "[1.0,2.5,-3.0]");
  EXPECT_EQ(FromText("[1,2]", three), "column `x`: '[1,2]' is not an array of 3 finite numbers");
  EXPECT_EQ(Coerced(Value(ParseEmbedding("[1,2]", 2).value()), two, three),
            "column `x`: EMBEDDING(2) where EMBEDDING(3) expected");
  const std::string infinity("\0\0\x80\x7F", 4);
  EXPECT_TRUE(IsRefusal(Coerced(Value(infinity + infinity), two, two)));
}

TEST(Coerce, ValuesThatContradictTheirTypeAreADefect) {
  const auto result =
      CoerceToColumn(Value("text"), TypeOf(TypeId::kInt), ColumnOf(TypeOf(TypeId::kInt)));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), StatusCode::kInternal);
}

// Whatever comes, the answer is a value of the column's type or a refusal.
TEST(Coerce, EveryPairOfTypesIsAnsweredSoundly) {
  const uint64_t seed = TestSeed(83);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  std::vector<DataType> sources = testing::AllColumnTypes();
  sources.push_back(TypeOf(TypeId::kHugeInt));
  for (const DataType& from : sources) {
    for (const DataType& to : testing::AllColumnTypes()) {
      for (int i = 0; i < 100; ++i) {
        const auto result = CoerceToColumn(random.Of(from), from, ColumnOf(to));
        if (result.has_value()) {
          ASSERT_TRUE(IsKindOf(*result, to.id)) << SqlName(from) << " " << SqlName(to);
        } else {
          ASSERT_EQ(result.error().code(), StatusCode::kConstraintViolation);
          ASSERT_TRUE(IsCleanUtf8(result.error().message()));
        }
      }
    }
  }
}

TEST(CheckNotNull, NamesTheColumn) {
  Schema schema;
  schema.columns.push_back({.id = 1, .name = "id", .type = TypeOf(TypeId::kInt)});
  schema.columns.push_back(
      {.id = 2, .name = "name", .type = TypeOf(TypeId::kText), .is_nullable = false});
  schema.columns.push_back({.id = 3, .name = "note", .type = TypeOf(TypeId::kText)});
  schema.key = {0};
  EXPECT_TRUE(CheckNotNull(schema, {Value(int64_t{1}), Value("a"), Value()}).ok());
  const Status missing = CheckNotNull(schema, {Value(int64_t{1}), Value(), Value()});
  EXPECT_EQ(missing.code(), StatusCode::kConstraintViolation);
  EXPECT_EQ(missing.message(), "column `name`: NULL is not allowed");
  EXPECT_EQ(CheckNotNull(schema, {Value(), Value("a"), Value()}).message(),
            "column `id`: NULL in the primary key");
}

}  // namespace
}  // namespace kalamdb::types
