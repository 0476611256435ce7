// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/exec/duck_fixture.h"

namespace kalamdb::sql {
namespace {

using testing::Drain;
using testing::ParseSelect;
using testing::Result;

class DuckBoundsTest : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() { engine_ = DuckEngine::Open({}).value().release(); }
  static void TearDownTestSuite() {
    delete engine_;
    engine_ = nullptr;
  }
  static Result Run(const std::string& sql) {
    return Drain(engine_->Query(
        ParseSelect(sql),
        {.scope = std::make_shared<testing::FakeScope>(), .parameters = {}, .cancel = nullptr}));
  }
  static DuckEngine* engine_;
};

DuckEngine* DuckBoundsTest::engine_ = nullptr;

TEST_P(DuckBoundsTest, MuchOutOfLittleIsRefused) {
  const Result result = Run(GetParam());
  EXPECT_EQ(result.status.code(), StatusCode::kResourceExhausted) << result.status.ToString();
}

INSTANTIATE_TEST_SUITE_P(
    All, DuckBoundsTest,
    ::testing::Values(
        "SELECT length(repeat('x', 2000000000))", "SELECT repeat([1, 2], 1000000000)",
        "SELECT length(repeat('x', range + 1000000)) FROM range(2000)",
        "SELECT lpad('x', 2000000000, 'y')", "SELECT rpad('x', 2000000000, 'y')",
        "SELECT replace(repeat('a', 1000000), 'a', repeat('b', 1000000))",
        "SELECT len(range(1000000000))", "SELECT len(range(0, 9000000000000000000, 3))",
        "SELECT len(generate_series(1000000000, 0, -1))",
        "SELECT len(range(timestamp '1970-01-01', timestamp '2026-01-01', "
        "interval '1 microsecond'))",
        "SELECT list_resize([1], 1000000000)", "SELECT bitstring('1', 2000000000)",
        "SELECT printf('%2000000000d', 1)", "SELECT printf('%*d', 2000000000, 1)",
        "SELECT format('{:>2000000000}', 1)", "SELECT format('{:{}}', 1, 2000000000)",
        "SELECT length(s || s) FROM (SELECT repeat('x', 60000000 + range) AS s FROM range(1))",
        "SELECT length(concat(s, s)) FROM (SELECT repeat('x', 60000000 + range) s FROM range(1))",
        "SELECT length(string_agg(repeat('x', 1000000 + range % 2), '')) FROM range(2000)"));

TEST_F(DuckBoundsTest, OrdinaryUseIsNot) {
  const Result result = Run(
      "SELECT length(repeat('ab', 1000)), lpad('x', 3, '-'), replace('abab', 'b', 'cc'), "
      "len(range(10)), range(3, 0, -1), 'a' || 'b' || NULL, concat('a', 1, NULL, 'b'), "
      "concat_ws(',', 'a', 'b'), [1] || [2], printf('%05d', 42), format('{} {:.2f}', 'a', 1.5), "
      "bitstring('101', 5), list_resize([1], 2, 0), repeat('x', -1), "
      "len(generate_series(timestamp '2026-01-01', timestamp '2026-01-02', interval '1 hour'))");
  ASSERT_TRUE(result.status.ok()) << result.status.ToString();
  EXPECT_THAT(result.Lines(),
              ::testing::ElementsAre("2000|--x|accacc|10|[3,2,1]|NULL|a1b|a,b|[1,2]|00042|a 1.50|"
                                     "00101|[1,0]||25"));
}

}  // namespace
}  // namespace kalamdb::sql
