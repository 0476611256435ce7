// SPDX-License-Identifier: Apache-2.0
// Queries and DML: what the trees of statement.h say.
#include "sql/parser/parser.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/parser/duck_node.h"
#include "sql/parser/parse_testing.h"

namespace kalamdb::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using types::TypeId;
using types::Value;

std::string Text(const Operand& operand) {
  if (operand.parameter.has_value()) {
    return "$" + std::to_string(*operand.parameter + 1);
  }
  const types::Parameter& literal = operand.literal;
  if (literal.value.is_null()) {
    return "NULL";
  }
  return types::SqlName(literal.type) + ":" +
         (literal.value.is_bool()     ? std::string(literal.value.AsBool() ? "true" : "false")
          : literal.value.is_int()    ? std::to_string(literal.value.AsInt())
          : literal.value.is_double() ? std::to_string(literal.value.AsDouble())
          : literal.value.is_int128()
              ? std::to_string(static_cast<int64_t>(literal.value.AsInt128()))
              : literal.value.AsString());
}

std::string Text(const Predicate& predicate) {
  constexpr const char* kOps[] = {"=", "<>", "<", "<=", ">", ">=", "IN", "IS NULL", "IS NOT NULL"};
  std::string text = predicate.column + " " + kOps[static_cast<size_t>(predicate.op)];
  for (const Operand& operand : predicate.operands) {
    text += " " + Text(operand);
  }
  return text;
}

std::string Text(const std::vector<Predicate>& predicates) {
  std::string text;
  for (const Predicate& predicate : predicates) {
    text += (text.empty() ? "" : " & ") + Text(predicate);
  }
  return text;
}

std::string Text(const Cell& cell) {
  if (std::holds_alternative<DefaultMarker>(cell)) {
    return "DEFAULT";
  }
  if (const auto* node = std::get_if<DuckNodePtr>(&cell)) {
    return "{" + (*node)->expression().ToString() + "}";
  }
  return Text(std::get<Operand>(cell));
}

std::string Text(const std::vector<Assignment>& assignments) {
  std::string text;
  for (const Assignment& assignment : assignments) {
    text += (text.empty() ? "" : ", ") + assignment.column + "=" + Text(assignment.value);
  }
  return text;
}

// The WHERE of a direct SELECT, or "not direct".
std::string Direct(const std::string& where) {
  const auto select = ParseAs<SelectStatement>("SELECT * FROM t WHERE " + where);
  return select.direct.has_value() ? Text(select.direct->where) : "not direct";
}

TEST(DirectSelect, Predicates) {
  EXPECT_EQ(Direct("id = 1"), "id = INT:1");
  EXPECT_EQ(Direct("1 = id"), "id = INT:1");
  EXPECT_EQ(Direct("1 < id AND id >= 5"), "id > INT:1 & id >= INT:5");
  EXPECT_EQ(Direct("$1 >= id AND name <> $2"), "id <= $1 & name <> $2");
  EXPECT_EQ(Direct("id IN (1, $1, 3)"), "id IN INT:1 $1 INT:3");
  EXPECT_EQ(Direct("id BETWEEN 1 AND $1"), "id >= INT:1 & id <= $1");
  EXPECT_EQ(Direct("a IS NULL AND b IS NOT NULL"), "a IS NULL & b IS NOT NULL");
  EXPECT_EQ(Direct("NOT a = 1"), "a <> INT:1");
  EXPECT_EQ(Direct("(a = 1 AND (b = 2 AND c = 3))"), "a = INT:1 & b = INT:2 & c = INT:3");
  EXPECT_EQ(Direct("t.id = 1 AND \"Name\" = 'x'"), "id = INT:1 & Name = TEXT:x");
  EXPECT_EQ(Direct("_seq > 5 AND _deleted = true AND _updated < '2026-05-04'"),
            "_seq > INT:5 & _deleted = BOOLEAN:true & _updated < TEXT:2026-05-04");
  EXPECT_EQ(Direct("true"), "");
  EXPECT_EQ(Direct("a = 1 AND TRUE"), "a = INT:1");
  for (const char* complex : {"a = 1 OR b = 2",
                              "a = b",
                              "a + 1 = 2",
                              "lower(a) = 'x'",
                              "a LIKE 'x%'",
                              "a",
                              "NOT a",
                              "a = NULL",
                              "a IN (1, NULL)",
                              "a NOT IN (1)",
                              "a IN (SELECT 1)",
                              "false",
                              "NULL",
                              "1 = 1",
                              "u.a = 1",
                              "a IS DISTINCT FROM 1",
                              "a = ANY ([1])",
                              "a NOT BETWEEN 1 AND 2",
                              "a::text = 'x'",
                              "doc->>'a' = 'x'",
                              "a = now()",
                              "a = (SELECT 1)",
                              "a = 1 AND b LIKE 'x'",
                              "a IS TRUE"}) {
    EXPECT_EQ(Direct(complex), "not direct") << complex;
  }
}

