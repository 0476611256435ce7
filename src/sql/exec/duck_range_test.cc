// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_range.h"

#include <random>
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
using types::Row;
using types::TypeId;
using types::TypeOf;
using types::Value;

Value Int(int64_t value) { return Value(value); }

class DuckRangeTest : public ::testing::Test {
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

  std::shared_ptr<MemoryTable> Table(std::vector<types::Column> columns,
                                     std::vector<uint32_t> key = {0}) {
    auto table = std::make_shared<MemoryTable>(MakeSchema(std::move(columns), std::move(key)));
    scope_->Put("t", table);
    return table;
  }

  // The range that `SELECT * FROM t WHERE <where>` asks the table for.
  std::string RangeOf(const MemoryTable& table, const std::string& where) {
    const size_t scans = table.scans();
    const Result result = Run("SELECT * FROM t WHERE " + where);
    EXPECT_TRUE(result.status.ok()) << where << ": " << result.status.ToString();
    if (table.scans() == scans) {
      return "no scan";
    }
    const std::string range = DescribeRange(table.schema(), table.last_range());
    return range.empty() ? "all" : range;
  }

  static DuckEngine* engine_;
  std::shared_ptr<FakeScope> scope_ = std::make_shared<FakeScope>();
};

DuckEngine* DuckRangeTest::engine_ = nullptr;

TEST_F(DuckRangeTest, ComparisonsOfTheKeyBoundTheScan) {
  const auto t = Table({Col("id", TypeId::kBigInt), Col("v", TypeId::kInt)});
  EXPECT_EQ(RangeOf(*t, "id = 5"), "id = 5");
  EXPECT_EQ(RangeOf(*t, "5 = id"), "id = 5");
  EXPECT_EQ(RangeOf(*t, "id > 5"), "id > 5");
  EXPECT_EQ(RangeOf(*t, "7 > id AND id >= 5"), "id >= 5, id < 7");
  EXPECT_EQ(RangeOf(*t, "id BETWEEN 5 AND 7 AND id > 5"), "id > 5, id <= 7");
  EXPECT_EQ(RangeOf(*t, "id IN (9, 5, 7)"), "id >= 5, id <= 9");
  EXPECT_EQ(RangeOf(*t, "id IN (5)"), "id = 5");
  EXPECT_EQ(RangeOf(*t, "id = 5 AND v = 3"), "id = 5");
  EXPECT_EQ(RangeOf(*t, "id = '5'"), "id = 5");
  EXPECT_EQ(RangeOf(*t, "id = 2 + 3"), "id = 5");
  EXPECT_EQ(RangeOf(*t, "id + 1 = 5"), "id = 4");
}

TEST_F(DuckRangeTest, WhatIsNoBoundLeavesTheScanWhole) {
  const auto t = Table({Col("id", TypeId::kBigInt), Col("v", TypeId::kInt)});
  for (const char* where :
       {"v = 5", "id <> 5", "id = v", "id = 5 OR v = 1", "id IS NOT NULL",
        "id::text = '5'", "id IN (1, v)", "NOT (id = 5)", "id::double > 4"}) {
    EXPECT_EQ(RangeOf(*t, where), "all") << where;
  }
}

TEST_F(DuckRangeTest, ConstantsOfOtherTypesAreTakenExactlyOrNotAtAll) {
  const auto t = Table({Col("id", TypeId::kSmallInt)});
  EXPECT_EQ(RangeOf(*t, "id = 5::bigint"), "id = 5");
  EXPECT_EQ(RangeOf(*t, "id >= 5.0"), "id >= 5");
  EXPECT_EQ(RangeOf(*t, "id > 4.5"), "all");
  EXPECT_EQ(RangeOf(*t, "id < 70000"), "all");
  const auto d = Table({Col("id", TypeId::kDate)});
  EXPECT_EQ(RangeOf(*d, "id >= '2026-05-04'"), "id >= 2026-05-04");
  EXPECT_EQ(RangeOf(*d, "id >= '2026-05-04'::timestamp"), "id >= 2026-05-04");
  EXPECT_EQ(RangeOf(*d, "id >= '2026-05-04 01:00:00'::timestamp"), "all");
  const auto s = Table({Col("id", TypeId::kTimestamp)});
  EXPECT_EQ(RangeOf(*s, "id >= '2026-05-04 10:00:00+02'::timestamptz"),
            "id >= 2026-05-04 08:00:00");
  EXPECT_EQ(RangeOf(*s, "id < now()"), "id < 2026-05-04 13:40:00.123456");
  const auto m =
      Table({Col("id", types::DataType{.id = TypeId::kDecimal, .precision = 6, .scale = 2})});
  EXPECT_EQ(RangeOf(*m, "id = 1.5"), "id = 1.50");
  const auto x = Table({Col("id", TypeId::kText)});
  EXPECT_EQ(RangeOf(*x, "id = 'it'"), "id = it");
  const auto u = Table({Col("id", TypeId::kUuid)});
  EXPECT_EQ(RangeOf(*u, "id = '01234567-89ab-cdef-fedc-ba9876543210'"),
            "id = 01234567-89ab-cdef-fedc-ba9876543210");
}

