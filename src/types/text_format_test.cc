// SPDX-License-Identifier: Apache-2.0
#include "types/text_format.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "types/test_values.h"

namespace kalamdb::types {
namespace {

using testing::RandomValues;
using testing::TestSeed;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const Int128 kWideMax = static_cast<Int128>(~UInt128{0} >> 1);
const Int128 kWideMin = -kWideMax - 1;

// ParseDecimal shown as text again, or "nothing".
std::string Decimal(std::string_view text, int precision, int scale) {
  const auto value = ParseDecimal(text, precision, scale);
  return value ? FormatDecimal(*value, scale) : "nothing";
}

TEST(DecimalFormat, KeepsTheSignOfSmallNumbers) {
  EXPECT_EQ(FormatDecimal(-50, 2), "-0.50");
  EXPECT_EQ(FormatDecimal(-1, 10), "-0.0000000001");
  EXPECT_EQ(FormatDecimal(0, 2), "0.00");
  EXPECT_EQ(FormatDecimal(-1, 0), "-1");
  EXPECT_EQ(FormatDecimal(12345, 3), "12.345");
  EXPECT_EQ(Decimal("-0.5", 3, 1), "-0.5");
}

TEST(DecimalFormat, CoversAll128Bits) {
  EXPECT_EQ(FormatDecimal(kWideMax, 0), "170141183460469231731687303715884105727");
  EXPECT_EQ(FormatDecimal(kWideMin, 0), "-170141183460469231731687303715884105728");
  EXPECT_EQ(FormatDecimal(kWideMin, 38), "-1.70141183460469231731687303715884105728");
  EXPECT_EQ(FormatDecimal(PowerOfTen(19), 0), "10000000000000000000");
  EXPECT_EQ(FormatDecimal(PowerOfTen(38) - 1, 38), "0." + std::string(38, '9'));
}

TEST(DecimalFormat, RoundsHalfAwayFromZero) {
  EXPECT_EQ(Decimal("2.345", 5, 2), "2.35");
  EXPECT_EQ(Decimal("-2.345", 5, 2), "-2.35");
  EXPECT_EQ(Decimal("2.3449999999999999999999999999999999999999", 5, 2), "2.34");
  EXPECT_EQ(Decimal("0.5", 1, 0), "1");
  EXPECT_EQ(Decimal("0.49", 1, 0), "0");
  EXPECT_EQ(Decimal("0.05", 1, 0), "0");
  EXPECT_EQ(Decimal("9.5", 1, 0), "nothing") << "rounds up to a second digit";
  EXPECT_EQ(Decimal("99.995", 4, 2), "nothing");
  EXPECT_EQ(Decimal("99.994", 4, 2), "99.99");
}

TEST(DecimalFormat, ReadsExponentsAndLongZeros) {
  EXPECT_EQ(Decimal("1.5e3", 10, 2), "1500.00");
  EXPECT_EQ(Decimal("15E-1", 10, 2), "1.50");
  EXPECT_EQ(Decimal("0e999999999999999999999", 10, 2), "0.00");
  EXPECT_EQ(Decimal("1e-999999999999999999999", 10, 2), "0.00");
  EXPECT_EQ(Decimal("1e999999999999999999999", 38, 0), "nothing");
  EXPECT_EQ(Decimal("0000000000000000000000000000000000000000000000000001", 1, 0), "1");
  EXPECT_EQ(Decimal("." + std::string(60, '0') + "1e61", 1, 0), "1");
  EXPECT_EQ(Decimal("5.", 2, 1), "5.0");
  EXPECT_EQ(Decimal(" +.5 ", 2, 1), "0.5");
  EXPECT_EQ(Decimal(std::string(38, '9'), 38, 0), std::string(38, '9'));
  EXPECT_EQ(Decimal("1" + std::string(38, '0'), 38, 0), "nothing");
}

TEST(DecimalFormat, RefusesWhatIsNoNumber) {
  for (const char* text :
       {"", ".", "-", "+-1", "1e", "1e+", "1.2.3", "1 2", "0x10", "NaN", "Infinity", "1,5", "e5"}) {
    EXPECT_EQ(Decimal(text, 10, 2), "nothing") << text;
  }
}

TEST(DecimalFormat, RandomNumbersSurviveARoundTrip) {
  const uint64_t seed = TestSeed(61);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const Int128 value = random.Wide() % PowerOfTen(38);
    const int scale = static_cast<int>(random.Below(39));
    const auto read = ParseDecimal(FormatDecimal(value, scale), 38, scale);
    ASSERT_TRUE(read.has_value()) << FormatDecimal(value, scale);
    ASSERT_TRUE(*read == value) << FormatDecimal(value, scale);
  }
}

TEST(IntegerFormat, ReadsTheWholeRange) {
  EXPECT_EQ(ParseInt64("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(ParseInt64(" +9223372036854775807 "), INT64_MAX);
  for (const char* text : {"", "9223372036854775808", "1.0", "1e3", "0x1", "- 1", "+-1", "+"}) {
    EXPECT_EQ(ParseInt64(text), std::nullopt) << text;
  }
}

TEST(DoubleFormat, IsRecognisablyFloating) {
  EXPECT_EQ(FormatDouble(1.0), "1.0");
  EXPECT_EQ(FormatDouble(-0.0), "-0.0");
  EXPECT_EQ(FormatDouble(0.1), "0.1");
  EXPECT_EQ(FormatDouble(100'000), "100000.0");
  EXPECT_EQ(FormatDouble(1e300), "1e+300");
  EXPECT_EQ(FormatDouble(5e-324), "5e-324");
  EXPECT_EQ(FormatDouble(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(FormatDouble(kInfinity), "Infinity");
  EXPECT_EQ(FormatDouble(-kInfinity), "-Infinity");
  EXPECT_EQ(FormatFloat(0.1F), "0.1");
  EXPECT_EQ(FormatFloat(16777216.0F), "16777216.0");
}

TEST(DoubleFormat, ReadsNumbersAndTheirNames) {
  EXPECT_EQ(ParseDouble(" 1.5e3 "), 1500.0);
  EXPECT_EQ(ParseDouble("+.5"), 0.5);
  EXPECT_EQ(ParseDouble("-infinity"), -kInfinity);
  EXPECT_EQ(ParseDouble("INF"), kInfinity);
  EXPECT_TRUE(std::isnan(ParseDouble("nan").value()));
  EXPECT_TRUE(std::signbit(ParseDouble("-0").value()));
  for (const char* text : {"", "1e400", "0x10", "nan(1)", "--1", "+-1", "1.5f", "1 2", "e5", "."}) {
    EXPECT_EQ(ParseDouble(text), std::nullopt) << text;
  }
}

TEST(DoubleFormat, EveryFiniteNumberSurvivesARoundTrip) {
  const uint64_t seed = TestSeed(62);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (int i = 0; i < 50'000; ++i) {
    const double value = random.Double();
    ASSERT_EQ(Value(ParseDouble(FormatDouble(value)).value()), Value(value)) << FormatDouble(value);
    const float narrow = random.Float();
    const float read = ParseFloat(FormatFloat(narrow)).value();
    ASSERT_EQ(Value(static_cast<double>(read)), Value(static_cast<double>(narrow)))
        << FormatFloat(narrow);
  }
}

TEST(FloatFormat, SmallNumbersBecomeZeroAndLargeOnesAreRefused) {
  EXPECT_EQ(ParseFloat("1e-60"), 0.0F);
  EXPECT_EQ(ParseFloat("1e-45"), std::numeric_limits<float>::denorm_min());
  EXPECT_EQ(ParseFloat("3.4028235e38"), std::numeric_limits<float>::max());
  EXPECT_EQ(ParseFloat("3.5e38"), std::nullopt);
}

TEST(UuidFormat, ReadsEveryForm) {
  const std::string canonical = "0190a5c8-7d3e-7f00-8000-1f2e3d4c5b6a";
  const auto bytes = ParseUuid(canonical);
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(bytes->size(), 16u);
  EXPECT_EQ(FormatUuid(*bytes), canonical);
  EXPECT_EQ(ParseUuid(" {0190A5C8-7D3E-7F00-8000-1F2E3D4C5B6A} "), bytes);
  EXPECT_EQ(ParseUuid("0190a5c87d3e7f0080001f2e3d4c5b6a"), bytes);
  EXPECT_EQ(ParseUuid("{0190a5c87d3e7f0080001f2e3d4c5b6a}"), bytes);
}

TEST(UuidFormat, RefusesWhatIsNoUuid) {
  for (const char* text :
       {"", "{}", "0190a5c8-7d3e-7f00-8000-1f2e3d4c5b6", "0190a5c8-7d3e-7f00-8000-1f2e3d4c5b6g",
        "0190a5c87-d3e-7f00-8000-1f2e3d4c5b6a", "{0190a5c8-7d3e-7f00-8000-1f2e3d4c5b6a",
        "------------------------------------", "0190a5c87d3e7f0080001f2e3d4c5b-a"}) {
    EXPECT_EQ(ParseUuid(text), std::nullopt) << text;
  }
}

TEST(EmbeddingFormat, ReadsExactlyTheDimension) {
  const DataType type = {TypeId::kEmbedding, 0, 0, 3};
  const auto bytes = ParseEmbedding(" [0.1, 2,-3e4 ] ", 3);
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(FormatValue(Value(*bytes), type), "[0.1,2.0,-30000.0]");
  EXPECT_EQ(ParseEmbedding("[1e-50]", 1), std::string(4, '\0'));
  for (const char* text :
       {"", "[", "[]", "[1,2]", "[1,2,3,4]", "[1,2,]", "[1,,3]", "[1,2,NaN]", "[1,2,1e39]",
        "[1,2,Infinity]", "1,2,3", "[1,2,3", "[1,2,null]", "[1,2,\"3\"]", "[[1,2,3]]"}) {
    EXPECT_EQ(ParseEmbedding(text, 3), std::nullopt) << text;
  }
  EXPECT_EQ(ParseEmbedding("[]", 0), std::nullopt);
}

TEST(FormatValue, ShowsEveryType) {
  EXPECT_EQ(FormatValue(Value(), TypeOf(TypeId::kInt)), "NULL");
  EXPECT_EQ(FormatValue(Value(true), TypeOf(TypeId::kBoolean)), "true");
  EXPECT_EQ(FormatValue(Value(int64_t{-5}), TypeOf(TypeId::kSmallInt)), "-5");
  EXPECT_EQ(FormatValue(Value(static_cast<double>(0.1F)), TypeOf(TypeId::kFloat)), "0.1");
  EXPECT_EQ(FormatValue(Value("h\xFF"), TypeOf(TypeId::kBytes)), "\\x68ff");
  EXPECT_EQ(FormatValue(Value(int64_t{0}), TypeOf(TypeId::kDateTime)), "1970-01-01 00:00:00+00");
  EXPECT_EQ(FormatValue(Value(int64_t{0}), TypeOf(TypeId::kTimestamp)), "1970-01-01 00:00:00");
  EXPECT_EQ(FormatValue(Value(int64_t{0}), TypeOf(TypeId::kDate)), "1970-01-01");
  EXPECT_EQ(FormatValue(Value(int64_t{0}), TypeOf(TypeId::kTime)), "00:00:00");
  EXPECT_EQ(FormatValue(Value(Int128{-50}), {TypeId::kDecimal, 5, 2, 0}), "-0.50");
  EXPECT_EQ(FormatValue(Value(kWideMin), TypeOf(TypeId::kHugeInt)),
            "-170141183460469231731687303715884105728");
  EXPECT_EQ(FormatValue(Value("text"), TypeOf(TypeId::kText)), "text");
}

}  // namespace
}  // namespace kalamdb::types