TEST(DirectSelect, Literals) {
  EXPECT_EQ(Direct("a = 2147483647"), "a = INT:2147483647");
  EXPECT_EQ(Direct("a = 2147483648"), "a = BIGINT:2147483648");
  EXPECT_EQ(Direct("a = -5"), "a = INT:-5");
  EXPECT_EQ(Direct("a = - 5"), "a = INT:-5");
  EXPECT_EQ(Direct("a = -(5)"), "a = INT:-5");
  EXPECT_EQ(Direct("a = 9223372036854775807"), "a = BIGINT:9223372036854775807");
  EXPECT_EQ(Direct("a = 9223372036854775808").substr(0, 11), "a = HUGEINT");
  EXPECT_EQ(Direct("a = 1.50"), "a = DECIMAL(3,2):150");
  EXPECT_EQ(Direct("a = -1.50"), "a = DECIMAL(3,2):-150");
  EXPECT_EQ(Direct("a = 1e3"), "a = DOUBLE:1000.000000");
  EXPECT_EQ(Direct("a = 'it''s'"), "a = TEXT:it's");
  EXPECT_EQ(Direct("a = false"), "a = BOOLEAN:false");
  EXPECT_EQ(Direct("a = DATE '1970-01-02'"), "a = DATE:1");
  EXPECT_EQ(Direct("a = '1970-01-02'::date"), "a = DATE:1");
  EXPECT_EQ(Direct("a = TIMESTAMP '1970-01-01 00:00:01'"), "a = TIMESTAMP:1000000");
  EXPECT_EQ(Direct("a = TIME '00:00:01'"), "a = TIME:1000000");
  EXPECT_EQ(Direct("a = '00000000-0000-0000-0000-000000000001'::uuid").substr(0, 9), "a = UUID:");
  EXPECT_EQ(Direct("a = DATE 'yesterday'"), "not direct");
  EXPECT_EQ(Direct("a = INTERVAL 1 DAY"), "not direct");
}

TEST(DirectSelect, ItemsOrderAndLimit) {
  const auto direct = *ParseAs<SelectStatement>(
                           "SELECT A, x.b AS \"B\", x.* FROM Ns.T AS x WHERE x.a = 1 "
                           "ORDER BY a, x.c DESC, \"B\" LIMIT 10 OFFSET $1")
                           .direct;
  EXPECT_EQ(direct.table.namespace_id, "ns");
  EXPECT_EQ(direct.table.name, "t");
  ASSERT_EQ(direct.items.size(), 3u);
  EXPECT_EQ(direct.items[0].column, "a");
  EXPECT_EQ(direct.items[0].output_name, "a");
  EXPECT_EQ(direct.items[1].column, "b");
  EXPECT_EQ(direct.items[1].output_name, "B");
  EXPECT_TRUE(direct.items[2].is_star);
  ASSERT_EQ(direct.order.size(), 3u);
  EXPECT_EQ(direct.order[1].column, "c");
  EXPECT_TRUE(direct.order[1].is_descending);
  EXPECT_EQ(direct.order[2].column, "b");  // The alias.
  EXPECT_EQ(Text(*direct.limit), "INT:10");
  EXPECT_EQ(Text(*direct.offset), "$1");
}

