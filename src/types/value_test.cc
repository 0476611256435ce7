// SPDX-License-Identifier: Apache-2.0
#include "types/value.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "types/test_values.h"

namespace kalamdb::types {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Value, EqualityNeedsTheSameKind) {
  EXPECT_EQ(Value(), Value::Null());
  EXPECT_NE(Value(), Value(int64_t{0}));
  EXPECT_NE(Value(int64_t{1}), Value(1.0));
  EXPECT_NE(Value(int64_t{1}), Value(Int128{1}));
  EXPECT_NE(Value(false), Value(int64_t{0}));
  EXPECT_EQ(Value("a"), Value(std::string("a")));
  EXPECT_EQ(Value(kNan), Value(-kNan));
  EXPECT_EQ(Value(0.0), Value(-0.0));
}

TEST(Value, NanIsAboveEveryNumber) {
  EXPECT_EQ(Compare(Value(kNan), Value(kNan)), 0);
  EXPECT_GT(Compare(Value(kNan), Value(kInfinity)), 0);
  EXPECT_LT(Compare(Value(-kInfinity), Value(kNan)), 0);
  EXPECT_LT(Compare(Value(1.0), Value(2.0)), 0);
}

TEST(Value, TextIsComparedAsUnsignedBytes) {
  EXPECT_LT(Compare(Value("z"), Value("\xC3\xA9")), 0);
  EXPECT_LT(Compare(Value("a"), Value("aa")), 0);
  EXPECT_LT(Compare(Value(std::string(1, '\0')), Value("\x01")), 0);
  EXPECT_GT(Compare(Value("a"), Value("")), 0);
}

TEST(Value, CompareOrdersEveryKind) {
  EXPECT_LT(Compare(Value(false), Value(true)), 0);
  EXPECT_LT(Compare(Value(INT64_MIN), Value(INT64_MAX)), 0);
  EXPECT_GT(Compare(Value(PowerOfTen(38)), Value(-PowerOfTen(38))), 0);
}

TEST(PowerOfTen, CoversZeroToThirtyEight) {
  EXPECT_EQ(PowerOfTen(0), Int128{1});
  EXPECT_EQ(PowerOfTen(18), Int128{1'000'000'000'000'000'000});
  EXPECT_EQ(PowerOfTen(38) / PowerOfTen(37), Int128{10});
  EXPECT_DEATH(PowerOfTen(39), "check failed");
}

TEST(IsKindOf, KnowsTheKindOfEveryType) {
  const uint64_t seed = testing::TestSeed(11);
  SCOPED_TRACE(seed);
  testing::RandomValues random(seed);
  for (const DataType& type : testing::AllColumnTypes()) {
    EXPECT_TRUE(IsKindOf(random.Of(type), type.id)) << SqlName(type);
    EXPECT_FALSE(IsKindOf(Value::Null(), type.id)) << SqlName(type);
  }
  EXPECT_FALSE(IsKindOf(Value("short"), TypeId::kUuid));
  EXPECT_FALSE(IsKindOf(Value("12345"), TypeId::kEmbedding));
  EXPECT_FALSE(IsKindOf(Value(int64_t{1}), TypeId::kDouble));
}

}  // namespace
}  // namespace kalamdb::types