TEST_F(DuckRangeTest, LeadingColumnsOfACompositeKey) {
  const auto t =
      Table({Col("v", TypeId::kInt), Col("a", TypeId::kInt), Col("b", TypeId::kText)}, {1, 2});
  EXPECT_EQ(RangeOf(*t, "a = 1"), "a = 1");
  EXPECT_EQ(RangeOf(*t, "a = 1 AND b = 'x'"), "a = 1, b = x");
  EXPECT_EQ(RangeOf(*t, "a = 1 AND b > 'x'"), "(a, b) > (1, x), a <= 1");
  EXPECT_EQ(RangeOf(*t, "a > 1 AND b = 'x'"), "a > 1");
  EXPECT_EQ(RangeOf(*t, "b = 'x'"), "all");
}

TEST_F(DuckRangeTest, SequenceAndItsTime) {
  const auto t = Table({Col("id", TypeId::kBigInt)});
  EXPECT_EQ(RangeOf(*t, "_seq > 41 AND _seq <= 99"), "_seq >= 42, _seq < 100");
  EXPECT_EQ(RangeOf(*t, "_seq = 42"), "_seq >= 42, _seq < 43");
  EXPECT_EQ(RangeOf(*t, "_seq > -5"), "all");
  const auto first = [](int64_t millis) { return std::to_string(millis << kSeqTimeShift); };
  EXPECT_EQ(RangeOf(*t, "_updated >= '2024-01-01 00:00:01'"), "_seq >= " + first(1000));
  EXPECT_EQ(RangeOf(*t, "_updated > '2024-01-01 00:00:01'"), "_seq >= " + first(1001));
  EXPECT_EQ(RangeOf(*t, "_updated >= '2024-01-01 00:00:01.0005'"), "_seq >= " + first(1001));
  EXPECT_EQ(RangeOf(*t, "_updated < '2024-01-01 00:00:01'"), "_seq < " + first(1000));
  EXPECT_EQ(RangeOf(*t, "_updated <= '2024-01-01 00:00:01'"), "_seq < " + first(1001));
  EXPECT_EQ(RangeOf(*t, "_updated < '2024-01-01 00:00:01.0005'"), "_seq < " + first(1001));
  EXPECT_EQ(RangeOf(*t, "_updated >= '2020-01-01'"), "all");
}

TEST_F(DuckRangeTest, KeyJoinedWithAConstantIsBoundedToo) {
  const auto t = Table({Col("id", TypeId::kBigInt), Col("v", TypeId::kInt)});
  t->Add({Int(1), Int(10)}, 1);
  const Result result =
      Run("SELECT a.v FROM t a JOIN (VALUES (1)) x(id) ON a.id = x.id WHERE "
          "a.id = 1");
  EXPECT_THAT(result.Lines(), ::testing::ElementsAre("10"));
  EXPECT_EQ(DescribeRange(t->schema(), t->last_range()), "id = 1");
}

TEST_F(DuckRangeTest, BothZerosAreOneKey) {
  const auto t = Table({Col("id", TypeId::kDouble)});
  t->Add({Value(-0.0)}, 1);
  t->Add({Value(0.0)}, 2);
  EXPECT_EQ(Run("SELECT id FROM t WHERE id = 0").rows.size(), 2u);
  EXPECT_EQ(Run("SELECT id FROM t WHERE id >= 0.0::double").rows.size(), 2u);
  EXPECT_EQ(Run("SELECT id FROM t WHERE id > 0").rows.size(), 0u);
}

// The same random predicates over a table that uses its ranges and over rows that ignore them.
TEST_F(DuckRangeTest, RangesNeverChangeAnAnswer) {
  const uint32_t seed = 20260504;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto below = [&random](uint32_t bound) { return random() % bound; };
  const auto t =
      Table({Col("a", TypeId::kInt), Col("b", TypeId::kText), Col("c", TypeId::kInt)}, {0, 1});
  std::vector<Row> rows;
  for (int64_t a = 0; a < 10; ++a) {
    for (char b = 'a'; b < 'f'; ++b) {
      rows.push_back({Int(a), Value(std::string(1, b)), Int(a % 3)});
      t->Add(rows.back(), static_cast<uint64_t>(rows.size()));
    }
  }
  scope_->Put("plain", std::make_shared<table::RowsRelation>(t->schema(), rows));
  const char* operators[] = {"=", "<", "<=", ">", ">=", "<>"};
  const auto term = [&] {
    const std::string op = operators[below(6)];
    switch (below(6)) {
      case 0:
        return "a " + op + " " + std::to_string(below(11));
      case 1:
        return "a " + op + " " + std::to_string(below(110)) + " / 10.0";
      case 2:
        return "b " + op + " '" + std::string(1, static_cast<char>('a' + below(6))) + "'";
      case 3:
        return "c " + op + " " + std::to_string(below(3));
      case 4:
        return "a IN (" + std::to_string(below(10)) + ", " + std::to_string(below(10)) + ")";
      default:
        return "a BETWEEN " + std::to_string(below(10)) + " AND " + std::to_string(below(12));
    }
  };
  for (int i = 0; i < 200; ++i) {
    std::string where = term();
    for (uint64_t more = below(4); more > 0; --more) {
      where += (below(4) == 0 ? " OR " : " AND ") + term();
    }
    const Result with = Run("SELECT a, b, c FROM t WHERE " + where + " ORDER BY a, b");
    const Result without = Run("SELECT a, b, c FROM plain WHERE " + where + " ORDER BY a, b");
    ASSERT_TRUE(with.status.ok()) << where << ": " << with.status.ToString();
    ASSERT_EQ(with.Lines(), without.Lines()) << where;
  }
}

}  // namespace
}  // namespace kalamdb::sql