TEST(DirectSelect, OutputNamesHideColumnsInOrderBy) {
  EXPECT_EQ(ParseAs<SelectStatement>("SELECT a AS b FROM t ORDER BY b").direct->order[0].column,
            "a");
  EXPECT_EQ(ParseAs<SelectStatement>("SELECT a AS b FROM t ORDER BY t.b").direct->order[0].column,
            "b");
  EXPECT_EQ(ParseAs<SelectStatement>("SELECT a, c FROM t ORDER BY 2 DESC").direct->order[0].column,
            "c");
  EXPECT_FALSE(ParseAs<SelectStatement>("SELECT a AS x, b AS x FROM t ORDER BY x").direct);
  EXPECT_FALSE(ParseAs<SelectStatement>("SELECT * FROM t ORDER BY 1").direct);
  EXPECT_FALSE(ParseAs<SelectStatement>("SELECT a FROM t ORDER BY 2").direct);
}

TEST(DirectSelect, OnlyWithTheDialectsNullOrder) {
  EXPECT_TRUE(ParseAs<SelectStatement>("SELECT a FROM t ORDER BY a NULLS LAST").direct);
  EXPECT_TRUE(ParseAs<SelectStatement>("SELECT a FROM t ORDER BY a DESC NULLS FIRST").direct);
  EXPECT_FALSE(ParseAs<SelectStatement>("SELECT a FROM t ORDER BY a NULLS FIRST").direct);
  EXPECT_FALSE(ParseAs<SelectStatement>("SELECT a FROM t ORDER BY a DESC NULLS LAST").direct);
}

TEST(DirectSelect, NotForOtherQueries) {
  for (const char* sql : {"SELECT 1",
                          "SELECT count(*) FROM t",
                          "SELECT DISTINCT a FROM t",
                          "SELECT a + 1 FROM t",
                          "SELECT a FROM t, u",
                          "SELECT a FROM t JOIN u USING (a)",
                          "SELECT a FROM t GROUP BY a",
                          "SELECT a FROM (SELECT a FROM t)",
                          "SELECT a FROM t UNION SELECT a FROM u",
                          "WITH x AS (SELECT 1) SELECT a FROM t",
                          "WITH t AS (SELECT 1 AS a) SELECT a FROM t",
                          "SELECT a FROM t HAVING true",
                          "SELECT a FROM t LIMIT 1 + 1",
                          "SELECT a FROM t LIMIT 10%",
                          "SELECT a FROM t ORDER BY a + 1",
                          "SELECT a FROM t TABLESAMPLE 10%",
                          "SELECT u.a FROM t",
                          "SELECT u.* FROM t",
                          "SELECT t.a FROM t AS x",
                          "SELECT a FROM t x(b)",
                          "SELECT * EXCLUDE (a) FROM t",
                          "SELECT * REPLACE (1 AS a) FROM t",
                          "VALUES (1)",
                          "SELECT COLUMNS('a') FROM t",
                          "SELECT a FROM t ORDER BY ALL",
                          "SELECT a FROM range(1)",
                          "SELECT a FROM t QUALIFY true",
                          "SELECT sum(a) OVER () FROM t",
                          "SELECT a FROM t LIMIT -1"}) {
    EXPECT_FALSE(ParseAs<SelectStatement>(sql).direct.has_value()) << sql;
  }
  EXPECT_TRUE(ParseAs<SelectStatement>("TABLE t").direct.has_value());
  EXPECT_TRUE(ParseAs<SelectStatement>("FROM t").direct.has_value());
}

