// SPDX-License-Identifier: Apache-2.0
// PostgreSQL's meaning where the engine's grammar differs, seen in the parse trees.
#include "sql/parser/dialect.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/parser/duck_node.h"
#include "sql/parser/parse_testing.h"

namespace kalamdb::sql {
namespace {

using ::testing::HasSubstr;

// The first item of the SELECT list, with all parentheses.
std::string Item(const std::string& expression) {
  const auto select = ParseAs<SelectStatement>("SELECT " + expression + " FROM t");
  if (select.node == nullptr) {
    return "error";
  }
  const std::string text = select.node->query().ToString();
  return text.substr(7, text.rfind(" FROM") - 7);
}

TEST(Dialect, ArrowsBindTighterThanComparisonAndLogic) {
  EXPECT_EQ(Item("a OR doc->>'k' = 'x'"), "(a OR ((doc ->> 'k') = 'x'))");
  EXPECT_EQ(Item("a AND doc->>'k' = 'x' AND b"), "(a AND ((doc ->> 'k') = 'x') AND b)");
  EXPECT_EQ(Item("NOT doc->>'k' = 'x'"), "((doc ->> 'k') != 'x')");
  EXPECT_EQ(Item("NOT doc->'a'->>'k' IS NULL"), "(NOT ((json_extract(doc, 'a') ->> 'k') IS NULL))");
  EXPECT_EQ(Item("doc->>'a' IN ('x', 'y')"), "((doc ->> 'a') IN ('x', 'y'))");
  EXPECT_EQ(Item("doc->>'a' LIKE 'x%'"), "((doc ->> 'a') ~~ 'x%')");
  EXPECT_EQ(Item("doc->>'a' BETWEEN 'x' AND 'y'"), "((doc ->> 'a') BETWEEN 'x' AND 'y')");
  EXPECT_EQ(Item("'x' = doc->>'a'"), "('x' = (doc ->> 'a'))");
  EXPECT_EQ(Item("a = 1 AND 'x' < doc->'b'->>'a' OR c"),
            "(((a = 1) AND ('x' < (json_extract(doc, 'b') ->> 'a'))) OR c)");
  EXPECT_EQ(Item("doc->>'a' IS NOT DISTINCT FROM doc->>'b'"),
            "((doc ->> 'a') IS NOT DISTINCT FROM (doc ->> 'b'))");
  EXPECT_EQ(Item("CASE WHEN doc->>'a' = 'x' THEN doc->'b' ELSE doc->'c' END"),
            "CASE  WHEN (((doc ->> 'a') = 'x')) THEN (json_extract(doc, 'b')) ELSE "
            "json_extract(doc, 'c') END");
  EXPECT_EQ(Item("lower(doc->>'a') = 'x'"), "(lower((doc ->> 'a')) = 'x')");
}

// In PostgreSQL too, + and casts bind tighter than arrows, and || is an operator like them.
TEST(Dialect, ArrowsBindLooserThanArithmeticAndCasts) {
  EXPECT_EQ(Item("doc->>'n'::int"), "(doc ->> CAST('n' AS INTEGER))");
  EXPECT_EQ(Item("(doc->>'n')::int"), "CAST((doc ->> 'n') AS INTEGER)");
  EXPECT_EQ(Item("doc->1 + 1"), "json_extract(doc, (1 + 1)) AS \"(doc -> (1 + 1))\"");
  EXPECT_EQ(Item("doc->>'a' || 'x'"), "((doc ->> 'a') || 'x')");
  EXPECT_EQ(Item("doc->>'a' || (doc->>'b')"), "((doc ->> 'a') || (doc ->> 'b'))");
  EXPECT_EQ(Item("doc -> - 1 AS a"), "json_extract(doc, -1) AS a");
}

TEST(Dialect, OtherJsonOperators) {
  EXPECT_EQ(Item("doc #> '{a,b}'"), "json_extract(doc, '/a/b')");
  EXPECT_EQ(Item("a OR doc #>> '{a,0}' = 'x'"), "(a OR (json_extract_string(doc, '/a/0') = 'x'))");
  EXPECT_EQ(Item("doc #> ARRAY['a~', 'b/c']"), "json_extract(doc, '/a~0/b~1c')");
  EXPECT_EQ(Item("a AND doc ? 'k'"), "(a AND json_exists(doc, 'k'))");
  EXPECT_THAT(ErrorOf("SELECT doc #> path FROM t"), HasSubstr("must be a constant"));
  EXPECT_THAT(ErrorOf("SELECT doc ?| ARRAY['a'] FROM t"),
              HasSubstr("operator ?| is not supported"));
  EXPECT_THAT(ErrorOf("SELECT a @@@ b FROM t"), HasSubstr("does not exist"));
}

TEST(Dialect, QuestionMarksAreParametersWhereAnOperandIsExpected) {
  EXPECT_EQ(
      ParseOne("SELECT ? + ? FROM t WHERE a = ? AND b BETWEEN ? AND ? LIMIT ?").parameter_count,
      6u);
  EXPECT_EQ(ParseOne("SELECT a FROM t WHERE b IN (?, ?) OR c LIKE ? OR NOT ?").parameter_count, 4u);
  EXPECT_EQ(ParseOne("INSERT INTO t VALUES (?, ?), (?, ?)").parameter_count, 4u);
  EXPECT_EQ(ParseOne("SELECT doc ? 'k', ? FROM t").parameter_count, 1u);
  EXPECT_EQ(ParseOne("SELECT a FROM t WHERE b = $3").parameter_count, 3u);
}

TEST(Dialect, LambdasStay) {
  EXPECT_EQ(Item("list_transform(l, x -> x + 1)"), "list_transform(l, (x -> (x + 1)))");
  EXPECT_EQ(Item("list_filter(l, x -> x > 1 AND x < 5)"),
            "list_filter(l, (x -> ((x > 1) AND (x < 5))))");
  EXPECT_EQ(Item("list_reduce(l, (x, y) -> x + y)"), "list_reduce(l, (\"row\"(x, y) -> (x + y)))");
  EXPECT_THAT(Item("list_transform(l, lambda x: x + 1)"), HasSubstr("x + 1"));
  EXPECT_THAT(Item("list_transform(l, x -> x->>'a' = 'b')"), HasSubstr("((x ->> 'a') = 'b')"));
  // The first argument is no lambda, and neither is an arrow in other functions.
  EXPECT_EQ(Item("list_transform(doc->'a', x -> x)"),
            "list_transform(json_extract(doc, 'a'), (x -> x))");
  EXPECT_EQ(Item("coalesce(a, doc->'b')"), "COALESCE(a, json_extract(doc, 'b'))");
}

// Every word that PostgreSQL allows as a column name.
TEST(Dialect, KeywordsAsNames) {
  constexpr const char* kPatterns[] = {
      "SELECT @ FROM t",
      "SELECT a, @, b FROM t",
      "SELECT t.@ FROM t",
      "SELECT a AS @ FROM t",
      "SELECT a AS @, b FROM t",
      "SELECT a FROM t WHERE @ = 1",
      "SELECT a FROM t WHERE 1 = @",
      "SELECT a FROM t WHERE a = 1 AND @ > 2 OR NOT @",
      "SELECT a FROM t WHERE @ IS NULL",
      "SELECT a FROM t WHERE @ IN (1, 2)",
      "SELECT a FROM t WHERE @ LIKE 'x' AND @ BETWEEN 1 AND 2",
      "SELECT a FROM t ORDER BY @",
      "SELECT a FROM t ORDER BY @ DESC, a",
      "SELECT a FROM t GROUP BY @ HAVING max(@) > 1",
      "SELECT count(DISTINCT @), sum(@) FROM t",
      "SELECT DISTINCT @ FROM t",
      "SELECT sum(a) OVER (PARTITION BY @ ORDER BY @) FROM t",
      "SELECT @ + 1, -@, (@), @::text, @ || 'x' FROM t",
      "SELECT @->>'a', @ - 1 FROM t",
      "SELECT CASE WHEN @ THEN @ ELSE @ END FROM t",
      "INSERT INTO t (@) VALUES (1)",
      "INSERT INTO t (a, @, b) VALUES (1, 2, 3)",
      "INSERT INTO t (a, @) SELECT a, @ FROM u",
      "INSERT INTO t (@) VALUES (1) ON CONFLICT (@) DO UPDATE SET @ = excluded.@ RETURNING @",
      "UPDATE t SET @ = 1 WHERE @ = 2",
      "UPDATE t SET a = @, @ = @ + 1 WHERE a = 1 RETURNING @, a",
      "DELETE FROM t WHERE @ = 1",
      "SELECT a FROM t JOIN u USING (@)",
      "SELECT u.@ FROM t u",
      "WITH x AS (SELECT @ FROM t) SELECT @ FROM x",
      "CREATE TABLE t (id INT PRIMARY KEY, @ INT DEFAULT 1 NOT NULL, b TEXT)",
      "CREATE TABLE t (@ INT, PRIMARY KEY (@))",
  };
  for (const char* word :
       {"at",          "by",           "user",       "time",      "key",    "anti",
        "asof",        "columns",      "describe",   "generated", "glob",   "lambda",
        "map",         "pivot",        "qualify",    "semi",      "show",   "struct",
        "summarize",   "unpack",       "unpivot",    "value",     "name",   "type",
        "date",        "timestamp",    "text",       "order_id",  "year",   "month",
        "day",         "hour",         "interval",   "set",       "values", "row",
        "rows",        "range",        "position",   "level",     "role",   "location",
        "status",      "comment",      "data",       "system",    "stream", "storage",
        "option",      "start",        "end_at",     "first",     "last",   "of",
        "over",        "partition",    "replace",    "exists",    "char",   "int",
        "bit",         "real",         "none",       "out",       "trim",   "treat",
        "pivot_wider", "pivot_longer", "positional", "try_cast",  "AT",     "By",
        "User",        "\"select\"",   "\"order\""}) {
    for (const std::string pattern : kPatterns) {
      std::string sql;
      for (const char c : pattern) {
        sql += c == '@' ? word : std::string(1, c);
      }
      const auto parsed = Parse(sql);
      EXPECT_TRUE(parsed.has_value()) << sql << ": " << parsed.error().message();
    }
  }
}

TEST(Dialect, KeywordsStayKeywords) {
  EXPECT_THAT(Item("now() AT TIME ZONE 'UTC'"), HasSubstr("timezone('UTC'"));
  EXPECT_THAT(Item("sum(a) OVER (PARTITION BY by ORDER BY at)"),
              HasSubstr("PARTITION BY \"by\" ORDER BY \"at\""));
  EXPECT_THAT(Item("INTERVAL 5 day"), HasSubstr("to_days("));
  EXPECT_THAT(Item("INTERVAL (a) day"), HasSubstr("to_days"));
  EXPECT_THAT(Item("extract(year FROM a)"), HasSubstr("date_part('year', a)"));
  EXPECT_THAT(Item("MAP {'a': 1}"), HasSubstr("map\"("));
  ParseAs<SelectStatement>("SELECT * FROM a SEMI JOIN b ON a.id = b.id");
  ParseAs<SelectStatement>("SELECT * FROM a ASOF LEFT JOIN b ON a.id >= b.id");
  ParseAs<SelectStatement>("SELECT a FROM t QUALIFY row_number() OVER (ORDER BY a) = 1");
  ParseAs<SelectStatement>("SELECT a FROM t UNION ALL BY NAME SELECT b FROM u");
  ParseAs<SelectStatement>("SELECT a FROM t GROUP BY a ORDER BY a NULLS FIRST, b NULLS LAST");
  ParseAs<SelectStatement>("SELECT sum(a) OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t");
  ParseAs<SelectStatement>("SELECT first_value(a IGNORE NULLS) OVER (ORDER BY b) FROM t");
  ParseAs<SelectStatement>("SELECT x::double precision, y::timestamp with time zone, z FROM t");
  ParseAs<SelectStatement>("SELECT COLUMNS('a.*') FROM t");
}

TEST(Dialect, AliasesWithoutAs) {
  EXPECT_EQ(Item("price value"), "price AS \"value\"");
  EXPECT_EQ(Item("count(*) by"), "count_star() AS \"by\"");
  EXPECT_THAT(Item("count(*) total, max(a) name, t.b type"),
              HasSubstr("max(a) AS \"name\", t.b AS \"type\""));
  EXPECT_THAT(Item("extract(year FROM d) year"), HasSubstr("AS \"year\""));
  ParseAs<SelectStatement>("SELECT (SELECT a value) text");
}

TEST(Dialect, SessionFunctions) {
  EXPECT_EQ(Item("CURRENT_USER"), "kalam_current_user() AS current_user");
  EXPECT_EQ(Item("current_user()"), "kalam_current_user() AS current_user");
  EXPECT_EQ(Item("CURRENT_USER_ID()"), "kalam_current_user() AS current_user_id");
  EXPECT_EQ(Item("session_user"), "kalam_current_user() AS session_user");
  EXPECT_EQ(Item("CURRENT_ROLE"), "kalam_current_role() AS current_role");
  EXPECT_EQ(Item("CURRENT_ROLE()"), "kalam_current_role() AS current_role");
  EXPECT_EQ(Item("NOW()"), "kalam_now() AS now");
  EXPECT_EQ(Item("CURRENT_TIMESTAMP"), "kalam_now() AS current_timestamp");
  EXPECT_EQ(Item("CURRENT_TIMESTAMP(3)"), "kalam_now() AS current_timestamp");
  EXPECT_EQ(Item("CURRENT_DATE"), "CAST(kalam_now() AS DATE) AS current_date");
  EXPECT_EQ(Item("LOCALTIMESTAMP"), "CAST(kalam_now() AS TIMESTAMP) AS localtimestamp");
  EXPECT_EQ(Item("CURRENT_DATE - 1"), "(CAST(kalam_now() AS DATE) - 1)");
  EXPECT_EQ(Item("CURRENT_USER AS me"), "kalam_current_user() AS me");
  EXPECT_EQ(Item("a = current_user"), "(a = kalam_current_user())");
  EXPECT_EQ(Item("SNOWFLAKE_ID()"), "snowflake_id()");
  EXPECT_EQ(Item("UUID_V7()"), "uuid_v7()");
  EXPECT_EQ(Item("ULID()"), "ulid()");
  EXPECT_EQ(Item("COSINE_DISTANCE(v, '[1]')"), "cosine_distance(v, '[1]')");
  EXPECT_EQ(Item("a AS current_user"), "a AS current_user");
  EXPECT_EQ(Item("t.current_user"), "t.current_user");
  EXPECT_EQ(Item("\"current_user\""), "current_user");
}

// `user` is a column wherever there is a table; alone it is the function, as in PostgreSQL.
TEST(Dialect, UserIsAColumn) {
  EXPECT_EQ(Item("user"), "\"user\"");
  const auto alone = ParseAs<SelectStatement>("SELECT user");
  EXPECT_EQ(alone.node->query().ToString(), "SELECT kalam_current_user() AS \"user\"");
  const auto update = ParseAs<UpdateStatement>("UPDATE t SET a = user WHERE user = 'x'");
  ASSERT_TRUE(update.where->conjuncts.has_value());
  EXPECT_EQ(update.where->conjuncts->at(0).column, "user");
}

TEST(Dialect, StringsNamesCommentsAndSpaces) {
  EXPECT_EQ(Item("E'a\\n\\'b'"), "'a\n''b'");
  EXPECT_EQ(Item("$$it's$$"), "'it''s'");
  EXPECT_EQ(Item("a$$x$$"), "\"a$$x$$\"");  // A dollar is part of a name.
  EXPECT_EQ(Item("`My Col`"), "\"My Col\"");
  EXPECT_EQ(Item("a /* ' */ + -- \" \n b"), "(a + b)");
  EXPECT_EQ(Item("a\xC2\xA0+\xE2\x80\x83"
                 "b"),
            "(a + b)");
  // A no-break space inside of a string is data, whatever stands before it.
  EXPECT_EQ(Item("'x\xC2\xA0y'"), "'x\xC2\xA0y'");
  EXPECT_EQ(Item("/* don't */ 'x\xC2\xA0y'"), "'x\xC2\xA0y'");
  EXPECT_EQ(Item("E'\\'' || 'x\xC2\xA0y'"), "('''' || 'x\xC2\xA0y')");
  EXPECT_EQ(Item("'a'\n  'b'"), "'ab'");
  EXPECT_EQ(Item("MyColumn"), "mycolumn");
  EXPECT_EQ(Item("\"MyColumn\""), "MyColumn");
}

TEST(Dialect, TypesOfOurs) {
  EXPECT_EQ(Item("a::JSONB"), "CAST(a AS JSON)");
  EXPECT_EQ(Item("a::BYTES"), "CAST(a AS BLOB)");
  EXPECT_EQ(Item("a::EMBEDDING(3)"), "CAST(a AS FLOAT[3])");
  EXPECT_EQ(Item("a::DATETIME"), "CAST(a AS TIMESTAMP)");
  EXPECT_EQ(Item("a::JSON[]"), "CAST(a AS JSON[])");
}

TEST(Dialect, NamespacesOfColumns) {
  const auto tree = [](const std::string& sql) {
    return ParseAs<SelectStatement>(sql).node->query().ToString();
  };
  EXPECT_EQ(tree("SELECT ns.t.a FROM ns.t WHERE ns.t.b = 1"),
            "SELECT t.a FROM kalam.ns.t WHERE (t.b = 1)");
  EXPECT_EQ(tree("SELECT s.t.a FROM ns.s"), "SELECT s.t.a FROM kalam.ns.s");
  EXPECT_EQ(tree("SELECT default.t.a FROM default.t"), "SELECT t.a FROM kalam.\"default\".t");
}

TEST(Dialect, ErrorsNameTheOriginalPlace) {
  EXPECT_EQ(ErrorOf("SELECT a FRM t WHERE"), "syntax error at or near \"t\" (line 1, column 14)");
  EXPECT_EQ(ErrorOf("SELECT /* x */ at,\n  by bogus bogus FROM t"),
            "syntax error at or near \"bogus\" (line 2, column 12)");
  EXPECT_EQ(ErrorOf("SELECT doc ->> 'a' -> ) FROM t"),
            "syntax error at or near \")\" (line 1, column 23)");
  EXPECT_EQ(ErrorOf("SELECT doc ->> -> 'a' FROM t"), "an operator lacks an operand");
  EXPECT_EQ(ErrorOf("SELECT 1;\nSELECT FROM WHERE"),
            "syntax error at or near \"WHERE\" (line 2, column 13)");
}

}  // namespace
}  // namespace kalamdb::sql
