// SPDX-License-Identifier: Apache-2.0
// The fast path of plain statements says the same as the engine's parser.
#include "sql/parser/plain_statement.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sql/parser/duck_node.h"
#include "sql/parser/lexer.h"

namespace kalamdb::sql {
namespace {

struct BothWays {
  std::optional<Statement> plain;
  StatusOr<Statement> engine;
};

BothWays ParseBothWays(const std::string& sql) {
  const auto lexed = Lex(sql);
  EXPECT_TRUE(lexed.has_value()) << sql;
  const LexedStatement& only = lexed->statements[0];
  const TokenRange range{
      .text = sql, .tokens = lexed->Tokens(only), .needs_rewriting = only.needs_rewriting};
  return {.plain = ParsePlainStatement(range), .engine = ParseWithEngine(range)};
}

bool Same(const Operand& a, const Operand& b) {
  return a.parameter == b.parameter && a.literal.type == b.literal.type &&
         a.literal.value == b.literal.value;
}

bool Same(const std::optional<Operand>& a, const std::optional<Operand>& b) {
  return a.has_value() == b.has_value() && (!a.has_value() || Same(*a, *b));
}

bool Same(const TableName& a, const TableName& b) {
  return a.namespace_id == b.namespace_id && a.name == b.name;
}

bool Same(const Predicate& a, const Predicate& b) {
  return a.column == b.column && a.op == b.op &&
         std::equal(a.operands.begin(), a.operands.end(), b.operands.begin(), b.operands.end(),
                    [](const Operand& x, const Operand& y) { return Same(x, y); });
}

bool Same(const std::vector<Predicate>& a, const std::vector<Predicate>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Predicate& x, const Predicate& y) { return Same(x, y); });
}

bool Same(const SelectItem& a, const SelectItem& b) {
  return a.is_star == b.is_star && a.column == b.column && a.output_name == b.output_name;
}

void ExpectSame(const SelectStatement& plain, const SelectStatement& engine,
                const std::string& sql) {
  ASSERT_TRUE(plain.direct.has_value() && engine.direct.has_value()) << sql;
  const DirectSelect& a = *plain.direct;
  const DirectSelect& b = *engine.direct;
  EXPECT_TRUE(Same(a.table, b.table)) << sql;
  EXPECT_TRUE(std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(),
                         [](const SelectItem& x, const SelectItem& y) { return Same(x, y); }))
      << sql;
  EXPECT_TRUE(Same(a.where, b.where)) << sql;
  EXPECT_TRUE(std::equal(a.order.begin(), a.order.end(), b.order.begin(), b.order.end(),
                         [](const OrderItem& x, const OrderItem& y) {
                           return x.column == y.column && x.is_descending == y.is_descending;
                         }))
      << sql;
  EXPECT_TRUE(Same(a.limit, b.limit) && Same(a.offset, b.offset)) << sql;
  ASSERT_EQ(plain.tables.size(), engine.tables.size()) << sql;
  EXPECT_TRUE(Same(plain.tables[0], engine.tables[0])) << sql;
  EXPECT_TRUE(plain.node->is_query());
  EXPECT_EQ(plain.node->query().ToString(), engine.node->query().ToString());
}

void ExpectSame(const std::optional<Where>& plain, const std::optional<Where>& engine,
                const std::string& sql) {
  ASSERT_TRUE(plain.has_value() && engine.has_value()) << sql;
  ASSERT_TRUE(plain->conjuncts.has_value() && engine->conjuncts.has_value()) << sql;
  EXPECT_TRUE(Same(*plain->conjuncts, *engine->conjuncts)) << sql;
  EXPECT_TRUE(plain->node->is_expression());
  EXPECT_EQ(plain->node->expression().ToString(), engine->node->expression().ToString());
}

void ExpectSame(const UpdateStatement& plain, const UpdateStatement& engine,
                const std::string& sql) {
  EXPECT_TRUE(Same(plain.table, engine.table)) << sql;
  EXPECT_EQ(plain.alias, engine.alias) << sql;
  ASSERT_EQ(plain.assignments.size(), engine.assignments.size()) << sql;
  for (size_t i = 0; i < plain.assignments.size(); ++i) {
    const Assignment& a = plain.assignments[i];
    const Assignment& b = engine.assignments[i];
    EXPECT_EQ(a.column, b.column) << sql;
    ASSERT_EQ(a.value.index(), b.value.index()) << sql;
    if (const auto* operand = std::get_if<Operand>(&a.value)) {
      EXPECT_TRUE(Same(*operand, std::get<Operand>(b.value))) << sql;
    }
  }
  ExpectSame(plain.where, engine.where, sql);
  EXPECT_TRUE(engine.tables_read.empty() && !engine.returning && !engine.from) << sql;
}