TEST(Select, ExplainAndTables) {
  const auto explain = ParseAs<SelectStatement>("EXPLAIN SELECT a FROM ns.t, u");
  EXPECT_TRUE(explain.is_explain);
  EXPECT_FALSE(explain.is_explain_analyze);
  EXPECT_EQ(explain.tables.size(), 2u);
  EXPECT_TRUE(ParseAs<SelectStatement>("EXPLAIN ANALYZE SELECT 1").is_explain_analyze);
  EXPECT_EQ(ParseAs<SelectStatement>("SELECT a FROM t, t AS u, ns.t").tables.size(), 2u);
  EXPECT_EQ(explain.node->query().ToString(), "SELECT a FROM kalam.ns.t , kalam.\"$default\".u");
}

TEST(Select, IntegersDivideToIntegers) {
  EXPECT_THAT(ParseAs<SelectStatement>("SELECT 7 / 2").node->query().ToString(),
              HasSubstr("7 // 2"));
}

TEST(Insert, Values) {
  const auto insert = ParseAs<InsertStatement>(
      "INSERT INTO Ns.T (A, \"B\", c) VALUES (1, 'x', NULL), (DEFAULT, $1, lower('Y'))");
  EXPECT_EQ(insert.table.namespace_id, "ns");
  EXPECT_EQ(insert.table.name, "t");
  EXPECT_THAT(insert.columns, ElementsAre("a", "B", "c"));
  ASSERT_EQ(insert.rows.size(), 2u);
  EXPECT_EQ(Text(insert.rows[0][0]), "INT:1");
  EXPECT_EQ(Text(insert.rows[0][2]), "NULL");
  EXPECT_EQ(Text(insert.rows[1][0]), "DEFAULT");
  EXPECT_EQ(Text(insert.rows[1][1]), "$1");
  EXPECT_EQ(Text(insert.rows[1][2]), "{lower('Y')}");
  EXPECT_FALSE(insert.on_conflict || insert.returning || insert.source);
  EXPECT_THAT(ErrorOf("INSERT INTO t VALUES (1, 2), (3)"), HasSubstr("same length"));
  EXPECT_THAT(ErrorOf("INSERT INTO t VALUES (DEFAULT + 1)"), HasSubstr("DEFAULT"));
}

TEST(Insert, Sources) {
  EXPECT_TRUE(ParseAs<InsertStatement>("INSERT INTO t DEFAULT VALUES").is_default_values);
  const auto select = ParseAs<InsertStatement>("INSERT INTO t (a) SELECT b FROM u WHERE c = $2");
  EXPECT_EQ(select.source->query().ToString(), "SELECT b FROM kalam.\"$default\".u WHERE (c = $2)");
  ASSERT_EQ(select.tables_read.size(), 1u);
  EXPECT_EQ(select.tables_read[0].name, "u");
  EXPECT_TRUE(select.rows.empty());
  EXPECT_NE(ParseAs<InsertStatement>("INSERT INTO t VALUES (1) ORDER BY 1").source, nullptr);
  const auto with =
      ParseAs<InsertStatement>("WITH x AS (SELECT a FROM u) INSERT INTO t SELECT * FROM x");
  EXPECT_THAT(with.source->query().ToString(), HasSubstr("kalam.\"$default\".u"));
  EXPECT_EQ(with.tables_read.size(), 1u);
  const auto cell = ParseAs<InsertStatement>(
      "WITH x AS (SELECT 1 AS a) INSERT INTO t VALUES ((SELECT a FROM x))");
  EXPECT_THAT(Text(cell.rows[0][0]), HasSubstr("WITH x AS (SELECT 1 AS a)"));
  ErrorOf("INSERT INTO t BY NAME SELECT 1 AS a");
}

