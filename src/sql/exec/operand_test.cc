// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/operand.h"

#include <gtest/gtest.h>

namespace kalamdb::sql {
namespace {

using types::Parameter;
using types::TypeId;
using types::TypeOf;
using types::Value;

Parameter Text(const char* text) { return {Value(text), TypeOf(TypeId::kText)}; }
Parameter Int(int64_t number) { return {Value(number), TypeOf(TypeId::kBigInt)}; }

TEST(ComparableValue, SameTypesCompareDirectly) {
  EXPECT_EQ(ComparableValue(Int(7), TypeOf(TypeId::kInt))->AsInt(), 7);
  EXPECT_EQ(ComparableValue(Text("x"), TypeOf(TypeId::kText))->AsString(), "x");
}

TEST(ComparableValue, TextIsReadAsTheColumnsType) {
  EXPECT_EQ(ComparableValue(Text("7"), TypeOf(TypeId::kBigInt))->AsInt(), 7);
  EXPECT_EQ(ComparableValue(Text("1970-01-02"), TypeOf(TypeId::kDate))->AsInt(), 1);
  EXPECT_EQ(ComparableValue(Text("1970-01-01 00:00:01"), TypeOf(TypeId::kTimestamp))->AsInt(),
            1'000'000);
}

TEST(ComparableValue, MixedTypesAreLeftToTheEngine) {
  const Parameter fraction{Value(types::Int128{15}), {.id = TypeId::kDecimal, .precision = 2, .scale = 1}};
  EXPECT_FALSE(ComparableValue(fraction, TypeOf(TypeId::kInt)).has_value());
  EXPECT_FALSE(ComparableValue(Text("x"), TypeOf(TypeId::kInt)).has_value());
  EXPECT_FALSE(ComparableValue(Int(1), TypeOf(TypeId::kText)).has_value());
  EXPECT_FALSE(ComparableValue(Int(int64_t{1} << 60), TypeOf(TypeId::kDouble)).has_value());
}

TEST(ComparableValue, DecimalsAreRescaledOnlyWithoutLoss) {
  const types::DataType column{.id = TypeId::kDecimal, .precision = 10, .scale = 2};
  EXPECT_TRUE(ComparableValue(Int(3), column)->AsInt128() == 300);
  const Parameter one_digit{Value(types::Int128{15}), {.id = TypeId::kDecimal, .precision = 2, .scale = 1}};
  EXPECT_TRUE(ComparableValue(one_digit, column)->AsInt128() == 150);
  const Parameter three{Value(types::Int128{1'234}), {.id = TypeId::kDecimal, .precision = 4, .scale = 3}};
  EXPECT_FALSE(ComparableValue(three, column).has_value());
}

TEST(ComparableValue, NullStaysNull) {
  EXPECT_TRUE(ComparableValue({Value::Null(), TypeOf(TypeId::kText)}, TypeOf(TypeId::kInt))->is_null());
}

TEST(OperandValue, NamesTheMissingParameter) {
  Operand second;
  second.parameter = 1;
  const std::vector<Parameter> one{Int(1)};
  const auto value = OperandValue(second, one);
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().code(), StatusCode::kInvalidParameter);
}

TEST(RowCountValue, TakesWholeNumbersFromZero) {
  EXPECT_EQ(**RowCountValue(Int(0), "LIMIT"), 0u);
  EXPECT_FALSE(RowCountValue({Value::Null(), {}}, "LIMIT")->has_value());
  EXPECT_FALSE(RowCountValue(Int(-1), "LIMIT").has_value());
  EXPECT_FALSE(RowCountValue(Text("3"), "LIMIT").has_value());
}

}  // namespace
}  // namespace kalamdb::sql
