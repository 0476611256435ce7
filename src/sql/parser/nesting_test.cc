// SPDX-License-Identifier: Apache-2.0
// Statements built to exhaust the stack, the memory or the time of a recursive parser. Each is
// parsed on a thread with the stack of a worker.
#include <functional>
#include <string>

#include <gtest/gtest.h>
#include <pthread.h>

#include "base/limits.h"
#include "sql/parser/parser.h"

namespace kalamdb::sql {
namespace {

constexpr size_t kWorkerStackBytes = 8u << 20;
constexpr size_t kBytes = limits::kSqlBytesMax - 64;  // Room for the beginning of the statement.

std::string Repeat(std::string_view part, size_t count) {
  std::string text;
  text.reserve(part.size() * count);
  for (size_t i = 0; i < count; ++i) {
    text += part;
  }
  return text;
}

// `part` as often as fits a request.
std::string Fill(std::string_view part) { return Repeat(part, kBytes / part.size()); }

void OnWorkerStack(std::function<void()> body) {
  pthread_attr_t attributes;
  ASSERT_EQ(pthread_attr_init(&attributes), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&attributes, kWorkerStackBytes), 0);
  pthread_t thread{};
  const auto run = [](void* argument) -> void* {
    (*static_cast<std::function<void()>*>(argument))();
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &attributes, run, &body), 0);
  ASSERT_EQ(pthread_join(thread, nullptr), 0);
  ASSERT_EQ(pthread_attr_destroy(&attributes), 0);
}

// Parses and, when that works, destroys the tree on the same stack.
void ExpectRefused(const std::string& text) {
  OnWorkerStack([&] {
    const auto parsed = Parse(text);
    ASSERT_FALSE(parsed.has_value()) << text.substr(0, 60);
    EXPECT_TRUE(parsed.error().code() == StatusCode::kInvalidSql) << parsed.error().ToString();
    EXPECT_LT(parsed.error().message().size(), 400u) << text.substr(0, 60);
  });
}

void ExpectParsed(const std::string& text) {
  OnWorkerStack([&] {
    const auto parsed = Parse(text);
    EXPECT_TRUE(parsed.has_value()) << text.substr(0, 60) << ": " << parsed.error().ToString();
  });
}