TEST(Insert, OnConflictAndReturning) {
  const auto insert = ParseAs<InsertStatement>(
      "INSERT INTO t AS x (id, n) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET n = excluded.n + "
      "x.n, "
      "at = NULL WHERE x.n < 5 RETURNING id, n AS \"N\", *");
  EXPECT_EQ(insert.alias, "x");
  ASSERT_TRUE(insert.on_conflict.has_value());
  EXPECT_THAT(insert.on_conflict->columns, ElementsAre("id"));
  EXPECT_TRUE(insert.on_conflict->is_update);
  EXPECT_EQ(Text(insert.on_conflict->assignments), "n={(excluded.n + x.n)}, at=NULL");
  EXPECT_EQ(insert.on_conflict->where->expression().ToString(), "(x.n < 5)");
  ASSERT_TRUE(insert.returning->items.has_value());
  EXPECT_EQ(insert.returning->items->size(), 3u);
  EXPECT_EQ(insert.returning->items->at(1).output_name, "N");
  EXPECT_EQ(insert.returning->node->expressions().size(), 3u);
  const auto nothing = ParseAs<InsertStatement>("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING");
  EXPECT_FALSE(nothing.on_conflict->is_update);
  EXPECT_TRUE(nothing.on_conflict->columns.empty());
  EXPECT_FALSE(
      ParseAs<InsertStatement>("INSERT INTO t VALUES (1) RETURNING a + 1").returning->items);
  ErrorOf("INSERT INTO t VALUES (1) ON CONFLICT (a) WHERE a > 1 DO NOTHING");
  ErrorOf("INSERT OR IGNORE INTO t VALUES (1)");
  ErrorOf("INSERT OR REPLACE INTO t VALUES (1)");
}

TEST(Update, Statement) {
  const auto update = ParseAs<UpdateStatement>(
      "UPDATE Ns.T AS x SET A = 1, b = x.b + 1, c = DEFAULT, d = $1 WHERE x.id = 5 RETURNING *");
  EXPECT_EQ(update.table.namespace_id, "ns");
  EXPECT_EQ(update.alias, "x");
  EXPECT_EQ(Text(update.assignments), "a=INT:1, b={(x.b + 1)}, c=DEFAULT, d=$1");
  EXPECT_EQ(Text(*update.where->conjuncts), "id = INT:5");
  EXPECT_EQ(update.where->node->expression().ToString(), "(x.id = 5)");
  EXPECT_EQ(update.returning->items->size(), 1u);
  const auto complex = ParseAs<UpdateStatement>("UPDATE t SET a = 1 WHERE lower(b) = 'x'");
  EXPECT_FALSE(complex.where->conjuncts.has_value());
  EXPECT_EQ(Text(ParseAs<UpdateStatement>("UPDATE t SET (a, b) = (1, 'x') WHERE true").assignments),
            "a=INT:1, b=TEXT:x");
  EXPECT_THAT(ErrorOf("UPDATE t SET a = 1"),
              HasSubstr("UPDATE needs a WHERE clause; use WHERE true to change every row"));
  EXPECT_TRUE(ParseAs<UpdateStatement>("UPDATE t SET a = 1 WHERE true").where->conjuncts->empty());
}

TEST(Update, From) {
  const auto update =
      ParseAs<UpdateStatement>("UPDATE t SET a = u.a FROM u JOIN v USING (id) WHERE t.id = u.id");
  EXPECT_THAT(update.from->table().ToString(), HasSubstr("kalam.\"$default\".u"));
  EXPECT_FALSE(update.where->conjuncts.has_value());
  EXPECT_EQ(update.tables_read.size(), 2u);
  const auto with = ParseAs<UpdateStatement>(
      "WITH x AS (SELECT 1 AS id) UPDATE t SET a = 1 FROM x AS y WHERE t.id = y.id");
  EXPECT_THAT(with.from->table().ToString(), HasSubstr("AS y"));
  EXPECT_THAT(with.from->table().ToString(), HasSubstr("SELECT 1 AS id"));
  EXPECT_TRUE(with.tables_read.empty());
}

