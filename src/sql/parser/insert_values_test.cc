// SPDX-License-Identifier: Apache-2.0
// The fast path of INSERT ... VALUES says the same as the engine's parser.
#include "sql/parser/insert_values.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sql/parser/lexer.h"

namespace kalamdb::sql {
namespace {

struct BothWays {
  std::optional<Statement> fast;
  StatusOr<Statement> engine;
};

BothWays ParseBothWays(const std::string& sql) {
  const auto lexed = Lex(sql);
  EXPECT_TRUE(lexed.has_value()) << sql;
  const LexedStatement& only = lexed->statements[0];
  const TokenRange range{
      .text = sql, .tokens = lexed->Tokens(only), .needs_rewriting = only.needs_rewriting};
  return {.fast = ParseInsertValues(range), .engine = ParseWithEngine(range)};
}

void ExpectSameCell(const Cell& fast, const Cell& engine, const std::string& sql) {
  ASSERT_EQ(fast.index(), engine.index()) << sql;
  if (!std::holds_alternative<Operand>(fast)) {
    return;
  }
  const Operand& a = std::get<Operand>(fast);
  const Operand& b = std::get<Operand>(engine);
  EXPECT_EQ(a.parameter, b.parameter) << sql;
  EXPECT_EQ(a.literal.type, b.literal.type) << sql;
  EXPECT_EQ(a.literal.value, b.literal.value) << sql;
}

void ExpectSame(const std::string& sql) {
  const BothWays both = ParseBothWays(sql);
  ASSERT_TRUE(both.fast.has_value()) << sql;
  ASSERT_TRUE(both.engine.has_value()) << sql << ": " << both.engine.error().ToString();
  EXPECT_EQ(both.fast->text, both.engine->text);
  EXPECT_EQ(both.fast->parameter_count, both.engine->parameter_count) << sql;
  const auto& fast = std::get<InsertStatement>(both.fast->body);
  const auto& engine = std::get<InsertStatement>(both.engine->body);
  EXPECT_EQ(fast.table.namespace_id, engine.table.namespace_id) << sql;
  EXPECT_EQ(fast.table.name, engine.table.name) << sql;
  EXPECT_EQ(fast.columns, engine.columns) << sql;
  ASSERT_EQ(fast.rows.size(), engine.rows.size()) << sql;
  for (size_t row = 0; row < fast.rows.size(); ++row) {
    ASSERT_EQ(fast.rows[row].size(), engine.rows[row].size()) << sql;
    for (size_t cell = 0; cell < fast.rows[row].size(); ++cell) {
      ExpectSameCell(fast.rows[row][cell], engine.rows[row][cell], sql);
    }
  }
}

TEST(InsertValues, SameLiterals) {
  for (const char* literal : {"0",
                              "1",
                              "-1",
                              "- 1",
                              "007",
                              "2147483647",
                              "2147483648",
                              "-2147483647",
                              "-2147483648",
                              "-2147483649",
                              "9223372036854775807",
                              "-9223372036854775807",
                              "1.5",
                              "-1.5",
                              "0.5",
                              "00.50",
                              "123456789.123456789",
                              "1.0000000000000000000000000000000000000",
                              "0.1",
                              "1e3",
                              "1E3",
                              "-1e3",
                              "1.5e-7",
                              "1e+5",
                              "3.14159e0",
                              "1e308",
                              "2.2250738585072014e-308",
                              "0.1e1",
                              "'x'",
                              "''",
                              "'it''s'",
                              "'a\\n'",
                              "E'a\\n\\'b'",
                              "$$it's$$",
                              "$q$x$q$",
                              "'\xC3\xA9'",
                              "NULL",
                              "null",
                              "TRUE",
                              "false",
                              "True",
                              "DEFAULT",
                              "default",
                              "$1",
                              "$50",
                              "?"}) {
    ExpectSame("INSERT INTO t VALUES (" + std::string(literal) + ")");
    ExpectSame("INSERT INTO t (a, b) VALUES (1, " + std::string(literal) + "), (2, 3)");
  }
}

TEST(InsertValues, SameHeads) {
  for (const char* head :
       {"INSERT INTO t", "insert into T", "INSERT INTO ns.t", "INSERT INTO \"Ns\".\"T\"",
        "INSERT INTO default.t", "INSERT INTO t (a)", "INSERT INTO t (A)", "INSERT INTO t (\"A\")",
        "INSERT INTO t (at)", "INSERT INTO t (by)", "INSERT INTO t (`User`)", "INSERT INTO user",
        "INSERT INTO t /* c */ (a)"}) {
    ExpectSame(std::string(head) + " VALUES (1)");
  }
  ExpectSame("INSERT INTO t (a, b, c) VALUES (?, ?, ?), (?, 1, ?)");
  ExpectSame("INSERT INTO t VALUES (1, 2),(3, 4) , (5, 6)");
}

// Everything else is left to the engine's parser, errors too.
TEST(InsertValues, LeavesTheRest) {
  for (const char* sql : {"INSERT INTO t VALUES (1 + 1)",
                          "INSERT INTO t VALUES (now())",
                          "INSERT INTO t VALUES (1) RETURNING *",
                          "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
                          "INSERT INTO t SELECT 1",
                          "INSERT INTO t DEFAULT VALUES",
                          "INSERT INTO t VALUES (1), (2, 3)",
                          "INSERT INTO t VALUES ()",
                          "INSERT INTO t VALUES (1",
                          "INSERT INTO t VALUES (1),",
                          "INSERT INTO t VALUES 1",
                          "INSERT INTO t",
                          "INSERT t VALUES (1)",
                          "INSERT INTO t () VALUES (1)",
                          "INSERT INTO t (a,) VALUES (1)",
                          "INSERT INTO t (select) VALUES (1)",
                          "INSERT INTO a.b.t VALUES (1)",
                          "INSERT INTO \"x.csv\" VALUES (1)",
                          "INSERT INTO _t VALUES (1)",
                          "INSERT INTO t VALUES (--1\n)",
                          "INSERT INTO t VALUES (x'00')",
                          "INSERT INTO t VALUES (0x1F)",
                          "INSERT INTO t VALUES (1_000)",
                          "INSERT INTO t VALUES (1.)",
                          "INSERT INTO t VALUES (.5)",
                          "INSERT INTO t VALUES (9223372036854775808)",
                          "INSERT INTO t VALUES (1e999)",
                          "INSERT INTO t VALUES ('a' 'b')",
                          "INSERT INTO t VALUES ('a'\n'b')",
                          "INSERT INTO t VALUES ($51)",
                          "INSERT INTO t VALUES ($a)",
                          "INSERT INTO t VALUES ($1, ?)",
                          "INSERT INTO t VALUES (DATE '2026-05-04')",
                          "INSERT INTO t VALUES (+1)",
                          "INSERT INTO t VALUES (abc)",
                          "INSERT INTO t VALUES ((1))",
                          "INSERT INTO t AS x VALUES (1)",
                          "INSERT INTO t VALUES (- -1)",
                          "INSERT INTO t VALUES (1e)",
                          "INSERT INTO t VALUES (1abc)"}) {
    EXPECT_FALSE(ParseBothWays(sql).fast.has_value()) << sql;
  }
}

}  // namespace
}  // namespace kalamdb::sql