void ExpectSame(const std::string& sql) {
  const BothWays both = ParseBothWays(sql);
  ASSERT_TRUE(both.plain.has_value()) << sql;
  ASSERT_TRUE(both.engine.has_value()) << sql << ": " << both.engine.error().ToString();
  EXPECT_EQ(both.plain->text, both.engine->text);
  EXPECT_EQ(both.plain->parameter_count, both.engine->parameter_count) << sql;
  ASSERT_EQ(both.plain->body.index(), both.engine->body.index()) << sql;
  if (const auto* select = std::get_if<SelectStatement>(&both.plain->body)) {
    ExpectSame(*select, std::get<SelectStatement>(both.engine->body), sql);
  } else if (const auto* update = std::get_if<UpdateStatement>(&both.plain->body)) {
    ExpectSame(*update, std::get<UpdateStatement>(both.engine->body), sql);
  } else {
    const auto& plain = std::get<DeleteStatement>(both.plain->body);
    const auto& engine = std::get<DeleteStatement>(both.engine->body);
    EXPECT_TRUE(Same(plain.table, engine.table)) << sql;
    EXPECT_EQ(plain.alias, engine.alias) << sql;
    ExpectSame(plain.where, engine.where, sql);
    EXPECT_TRUE(engine.tables_read.empty() && !engine.returning && !engine.using_clause) << sql;
  }
}

TEST(PlainStatement, SameAsTheEnginesParser) {
  for (const char* sql :
       {"SELECT * FROM t",
        "select * from Ns.T",
        "SELECT * FROM default.t WHERE id = 1",
        "SELECT a, B, \"C\" FROM t WHERE a = 1",
        "SELECT t.a, t.b FROM t WHERE t.c <> 'x'",
        "SELECT x.a AS \"A\", b AS c FROM ns.t AS x WHERE x.a >= -5 AND b <= 1.50",
        "SELECT a FROM t x WHERE x.a != 1e3 AND b < $2 AND c > $1",
        "SELECT *, a FROM t WHERE a IN (1, 'x', $1) AND b BETWEEN 1 AND 5 AND c = TRUE",
        "SELECT a FROM t WHERE a IS NULL AND b IS NOT NULL",
        "SELECT a FROM t ORDER BY a",
        "SELECT a FROM t ORDER BY a ASC, b DESC, t.c LIMIT 10",
        "SELECT a AS b FROM t ORDER BY a",
        "SELECT a AS b FROM t ORDER BY t.b",
        "SELECT a AS a FROM t ORDER BY A LIMIT $1 OFFSET $2",
        "SELECT a FROM t OFFSET 5",
        "SELECT a FROM t WHERE b = ? AND c = ? LIMIT ? OFFSET ?",
        "SELECT a FROM t WHERE b = E'x\\'y' AND c = $$z$$ /* c */",
        "SELECT `a` FROM `t` WHERE `b` = 1",
        "SELECT a FROM t WHERE _seq > 5 AND _deleted = false",
        "SELECT a FROM t WHERE a = 9223372036854775807",
        "SELECT Ünï FROM t WHERE Ünï = 'ü'",
        "UPDATE t SET a = 1 WHERE id = 2",
        "UPDATE Ns.T SET A = 'x', b = NULL, c = DEFAULT WHERE id = $1",
        "UPDATE t x SET a = -1.5 WHERE x.id = 2 AND b IN (1)",
        "UPDATE t AS x SET a = ? WHERE b = ?",
        "UPDATE t SET user = 'x' WHERE at = 1 AND by IS NULL",
        "DELETE FROM t WHERE id = 1",
        "DELETE FROM ns.t AS x WHERE x.id IN (1, 2) AND b > 'c'",
        "DELETE FROM t x WHERE a BETWEEN $1 AND $2"}) {
    ExpectSame(sql);
  }
}