TEST(Delete, Statement) {
  const auto removed = ParseAs<DeleteStatement>("DELETE FROM ns.t WHERE id IN (1, 2) RETURNING id");
  EXPECT_EQ(removed.table.namespace_id, "ns");
  EXPECT_EQ(Text(*removed.where->conjuncts), "id IN INT:1 INT:2");
  EXPECT_EQ(removed.returning->items->at(0).column, "id");
  const auto joined = ParseAs<DeleteStatement>("DELETE FROM t USING u, v WHERE t.id = u.id");
  EXPECT_THAT(joined.using_clause->table().ToString(), HasSubstr("kalam.\"$default\".v"));
  EXPECT_FALSE(joined.where->conjuncts.has_value());
  EXPECT_THAT(ErrorOf("DELETE FROM t"),
              HasSubstr("DELETE needs a WHERE clause; use WHERE true to delete every row"));
  const auto read = ParseAs<DeleteStatement>("DELETE FROM t WHERE a IN (SELECT a FROM u)");
  EXPECT_EQ(read.tables_read.size(), 1u);
  EXPECT_FALSE(read.where->conjuncts.has_value());
}

TEST(Parse, Batches) {
  const auto parsed = Parse("BEGIN; INSERT INTO t VALUES (1) ; SELECT * FROM t -- all\n;COMMIT;");
  ASSERT_TRUE(parsed.has_value()) << parsed.error().ToString();
  ASSERT_EQ(parsed->size(), 4u);
  EXPECT_EQ((*parsed)[1]->text, "INSERT INTO t VALUES (1)");
  EXPECT_EQ((*parsed)[2]->text, "SELECT * FROM t");
  EXPECT_EQ(Parse("").error().code(), StatusCode::kEmptySql);
  EXPECT_EQ(Parse(" ; -- x\n /* y */ ;").error().code(), StatusCode::kEmptySql);
  EXPECT_EQ(Parse("SELECT 'x").error().code(), StatusCode::kBatchParse);
}

TEST(Parse, Parameters) {
  EXPECT_EQ(ParseOne("SELECT $2, $1").parameter_count, 2u);
  EXPECT_EQ(ParseOne("UPDATE t SET a = $3 WHERE b = $1").parameter_count, 3u);
  EXPECT_EQ(ParseOne("INSERT INTO t VALUES ($1, $2)").parameter_count, 2u);
  EXPECT_EQ(ParseOne("SELECT 1").parameter_count, 0u);
  EXPECT_EQ(ParseOne("SELECT $50").parameter_count, 50u);
  ErrorOf("SELECT $51");
}

TEST(ParseExpressionTest, OnlyOneExpressionWithoutTables) {
  const auto text = [](std::string_view sql) {
    const auto parsed = ParseExpression(sql);
    return parsed.has_value() ? (*parsed)->expression().ToString()
                              : "error: " + parsed.error().message();
  };
  EXPECT_EQ(text("1 + 2"), "(1 + 2)");
  EXPECT_EQ(text("now()"), "kalam_now()");
  EXPECT_EQ(text("CURRENT_DATE"), "CAST(kalam_now() AS DATE)");
  EXPECT_EQ(text("list_transform([1], x -> x + 1)"),
            "list_transform(list_value(1), (x -> (x + 1)))");
  for (const char* bad : {"",
                          "1; 2",
                          "1, 2",
                          "1 AS a",
                          "1 FROM t",
                          "a",
                          "(SELECT 1)",
                          "$1",
                          "*",
                          "1 UNION SELECT 2",
                          "DISTINCT 1",
                          "1 WHERE true",
                          "1 LIMIT 1",
                          "1 ORDER BY 1",
                          "getenv('x')",
                          "DEFAULT",
                          "EXISTS (SELECT 1)",
                          "1) + (1",
                          "'x",
                          "1 INTO t"}) {
    EXPECT_THAT(text(bad), HasSubstr("error")) << bad;
  }
}

// Parsing depends on nothing but the text.
TEST(Parse, FromManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([i] {
      const std::string id = std::to_string(i);
      for (int round = 0; round < 200; ++round) {
        const auto select = ParseAs<SelectStatement>("SELECT Col FROM t WHERE id = " + id);
        ASSERT_EQ(Text(select.direct->where), "id = INT:" + id);
        ASSERT_EQ(select.direct->items[0].column, "col");
        ASSERT_FALSE(Parse("SELECT FROM").has_value());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace kalamdb::sql