TEST(Nesting, TenThousandParentheses) {
  ExpectRefused("SELECT " + Repeat("(", 10'000) + "1" + Repeat(")", 10'000));
  ExpectRefused("SELECT " + Fill("("));
  ExpectRefused("INSERT INTO t VALUES " + Fill("("));
  ExpectRefused("CREATE TABLE t (a INT DEFAULT " + Repeat("(", 10'000) + "1" + Repeat(")", 10'000) +
                ")");
  ExpectRefused("EXECUTE AS USER a " + Repeat("(", 10'000));
}

TEST(Nesting, UpToTheLimitIsFine) {
  const size_t depth = limits::kNestingMax - 1;
  ExpectParsed("SELECT " + Repeat("(", depth) + "1" + Repeat(")", depth));
  ExpectParsed("SELECT " + Repeat("abs(", depth) + "1" + Repeat(")", depth));
  ExpectParsed("SELECT " + Repeat("[", depth) + "1" + Repeat("]", depth));
  ExpectRefused("SELECT " + Repeat("(", depth + 2) + "1" + Repeat(")", depth + 2));
}

TEST(Nesting, OtherBrackets) {
  ExpectRefused("SELECT " + Repeat("[", 5'000) + "1" + Repeat("]", 5'000));
  ExpectRefused("SELECT " + Repeat("{a:", 5'000) + "1" + Repeat("}", 5'000));
  ExpectRefused("SELECT " + Repeat("f(", 5'000) + "1" + Repeat(")", 5'000));
}

TEST(Nesting, PrefixOperators) {
  ExpectRefused("SELECT " + Repeat("NOT ", 100'000) + "a");
  ExpectRefused("SELECT " + Repeat("- ", 100'000) + "1");
  ExpectRefused("SELECT " + Repeat("+ ", 100'000) + "a");
  ExpectRefused("SELECT " + Repeat("~ ", 100'000) + "a");
  ExpectRefused("SELECT " + Fill("NOT "));
  ExpectRefused("SELECT * FROM t WHERE " + Fill("NOT ") + "a");
  ExpectRefused("CREATE TABLE t (a BOOLEAN DEFAULT " + Fill("NOT ") + "a)");
}

TEST(Nesting, LongChainsOfOperators) {
  for (const char* part : {" + 1",    " - 1",     " * 1",       " || 1",
                           " AND a",  " OR a",    " ->> 'a'",   " -> 'a'",
                           " #> 'a'", " ? 'a'",   "::int",      "[1]",
                           ".a",      " IS NULL", " COLLATE a", " AT TIME ZONE 'a'",
                           " = a",    " < a",     " LIKE a",    " BETWEEN a AND a",
                           " IN (1)", " NOT",     " @> a"}) {
    ExpectRefused("SELECT a" + Fill(part));
    ExpectRefused("DELETE FROM t WHERE a" + Fill(part));
  }
  ExpectRefused("SELECT (a)" + Fill(".a"));
  ExpectRefused("SELECT 1::int" + Fill("[]"));
  ExpectRefused("SELECT list_filter(a, " + Fill("b -> "));
}

TEST(Nesting, ChainsOfClauses) {
  for (const char* part : {", a", " NATURAL JOIN a", " JOIN a ON b", " CROSS JOIN a"}) {
    ExpectRefused("SELECT * FROM a" + Fill(part));
  }
  ExpectRefused("SELECT 1" + Fill(" UNION SELECT 1"));
  ExpectRefused("SELECT 1" + Fill(" EXCEPT ALL SELECT 1"));
  ExpectRefused("SELECT " + Repeat("(SELECT ", 5'000) + "1" + Repeat(")", 5'000));
  ExpectRefused("SELECT * FROM " + Repeat("(SELECT * FROM ", 5'000) + "a" + Repeat(")", 5'000));
  ExpectRefused("SELECT " + Repeat("EXISTS (SELECT ", 5'000) + "1" + Repeat(")", 5'000));
}

TEST(Nesting, Case) {
  ExpectRefused("SELECT " + Repeat("CASE WHEN ", 20'000) + "1" + Repeat(" THEN 1 END", 20'000));
  ExpectRefused("SELECT " + Repeat("CASE WHEN 1 THEN 1 ELSE ", 20'000) + "1" +
                Repeat(" END", 20'000));
  ExpectParsed("SELECT " + Repeat("CASE WHEN a THEN 1 ELSE ", 100) + "1" + Repeat(" END", 100));
}

// The engine's parser copies the operand of CASE for every WHEN.
TEST(Nesting, CaseOperandsDoNotMultiply) {
  const std::string whens = Repeat(" WHEN 1 THEN 1", 30);
  ExpectRefused("SELECT " + Repeat("CASE ", 20) + "a" + Repeat(whens + " END", 20));
  ExpectRefused("SELECT CASE " + Repeat("a + ", 500) + "a" + Fill(" WHEN 1 THEN 1") + " END");
  ExpectParsed("SELECT CASE a" + Repeat(" WHEN 1 THEN 1", 1'000) + " END");
  ExpectParsed("SELECT CASE CASE a WHEN 1 THEN 2 END WHEN 2 THEN 3 END");
}

// It copies the queries of a WITH clause for each of them, and again for each WITH around it.
TEST(Nesting, WithClausesDoNotMultiply) {
  for (const size_t depth : {12u, 30u, 450u}) {
    ExpectRefused(Repeat("WITH a AS (", depth) + "SELECT 1" + Repeat(") SELECT * FROM a", depth));
    ExpectRefused(Repeat("WITH a AS MATERIALIZED (", depth) + "SELECT 1" +
                  Repeat(") SELECT * FROM a", depth));
  }
  std::string flat = "WITH a0 AS (SELECT 1)";
  for (int i = 1; i < 5'000; ++i) {
    flat += ", a" + std::to_string(i) + " AS (SELECT * FROM a" + std::to_string(i - 1) + ")";
  }
  ExpectRefused(flat + " SELECT * FROM a4999");
  ExpectRefused("WITH a AS (VALUES (1)" + Fill(",(1)").substr(0, 900'000) + "), b AS (SELECT 1), " +
                "c AS (SELECT 1), d AS (SELECT 1) SELECT 1");
  ExpectParsed(
      "WITH a AS (WITH b AS (WITH c AS (SELECT 1) SELECT * FROM c) SELECT * FROM b) "
      "SELECT * FROM a");
  std::string reasonable = "WITH a0 AS (SELECT 1)";
  for (int i = 1; i < 50; ++i) {
    reasonable += ", a" + std::to_string(i) + " AS (SELECT * FROM a" + std::to_string(i - 1) + ")";
  }
  ExpectParsed(reasonable + " SELECT * FROM a49");
}

TEST(Nesting, MacrosThatRepeatTheirArguments) {
  ExpectRefused("SELECT " + Repeat("nullif(", 50) + "1" + Repeat(", 2)", 50));
  ExpectRefused("SELECT " + Repeat("split_part(", 20) + "'a'" + Repeat(", 'b', 1)", 20));
  ExpectParsed("SELECT nullif(nullif(a, 1), nullif(b, 2)) FROM t");
}

TEST(Nesting, LongFlatStatementsAreFine) {
  ExpectParsed("SELECT 1 IN (1" + Repeat(",1", 100'000) + ")");
  ExpectParsed("INSERT INTO t VALUES (1)" + Repeat(",(1)", 100'000));
  ExpectParsed("INSERT INTO t VALUES (1)" + Repeat(",(1 + 1)", 20'000));
  ExpectParsed("SELECT a" + Repeat(" AND a", 2'000));
  ExpectParsed("SELECT a" + Repeat(" OR a = 1", 2'000));
  ExpectParsed("SELECT 1" + Repeat(" + 1", 500));
  ExpectParsed("SELECT a" + Repeat(", a", 50'000) + " FROM t");
}

TEST(Nesting, TooMuchText) {
  ExpectRefused(std::string(limits::kSqlBytesMax + 1, ' '));
  ExpectRefused("SELECT '" + std::string(limits::kSqlBytesMax, 'x') + "'");
  ExpectParsed("SELECT '" + std::string(limits::kSqlBytesMax - 9, 'x') + "'");
  ExpectRefused(Repeat("COMMIT;", limits::kStatementsMax + 1));
  ExpectParsed(Repeat("COMMIT;", limits::kStatementsMax));
}

}  // namespace
}  // namespace kalamdb::sql