// Any keyword that is taken as a name means the same to both.
TEST(PlainStatement, SameForEveryKeyword) {
  constexpr std::string_view kWords[] = {
#define KALAMDB_SQL_WORD(id, text, kind) text,
      KALAMDB_SQL_KEYWORDS(KALAMDB_SQL_WORD)
#undef KALAMDB_SQL_WORD
  };
  constexpr std::string_view kPatterns[] = {
      "SELECT @ FROM t",
      "SELECT a, @, b FROM t WHERE a = 1",
      "SELECT t.@ FROM t",
      "SELECT a AS @ FROM t",
      "SELECT a FROM t WHERE @ = 1",
      "SELECT a FROM t WHERE a = 1 AND @ IN (1, 2)",
      "SELECT a FROM t WHERE @ BETWEEN 1 AND 2 AND @ IS NULL",
      "SELECT a FROM t WHERE a = @",
      "SELECT a FROM t ORDER BY @ DESC, a",
      "SELECT a FROM t LIMIT @",
      "SELECT @.a FROM t AS @",
      "SELECT a FROM t @ WHERE a = 1",
      "SELECT a FROM @ WHERE a = 1",
      "SELECT a FROM @.t",
      "SELECT a FROM ns.@",
      "SELECT a FROM t WHERE a = 1 @",
      "UPDATE t SET @ = 1 WHERE a = 2",
      "UPDATE t SET a = @ WHERE @ = 2",
      "UPDATE @ SET a = 1 WHERE a = 2",
      "DELETE FROM t WHERE @ = 1",
      "DELETE FROM @ WHERE a = 1",
  };
  size_t compared = 0;
  for (const std::string_view word : kWords) {
    for (const std::string_view pattern : kPatterns) {
      std::string sql;
      for (const char c : pattern) {
        sql += c == '@' ? std::string(word) : std::string(1, c);
      }
      const auto lexed = Lex(sql);
      ASSERT_TRUE(lexed.has_value());
      const LexedStatement& only = lexed->statements[0];
      const TokenRange range{
          .text = sql, .tokens = lexed->Tokens(only), .needs_rewriting = only.needs_rewriting};
      if (ParsePlainStatement(range).has_value()) {
        ++compared;
        ExpectSame(sql);
      }
    }
  }
  EXPECT_GT(compared, 3'000u);
}

TEST(PlainStatement, LeavesTheRest) {
  for (const char* sql : {"SELECT 1",
                          "SELECT a b FROM t",
                          "SELECT a + 1 FROM t",
                          "SELECT count(*) FROM t",
                          "SELECT DISTINCT a FROM t",
                          "SELECT t.* FROM t",
                          "SELECT u.a FROM t",
                          "SELECT t.a FROM t x",
                          "SELECT a FROM t, u",
                          "SELECT a FROM t JOIN u ON true",
                          "SELECT a FROM a.b.c",
                          "SELECT a FROM (SELECT 1)",
                          "SELECT a FROM t WHERE a = b",
                          "SELECT a FROM t WHERE a = NULL",
                          "SELECT a FROM t WHERE a = 1 OR b = 2",
                          "SELECT a FROM t WHERE NOT a = 1",
                          "SELECT a FROM t WHERE 1 = a",
                          "SELECT a FROM t WHERE (a = 1)",
                          "SELECT a FROM t WHERE true",
                          "SELECT a FROM t WHERE a = 1 + 1",
                          "SELECT a FROM t WHERE a = 'x'::text",
                          "SELECT a FROM t WHERE a = 'x' 'y'",
                          "SELECT a FROM t WHERE a LIKE 'x'",
                          "SELECT a FROM t WHERE a = -$1",
                          "SELECT a FROM t WHERE a IN (SELECT 1)",
                          "SELECT a FROM t WHERE a NOT IN (1)",
                          "SELECT a FROM t WHERE a->>'b' = 'x'",
                          "SELECT a FROM t WHERE a = $1 AND b = ?",
                          "SELECT a FROM t ORDER BY 1",
                          "SELECT a AS b FROM t ORDER BY b",
                          "SELECT a FROM t ORDER BY a NULLS FIRST",
                          "SELECT a FROM t LIMIT -1",
                          "SELECT a FROM t LIMIT 1.5",
                          "SELECT a FROM t LIMIT NULL",
                          "SELECT a FROM t LIMIT ALL",
                          "SELECT a FROM t OFFSET 1 LIMIT 2",
                          "SELECT a FROM t FOR UPDATE",
                          "SELECT a FROM t UNION SELECT 1",
                          "SELECT a FROM t GROUP BY a",
                          "SELECT current_user FROM t",
                          "SELECT a FROM t WHERE current_user = 'x'",
                          "SELECT a FROM 'x.csv'",
                          "SELECT a FROM \"x.csv\"",
                          "SELECT a FROM t x(b)",
                          "SELECT a, FROM t",
                          "SELECT FROM t",
                          "SELECT a FROM t WHERE",
                          "SELECT a FROM t WHERE a =",
                          "SELECT a FROM t ORDER a",
                          "UPDATE t SET a = a + 1 WHERE id = 1",
                          "UPDATE t SET a = 1",
                          "UPDATE t SET t.a = 1 WHERE a = 1",
                          "UPDATE t SET a = 1 WHERE a = 1 RETURNING a",
                          "UPDATE t SET a = 1 FROM u WHERE t.a = 1",
                          "UPDATE t SET (a) = (1) WHERE a = 1",
                          "DELETE FROM t",
                          "DELETE FROM t WHERE a = 1 RETURNING *",
                          "DELETE FROM t USING u WHERE t.a = 1",
                          "INSERT INTO t VALUES (1)",
                          "EXPLAIN SELECT a FROM t"}) {
    EXPECT_FALSE(ParseBothWays(sql).plain.has_value()) << sql;
  }
}

}  // namespace
}  // namespace kalamdb::sql
