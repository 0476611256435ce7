// SPDX-License-Identifier: Apache-2.0
#include "vectors/types.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/exec/duck_fixture.h"

namespace kalamdb::sql {
namespace {

using testing::Col;
using testing::Drain;
using testing::FakeScope;
using testing::MakeSchema;
using testing::MemoryTable;
using testing::ParseSelect;
using testing::Result;
using types::DataType;
using types::Int128;
using types::Row;
using types::TypeId;
using types::TypeOf;
using types::Value;

Value Int(int64_t value) { return Value(value); }

std::string Floats(std::vector<float> elements) {
  std::string bytes(elements.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), elements.data(), bytes.size());
  return bytes;
}

DataType Decimal(uint8_t precision, uint8_t scale) {
  return {.id = TypeId::kDecimal, .precision = precision, .scale = scale};
}

struct Case {
  DataType type;
  std::vector<Value> values;
};

std::vector<Case> Cases() {
  using Limits64 = std::numeric_limits<int64_t>;
  constexpr int64_t kDay = 86'400'000'000;
  Int128 nines = 1;
  for (int i = 0; i < 38; ++i) {
    nines *= 10;
  }
  nines -= 1;
  return {
      {TypeOf(TypeId::kBoolean), {Value(true), Value(false)}},
      {TypeOf(TypeId::kSmallInt), {Int(-32768), Int(0), Int(32767)}},
      {TypeOf(TypeId::kInt), {Int(INT32_MIN), Int(-1), Int(INT32_MAX)}},
      {TypeOf(TypeId::kBigInt), {Int(Limits64::min()), Int(-1), Int(Limits64::max())}},
      {TypeOf(TypeId::kFloat),
       {Value(-0.5), Value(double{std::numeric_limits<float>::max()}),
        Value(double{std::numeric_limits<float>::denorm_min()})}},
      {TypeOf(TypeId::kDouble),
       {Value(-0.0), Value(0.1), Value(std::nan("")),
        Value(std::numeric_limits<double>::infinity()),
        Value(std::numeric_limits<double>::denorm_min())}},
      {TypeOf(TypeId::kText),
       {Value(""), Value("short"), Value("thirteen bytes"), Value("a\xE2\x82\xAC\xF0\x9F\x90\xAA"),
        Value(std::string(100'000, 'x'))}},
      {TypeOf(TypeId::kJson), {Value("{\"a\": [1, null]}"), Value("3")}},
      {TypeOf(TypeId::kFile), {Value("{\"id\":\"1\"}")}},
      {TypeOf(TypeId::kBytes), {Value(std::string("\0\xFF\x80", 3)), Value(std::string())}},
      {TypeOf(TypeId::kTimestamp),
       {Int(0), Int(-1), Int(1'777'902'000'123'456), Int(-62'135'596'800'000'000),
        Int(253'402'300'799'999'999)}},
      {TypeOf(TypeId::kDateTime), {Int(0), Int(-1), Int(1'777'902'000'123'456)}},
      {TypeOf(TypeId::kDate), {Int(0), Int(-719'162), Int(2'932'896)}},
      {TypeOf(TypeId::kTime), {Int(0), Int(kDay - 1)}},
      {TypeOf(TypeId::kUuid),
       {Value(std::string(16, '\0')), Value(std::string(16, '\xFF')),
        Value(std::string("\x01\x23\x45\x67\x89\xAB\xCD\xEF"
                          "\xFE\xDC\xBA\x98\x76\x54\x32\x10",
                          16))}},
      {Decimal(4, 2), {Value(Int128{-9999}), Value(Int128{-50}), Value(Int128{9999})}},
      {Decimal(9, 0), {Value(Int128{-999'999'999}), Value(Int128{1})}},
      {Decimal(18, 18), {Value(Int128{-999'999'999'999'999'999})}},
      {Decimal(38, 10), {Value(-nines), Value(Int128{0}), Value(nines)}},
      {{.id = TypeId::kEmbedding, .dimension = 3},
       {Value(Floats({0, 0, 0})), Value(Floats({0.1F, -2, 3e30F}))}},
  };
}

class DuckTypesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { engine_ = DuckEngine::Open({}).value().release(); }
  static void TearDownTestSuite() {
    delete engine_;
    engine_ = nullptr;
  }
  Result Run(const std::string& sql, std::vector<types::Parameter> parameters = {}) {
    return Drain(engine_->Query(ParseSelect(sql),
                                {.scope = scope_, .parameters = parameters, .cancel = nullptr}));
  }

  static DuckEngine* engine_;
  std::shared_ptr<FakeScope> scope_ = std::make_shared<FakeScope>();
};

DuckEngine* DuckTypesTest::engine_ = nullptr;

TEST_F(DuckTypesTest, EveryTypeComesBackAsItWasStored) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(types::SqlName(c.type));
    auto table =
        std::make_shared<MemoryTable>(MakeSchema({Col("id", TypeId::kInt), Col("v", c.type)}));
    for (size_t i = 0; i < c.values.size(); ++i) {
      table->Add({Int(static_cast<int64_t>(i)), c.values[i]}, i + 1);
    }
    table->Add({Int(99), Value::Null()}, 1000);
    scope_->Put("one", table);
    // Plain, through a sort (which takes the vectors apart), and through a dictionary.
    for (const char* sql : {"SELECT v FROM one", "SELECT v FROM one ORDER BY id",
                            "SELECT v FROM one WHERE id >= 0"}) {
      const Result result = Run(sql);
      ASSERT_TRUE(result.status.ok()) << result.status.ToString();
      EXPECT_EQ(result.columns[0].type, c.type);
      ASSERT_EQ(result.rows.size(), c.values.size() + 1);
      for (size_t i = 0; i < c.values.size(); ++i) {
        EXPECT_EQ(result.rows[i][0], c.values[i]) << sql << " row " << i;
      }
      EXPECT_TRUE(result.rows.back()[0].is_null());
    }
  }
}

TEST_F(DuckTypesTest, EveryTypeIsAParameter) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(types::SqlName(c.type));
    auto table =
        std::make_shared<MemoryTable>(MakeSchema({Col("id", TypeId::kInt), Col("v", c.type)}));
    table->Add({Int(1), c.values[0]}, 1);
    scope_->Put("one", table);
    const Result result =
        Run("SELECT id FROM one WHERE v = $1", {{.value = c.values[0], .type = c.type}});
    ASSERT_TRUE(result.status.ok()) << result.status.ToString();
    EXPECT_EQ(result.rows.size(), 1u);
  }
}

struct Shown {
  const char* sql;
  const char* type;
  const char* text;
};

class DuckResultTypesTest : public DuckTypesTest, public ::testing::WithParamInterface<Shown> {};

TEST_P(DuckResultTypesTest, HaveAPlaceInOurs) {
  const Result result = Run(std::string("SELECT ") + GetParam().sql);
  ASSERT_TRUE(result.status.ok()) << result.status.ToString();
  EXPECT_EQ(types::SqlName(result.columns[0].type), GetParam().type);
  EXPECT_EQ(result.Lines()[0], GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    All, DuckResultTypesTest,
    ::testing::Values(
        Shown{"NULL::text", "TEXT", "NULL"}, Shown{"(-5)::tinyint", "SMALLINT", "-5"},
        Shown{"200::utinyint", "SMALLINT", "200"}, Shown{"60000::usmallint", "INT", "60000"},
        Shown{"4000000000::uinteger", "BIGINT", "4000000000"},
        Shown{"18446744073709551615::ubigint", "HUGEINT", "18446744073709551615"},
        Shown{"170141183460469231731687303715884105727::hugeint", "HUGEINT",
              "170141183460469231731687303715884105727"},
        Shown{"340282366920938463463374607431768211455::uhugeint", "TEXT",
              "340282366920938463463374607431768211455"},
        Shown{"sum(x) FROM (VALUES (1), (2)) t(x)", "HUGEINT", "3"},
        Shown{"count(*)", "BIGINT", "1"}, Shown{"1.50", "DECIMAL(3,2)", "1.50"},
        Shown{"INTERVAL '1 month 2 days'", "TEXT", "1 month 2 days"},
        Shown{"[1, NULL, 3]", "JSON", "[1,null,3]"},
        Shown{"{'a': 1, 'b': ['x']}", "JSON", "{\"a\":1,\"b\":[\"x\"]}"},
        Shown{"MAP {'k': 1}", "JSON", "{\"k\":1}"}, Shown{"[1, 2]::int[2]", "JSON", "[1,2]"},
        Shown{"[1, 2]::float[2]", "EMBEDDING(2)", "[1.0,2.0]"},
        Shown{"'{\"a\":1}'::json", "JSON", "{\"a\":1}"},
        Shown{"'{\"a\":{\"b\":2}}'::json -> 'a'", "JSON", "{\"b\":2}"},
        Shown{"'{\"a\":\"x\"}'::json ->> 'a'", "TEXT", "x"}, Shown{"'101'::bit", "TEXT", "101"},
        Shown{"'2026-05-04 10:00:00'::timestamp_s", "TIMESTAMP", "2026-05-04 10:00:00"},
        Shown{"'2026-05-04 10:00:00.123'::timestamp_ms", "TIMESTAMP", "2026-05-04 10:00:00.123"},
        Shown{"'2026-05-04 10:00:00.123456789'::timestamp_ns", "TIMESTAMP",
              "2026-05-04 10:00:00.123456"},
        Shown{"'10:20:30+02'::timetz", "TEXT", "10:20:30+02"},
        Shown{"'10:20:30.5'::time", "TIME", "10:20:30.5"},
        Shown{"'a'::enum('a', 'b')", "TEXT", "a"},
        Shown{"gen_random_uuid() IS NOT NULL", "BOOLEAN", "true"},
        Shown{"'2026-05-04'::date + 1", "DATE", "2026-05-05"},
        Shown{"'2026-05-04 00:00:00'::timestamp - '2026-05-03 00:00:00'::timestamp", "TEXT",
              "1 day"}));

}  // namespace
}  // namespace kalamdb::sql
