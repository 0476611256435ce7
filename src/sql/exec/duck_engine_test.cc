// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_engine.h"

#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/exec/duck_fixture.h"
#include "types/text_format.h"

namespace kalamdb::sql {
namespace {

using ::testing::AllOf;
using testing::Col;
using testing::Drain;
using ::testing::ElementsAre;
using testing::FakeScope;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MakeSchema;
using testing::MemoryTable;
using ::testing::Not;
using testing::ParseExpr;
using testing::ParseSelect;
using testing::Result;
using types::Row;
using types::TypeId;
using types::TypeOf;
using types::Value;

std::unique_ptr<DuckEngine> OpenEngine(const DuckOptions& options = {}) {
  auto engine = DuckEngine::Open(options);
  EXPECT_TRUE(engine.has_value()) << engine.error().ToString();
  return std::move(engine).value_or(nullptr);
}

Value Int(int64_t value) { return Value(value); }
Value Text(const char* text) { return Value(text); }

class DuckEngineTest : public ::testing::Test {
 protected:
  // One engine for all tests of the suite: opening one takes tens of milliseconds.
  static void SetUpTestSuite() { engine_ = OpenEngine().release(); }
  static void TearDownTestSuite() {
    delete engine_;
    engine_ = nullptr;
  }

  void SetUp() override {
    ASSERT_NE(engine_, nullptr);
    // Rows 1 to 6; 3 is deleted.
    people_ = std::make_shared<MemoryTable>(MakeSchema(
        {Col("id", TypeId::kBigInt), Col("name", TypeId::kText), Col("age", TypeId::kInt)}));
    people_->Add({Int(1), Text("ann"), Int(30)}, Seq(1));
    people_->Add({Int(2), Text("bob"), Int(20)}, Seq(2));
    people_->Add({Int(3), Text("cid"), Int(50)}, Seq(3), /*is_deleted=*/true);
    people_->Add({Int(4), Text("dan"), Value()}, Seq(4));
    people_->Add({Int(5), Text("eve"), Int(40)}, Seq(5));
    people_->Add({Int(6), Text("fay"), Int(20)}, Seq(6));
    scope_->Put("people", people_);
  }

  // Sequences a second apart, from 2024-01-01T00:00:01Z.
  static uint64_t Seq(uint64_t second) { return (second * 1000) << kSeqTimeShift; }

  Result Run(const std::string& sql, std::vector<types::Parameter> parameters = {}) {
    return Drain(engine_->Query(ParseSelect(sql),
                                {.scope = scope_, .parameters = parameters, .cancel = cancel_}));
  }
  std::vector<std::string> Lines(const std::string& sql,
                                 std::vector<types::Parameter> parameters = {}) {
    const Result result = Run(sql, std::move(parameters));
    EXPECT_TRUE(result.status.ok()) << sql << ": " << result.status.ToString();
    return result.Lines();
  }
  Status Fails(const std::string& sql, std::vector<types::Parameter> parameters = {}) {
    Result result = Run(sql, std::move(parameters));
    EXPECT_FALSE(result.status.ok()) << sql;
    return result.status;
  }

  static DuckEngine* engine_;
  std::shared_ptr<FakeScope> scope_ = std::make_shared<FakeScope>();
  CancelTokenPtr cancel_ = std::make_shared<CancelToken>();
  std::shared_ptr<MemoryTable> people_;
};

DuckEngine* DuckEngineTest::engine_ = nullptr;

// ---- Rows and columns ----

TEST_F(DuckEngineTest, StarShowsUserColumnsThenSeqAndDeleted) {
  const Result result = Run("SELECT * FROM people ORDER BY id LIMIT 2");
  std::vector<std::string> names;
  for (const auto& column : result.columns) {
    names.push_back(column.name);
  }
  EXPECT_THAT(names, ElementsAre("id", "name", "age", "_seq", "_deleted"));
  EXPECT_THAT(result.Lines(), ElementsAre("1|ann|30|" + std::to_string(Seq(1)) + "|false",
                                          "2|bob|20|" + std::to_string(Seq(2)) + "|false"));
}

TEST_F(DuckEngineTest, UpdatedIsReadByNameOnly) {
  EXPECT_THAT(Lines("SELECT id, _updated FROM people WHERE id = 2"),
              ElementsAre("2|2024-01-01 00:00:02"));
}

TEST_F(DuckEngineTest, HiddenColumnIsReadByNameOnly) {
  types::Schema schema = MakeSchema({Col("_id", TypeId::kBigInt), Col("v", TypeId::kText)});
  schema.columns[0].is_hidden = true;
  auto table = std::make_shared<MemoryTable>(schema);
  table->Add({Int(77), Text("x")}, 5);
  scope_->Put("keyless", table);
  EXPECT_THAT(Lines("SELECT * FROM keyless"), ElementsAre("x|5|false"));
  EXPECT_THAT(Lines("SELECT _id, v FROM keyless WHERE _id = 77"), ElementsAre("77|x"));
  EXPECT_EQ(table->last_range().lower->values, std::vector<Value>{Int(77)});
}

TEST_F(DuckEngineTest, FlagsMarkPlainColumnsOfOneTable) {
  types::Schema schema =
      MakeSchema({Col("id", TypeId::kBigInt), Col("a", TypeId::kInt), Col("b", TypeId::kInt)});
  schema.columns[1].is_nullable = false;
  scope_->Put("flagged", std::make_shared<MemoryTable>(schema));
  const Result result = Run("SELECT b, a, id, id + 1 AS c, _seq FROM flagged ORDER BY b LIMIT 3");
  std::vector<std::pair<bool, bool>> flags;
  for (const auto& column : result.columns) {
    flags.emplace_back(column.is_key, column.is_not_null);
  }
  EXPECT_THAT(flags,
              ElementsAre(std::pair(false, false), std::pair(false, true), std::pair(true, true),
                          std::pair(false, false), std::pair(false, false)));
}

TEST_F(DuckEngineTest, RelationWithoutSystemColumnsHasNone) {
  scope_->tables[{"system", "jobs"}] = std::make_shared<table::RowsRelation>(
      MakeSchema({Col("job_id", TypeId::kText), Col("n", TypeId::kInt)}),
      std::vector<Row>{{Text("J1"), Int(1)}, {Text("J2"), Value()}});
  EXPECT_THAT(Lines("SELECT * FROM system.jobs"), ElementsAre("J1|1", "J2|NULL"));
  EXPECT_THAT(Fails("SELECT _seq FROM system.jobs").message(), HasSubstr("`_seq`"));
}

TEST_F(DuckEngineTest, CountReadsNoColumn) {
  EXPECT_THAT(Lines("SELECT count(*) FROM people"), ElementsAre("5"));
}

// ---- Deleted rows ----

TEST_F(DuckEngineTest, DeletedRowsShowOnlyWhenDeletedIsNamed) {
  EXPECT_THAT(Lines("SELECT id FROM people ORDER BY id"), ElementsAre("1", "2", "4", "5", "6"));
  EXPECT_THAT(Lines("SELECT id FROM people WHERE _deleted"), ElementsAre("3"));
  EXPECT_THAT(Lines("SELECT * EXCLUDE (_seq) FROM people WHERE _deleted = true"),
              ElementsAre("3|cid|50|true"));
  EXPECT_THAT(Lines("SELECT count(*), count(*) FILTER (WHERE _deleted) FROM people"),
              ElementsAre("6|1"));
  EXPECT_THAT(Lines("SELECT id FROM people ORDER BY _deleted DESC, id LIMIT 2"),
              ElementsAre("3", "1"));
}

TEST_F(DuckEngineTest, DeletedMeansTheTableItQualifies) {
  EXPECT_THAT(Lines("SELECT count(*) FROM people a JOIN people b ON a.id = b.id OR a._deleted"),
              ElementsAre("10"));  // Five pairs, and the deleted `a` with five live `b`.
  EXPECT_THAT(Lines("SELECT count(*) FROM people a WHERE EXISTS "
                    "(SELECT 1 FROM people b WHERE b.id = a.id AND a._deleted)"),
              ElementsAre("0"));  // `b` shows live rows only.
  EXPECT_THAT(Lines("SELECT count(*) FROM people a WHERE EXISTS "
                    "(SELECT 1 FROM people b WHERE b.id = 3 AND b._deleted)"),
              ElementsAre("5"));
}

TEST_F(DuckEngineTest, DeletedOutsideOfASubqueryDoesNotReachIntoIt) {
  EXPECT_THAT(Lines("SELECT id FROM (SELECT * FROM people) AS p WHERE _deleted"), IsEmpty());
  EXPECT_THAT(Lines("WITH p AS (SELECT * FROM people WHERE _deleted) SELECT id FROM p"),
              ElementsAre("3"));
}

// ---- Names ----

TEST_F(DuckEngineTest, ResolvesEachNameOnce) {
  Lines("SELECT * FROM people a JOIN people b USING (id) WHERE a.id IN (SELECT id FROM people)");
  EXPECT_EQ(scope_->resolved, 1);
}

TEST_F(DuckEngineTest, NamespaceOfTheQueryIsTheDefault) {
  scope_->tables[{"other", "people"}] = std::make_shared<table::RowsRelation>(
      MakeSchema({Col("x", TypeId::kInt)}), std::vector<Row>{{Int(9)}});
  EXPECT_THAT(Lines("SELECT x FROM other.people"), ElementsAre("9"));
  scope_->space = "other";
  EXPECT_THAT(Lines("SELECT x FROM people"), ElementsAre("9"));
}

TEST_F(DuckEngineTest, ErrorOfTheScopeEndsTheQuery) {
  EXPECT_EQ(Fails("SELECT * FROM forbidden").code(), StatusCode::kPermissionDenied);
  const Status status = Fails("SELECT * FROM nowhere");
  EXPECT_EQ(status.code(), StatusCode::kTableNotFound);
  EXPECT_EQ(status.message(), "table `app.nowhere` does not exist");
  EXPECT_EQ(Fails("SELECT * FROM lost.nowhere").message(), "table `lost.nowhere` does not exist");
}

// ---- The rest of SQL ----

TEST_F(DuckEngineTest, JoinsGroupsWindowsAndSets) {
  EXPECT_THAT(Lines("SELECT age, count(*) FROM people GROUP BY age ORDER BY age"),
              ElementsAre("20|2", "30|1", "40|1", "NULL|1"));
  EXPECT_THAT(Lines("SELECT a.name, b.name FROM people a JOIN people b ON a.age = b.age "
                    "AND a.id < b.id"),
              ElementsAre("bob|fay"));
  EXPECT_THAT(Lines("SELECT name, row_number() OVER (PARTITION BY age ORDER BY id) AS n "
                    "FROM people WHERE age = 20 ORDER BY id"),
              ElementsAre("bob|1", "fay|2"));
  EXPECT_THAT(Lines("SELECT id FROM people WHERE id < 3 UNION SELECT 9 EXCEPT SELECT 1 ORDER BY 1"),
              ElementsAre("2", "9"));
  EXPECT_THAT(Lines("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) "
                    "SELECT i FROM n ORDER BY i"),
              ElementsAre("1", "2", "3"));
  EXPECT_THAT(Lines("WITH p AS MATERIALIZED (SELECT id FROM people) "
                    "SELECT count(*) FROM p a, p b LIMIT 5"),
              ElementsAre("25"));
  EXPECT_THAT(Lines("WITH p AS (SELECT id FROM people) SELECT a.id FROM p a JOIN p b ON "
                    "a.id = b.id ORDER BY 1 LIMIT 2"),
              ElementsAre("1", "2"));
  EXPECT_THAT(Lines("SELECT p.name, x.n FROM people p, LATERAL (SELECT p.age * 2 AS n) x "
                    "WHERE p.id = 1"),
              ElementsAre("ann|60"));
  EXPECT_THAT(Lines("VALUES (1, 'a'), (2, 'b')"), ElementsAre("1|a", "2|b"));
}

TEST_F(DuckEngineTest, PlainScansKeepTheOrderOfTheRelation) {
  EXPECT_THAT(Lines("SELECT id FROM people"), ElementsAre("1", "2", "4", "5", "6"));
  EXPECT_THAT(Lines("SELECT id FROM people LIMIT 2 OFFSET 1"), ElementsAre("2", "4"));
}

TEST_F(DuckEngineTest, ExplainHasTwoTextColumns) {
  const Result result = Run("EXPLAIN SELECT * FROM people WHERE id >= 2 AND id < 5");
  ASSERT_TRUE(result.status.ok());
  ASSERT_EQ(result.columns.size(), 2u);
  EXPECT_EQ(result.columns[0].name, "plan_type");
  EXPECT_EQ(result.columns[1].name, "plan");
  EXPECT_THAT(result.Lines()[0], HasSubstr("app.people"));
  EXPECT_THAT(result.Lines()[0], HasSubstr("id >= 2, id < 5"));
  EXPECT_THAT(Run("EXPLAIN ANALYZE SELECT count(*) FROM people").Lines()[0], HasSubstr("Table"));
}

// ---- PostgreSQL's meaning ----

TEST_F(DuckEngineTest, DivisionIsThatOfPostgres) {
  EXPECT_THAT(Lines("SELECT 7 / 2, -7 / 2, 7 % 3, -7 % 3, 7.0 / 2, 7 / 2.0, 7::double / 2"),
              ElementsAre("3|-3|1|-1|3.5|3.5|3.5"));
  EXPECT_THAT(Lines("SELECT INTERVAL '1 day' / 2, NULL / 0, 1 / NULL"),
              ElementsAre("12:00:00|NULL|NULL"));
  for (const char* sql : {"SELECT 1 / 0", "SELECT 1 % 0", "SELECT 1.5 / 0", "SELECT 1::double / 0",
                          "SELECT mod(1, 0)", "SELECT age / (age - age) FROM people",
                          "SELECT 1.5::decimal(4,2) % 0"}) {
    const Status status = Fails(sql);
    EXPECT_EQ(status.code(), StatusCode::kExecution) << sql;
    EXPECT_EQ(status.message(), "division by zero") << sql;
  }
  EXPECT_THAT(Lines("SELECT id FROM people WHERE age <> 0 AND 100 / age = 5 ORDER BY id"),
              ElementsAre("2", "6"));
}

TEST_F(DuckEngineTest, NullsAreLastAscendingAndFirstDescending) {
  EXPECT_THAT(Lines("SELECT id FROM people ORDER BY age, id"),
              ElementsAre("2", "6", "1", "5", "4"));
  EXPECT_THAT(Lines("SELECT id FROM people ORDER BY age DESC, id"),
              ElementsAre("4", "5", "1", "2", "6"));
  EXPECT_THAT(Lines("SELECT id FROM people ORDER BY age DESC NULLS LAST, id LIMIT 1"),
              ElementsAre("5"));
}

TEST_F(DuckEngineTest, TimeIsThatOfTheStatementInUtc) {
  scope_->micros = 1'777'852'799'999'999;  // 2026-05-03T23:59:59.999999Z.
  const std::string now = "2026-05-03 23:59:59.999999";
  EXPECT_THAT(
      Lines("SELECT now()::timestamp, current_timestamp::timestamp, current_date, "
            "kalam_now()::timestamp, today(), localtimestamp, transaction_timestamp()::timestamp"),
      ElementsAre(now + "|" + now + "|2026-05-03|" + now + "|2026-05-03|" + now + "|" + now));
  EXPECT_THAT(Lines("SELECT now()::text, extract(hour FROM now()), date_trunc('day', now())::text, "
                    "'2026-05-03 12:00:00+02'::timestamptz::text"),
              ElementsAre(now + "+00|23|2026-05-03 00:00:00+00|2026-05-03 10:00:00+00"));
}

TEST_F(DuckEngineTest, NowComparesWithTimestampColumns) {
  auto table = std::make_shared<MemoryTable>(MakeSchema(
      {Col("id", TypeId::kInt), Col("at_time", TypeId::kTimestamp), Col("z", TypeId::kDateTime)}));
  table->Add({Int(1), Int(scope_->micros - 1), Int(scope_->micros - 1)}, 1);
  table->Add({Int(2), Int(scope_->micros), Int(scope_->micros)}, 2);
  table->Add({Int(3), Int(scope_->micros + 1), Int(scope_->micros + 1)}, 3);
  scope_->Put("events", table);
  EXPECT_THAT(Lines("SELECT id FROM events WHERE at_time < now()"), ElementsAre("1"));
  EXPECT_THAT(Lines("SELECT id FROM events WHERE at_time = now()"), ElementsAre("2"));
  EXPECT_THAT(Lines("SELECT id FROM events WHERE z > now()"), ElementsAre("3"));
  EXPECT_THAT(Lines("SELECT id FROM events WHERE at_time >= z ORDER BY id"),
              ElementsAre("1", "2", "3"));
}

// ---- Parameters ----

TEST_F(DuckEngineTest, ParametersTakeTheirPlaceLikeLiterals) {
  const types::Parameter two{.value = Int(2), .type = TypeOf(TypeId::kBigInt)};
  const types::Parameter bob{.value = Text("bob"), .type = TypeOf(TypeId::kText)};
  const types::Parameter null{.value = Value(), .type = TypeOf(TypeId::kText)};
  EXPECT_THAT(Lines("SELECT name FROM people WHERE id = $1", {two}), ElementsAre("bob"));
  EXPECT_EQ(people_->last_range().upper->values, std::vector<Value>{Int(2)});
  EXPECT_THAT(Lines("SELECT id FROM people WHERE name = $2 AND id = $1", {two, bob}),
              ElementsAre("2"));
  EXPECT_THAT(Lines("SELECT id FROM people ORDER BY id LIMIT $1", {two}), ElementsAre("1", "2"));
  EXPECT_THAT(Lines("SELECT $1 + 1, $1 / 4, lpad('x', $1, '-'), $2::text IS NULL", {two, null}),
              ElementsAre("3|0|-x|true"));
  EXPECT_THAT(Lines("SELECT id FROM people WHERE _updated < $1",
                    {{.value = Text("2024-01-01 00:00:02"), .type = TypeOf(TypeId::kText)}}),
              ElementsAre("1"));
  EXPECT_THAT(Lines("SELECT count(*) FROM people WHERE age = $1", {null}), ElementsAre("0"));
  EXPECT_THAT(Lines("WITH p AS (SELECT * FROM people WHERE id > $1) SELECT count(*) FROM p, "
                    "(SELECT $1 AS two) x WHERE x.two IN (SELECT $1)",
                    {two}),
              ElementsAre("3"));
}

TEST_F(DuckEngineTest, MissingParameterIsNamed) {
  const Status status = Fails("SELECT $2", {{.value = Int(1), .type = TypeOf(TypeId::kInt)}});
  EXPECT_EQ(status.code(), StatusCode::kInvalidParameter);
  EXPECT_THAT(status.message(), HasSubstr("$2"));
}

// ---- Project, QueryNode, Evaluate ----

TEST_F(DuckEngineTest, ProjectsColumnsAndExpressionsOverATable) {
  DuckEngine::Projection projection;
  projection.table = TableName{.namespace_id = "", .name = "people"};
  projection.alias = "p";
  projection.items = {std::string("_seq"), std::string("id"), ParseExpr("age + $1"),
                      ParseExpr("upper(p.name)")};
  projection.where = ParseExpr("age IS NOT NULL AND p.id IN (SELECT id FROM people WHERE id > 4)");
  const std::vector<types::Parameter> one{{.value = Int(1), .type = TypeOf(TypeId::kInt)}};
  const Result result =
      Drain(engine_->Project(projection, {.scope = scope_, .parameters = one, .cancel = cancel_}));
  ASSERT_TRUE(result.status.ok()) << result.status.ToString();
  EXPECT_THAT(result.Lines(), ElementsAre(std::to_string(Seq(5)) + "|5|41|EVE",
                                          std::to_string(Seq(6)) + "|6|21|FAY"));
}

TEST_F(DuckEngineTest, ProjectsOverMoreTables) {
  DuckEngine::Projection projection;
  projection.table = TableName{.namespace_id = "app", .name = "people"};
  projection.items = {std::string("id"), ParseExpr("x.n")};
  const SelectStatement from = ParseSelect("SELECT * FROM (VALUES (1, 10), (2, 20)) AS x(id, n)");
  projection.more_from =
      DuckNode::Of(from.node->query().node->Cast<duckdb::SelectNode>().from_table->Copy());
  projection.where = ParseExpr("people.id = x.id");
  const Result result =
      Drain(engine_->Project(projection, {.scope = scope_, .parameters = {}, .cancel = {}}));
  ASSERT_TRUE(result.status.ok()) << result.status.ToString();
  EXPECT_THAT(result.Lines(), ElementsAre("1|10", "2|20"));
}

TEST_F(DuckEngineTest, ProjectsOverATableJoinedByName) {
  scope_->Put("excluded", std::make_shared<table::RowsRelation>(
                              MakeSchema({Col("id", TypeId::kBigInt), Col("age", TypeId::kInt)}),
                              std::vector<Row>{{Int(2), Int(21)}}));
  DuckEngine::Projection projection;
  projection.table = TableName{.namespace_id = "", .name = "people"};
  projection.items = {ParseExpr("people.age + excluded.age")};
  projection.joined_table = TableName{.namespace_id = "", .name = "excluded"};
  projection.where = ParseExpr("people.id = excluded.id");
  const Result result =
      Drain(engine_->Project(projection, {.scope = scope_, .parameters = {}, .cancel = {}}));
  ASSERT_TRUE(result.status.ok()) << result.status.ToString();
  EXPECT_THAT(result.Lines(), ElementsAre("41"));
}

TEST_F(DuckEngineTest, ProjectsReturningLists) {
  DuckEngine::Projection projection;
  projection.table = TableName{.namespace_id = "", .name = "people"};
  projection.items = {ParseExpr("*, id * 2 AS twice")};
  projection.where = ParseExpr("id = 1");
  const Result result =
      Drain(engine_->Project(projection, {.scope = scope_, .parameters = {}, .cancel = {}}));
  ASSERT_TRUE(result.status.ok()) << result.status.ToString();
  EXPECT_EQ(result.columns.size(), 6u);
  EXPECT_EQ(result.columns.back().name, "twice");
}

TEST_F(DuckEngineTest, RunsABareQueryNode) {
  const Result result =
      Drain(engine_->QueryNode(ParseSelect("SELECT 1 UNION ALL SELECT 2").node,
                               {.scope = scope_, .parameters = {}, .cancel = {}}));
  EXPECT_THAT(result.Lines(), ElementsAre("1", "2"));
}

TEST_F(DuckEngineTest, EvaluatesExpressionsWithTheirTypes) {
  const std::vector<DuckNodePtr> expressions{ParseExpr("1 + $1"), ParseExpr("upper('x')"),
                                             ParseExpr("now()"), ParseExpr("NULL")};
  const std::vector<types::Parameter> one{{.value = Int(41), .type = TypeOf(TypeId::kInt)}};
  auto values =
      engine_->Evaluate(expressions, {.scope = scope_, .parameters = one, .cancel = cancel_});
  ASSERT_TRUE(values.has_value()) << values.error().ToString();
  ASSERT_EQ(values->size(), 4u);
  EXPECT_EQ((*values)[0].value, Int(42));
  EXPECT_EQ((*values)[1].value, Text("X"));
  EXPECT_EQ((*values)[2].value, Int(scope_->micros));
  EXPECT_EQ((*values)[2].type, TypeOf(TypeId::kDateTime));
  EXPECT_TRUE((*values)[3].value.is_null());
  const std::vector<DuckNodePtr> bad{ParseExpr("'x'::int")};
  EXPECT_EQ(
      engine_->Evaluate(bad, {.scope = scope_, .parameters = {}, .cancel = {}}).error().code(),
      StatusCode::kExecution);
}

// ---- Functions of ours ----

TEST_F(DuckEngineTest, SessionFunctions) {
  EXPECT_THAT(Lines("SELECT kalam_current_user(), kalam_current_role()"),
              ElementsAre("alice|user"));
}

TEST_F(DuckEngineTest, IdsAreNewInEveryRow) {
  EXPECT_THAT(Lines("SELECT count(DISTINCT snowflake_id()), count(DISTINCT uuid_v7()), "
                    "count(DISTINCT ulid()) FROM range(5000)"),
              ElementsAre("5000|5000|5000"));
  const Result result = Run("SELECT snowflake_id(), uuid_v7(), ulid()");
  const int64_t millis = (result.rows[0][0].AsInt() >> kSeqTimeShift) + kSeqEpochMillis;
  EXPECT_GE(millis, scope_->micros / 1000);
  EXPECT_EQ(result.rows[0][1].AsString().size(), 36u);
  EXPECT_EQ(result.rows[0][1].AsString()[14], '7');
  EXPECT_EQ(result.rows[0][2].AsString().size(), 26u);
}

TEST_F(DuckEngineTest, CosineDistance) {
  EXPECT_THAT(Lines("SELECT cosine_distance([1, 0], [0, 1]), cosine_distance('[1, 2]', [2, 4]), "
                    "cosine_distance([0, 0], [1, 1]), cosine_distance(NULL, [1])"),
              ElementsAre("1.0|0.0|1.0|NULL"));
  EXPECT_EQ(Fails("SELECT cosine_distance([1], [1, 2])").code(), StatusCode::kExecution);
  EXPECT_EQ(Fails("SELECT cosine_distance('nonsense', [1, 2])").code(), StatusCode::kExecution);
}

// ---- Errors ----

TEST_F(DuckEngineTest, ErrorsNameTheThing) {
  EXPECT_EQ(Fails("SELECT nam FROM people").message(),
            "column `nam` does not exist; did you mean `name`?");
  EXPECT_THAT(Fails("SELECT people.nam FROM people").message(), HasSubstr("nam"));
  EXPECT_THAT(Fails("SELECT uper('x')").message(), HasSubstr("function `uper` does not exist"));
  EXPECT_THAT(Fails("SELECT age + 'x' FROM people WHERE id = 1").message(),
              AllOf(HasSubstr("+"), Not(HasSubstr("LITERAL"))));
  EXPECT_EQ(Fails("SELECT 70000::smallint").code(), StatusCode::kExecution);
  EXPECT_EQ(Fails("SELECT '2026-02-30'::date").code(), StatusCode::kExecution);
  EXPECT_THAT(Fails("SELECT id FROM people a, people b").message(), Not(HasSubstr("$default")));
  EXPECT_THAT(Fails("SELECT sum(name) FROM people").message(), Not(HasSubstr("VARCHAR")));
  EXPECT_EQ(Fails("SELECT name FROM people GROUP BY age").code(), StatusCode::kExecution);
}

TEST_F(DuckEngineTest, CancelledBeforeItStarts) {
  cancel_->Cancel();
  EXPECT_EQ(Fails("SELECT 1").code(), StatusCode::kCancelled);
}

TEST_F(DuckEngineTest, CancelStopsARunningQuery) {
  auto query = engine_->Query(ParseSelect("SELECT sum(a.range * b.range) FROM range(10000000) a, "
                                          "range(10000000) b"),
                              {.scope = scope_, .parameters = {}, .cancel = cancel_});
  ASSERT_TRUE(query.has_value());
  // The reader is inside Next() when the other thread cancels, or comes to it after.
  std::thread other([token = cancel_] { token->Cancel(); });
  std::vector<Row> rows;
  EXPECT_EQ(query->rows->Next(&rows).code(), StatusCode::kCancelled);
  other.join();
  EXPECT_THAT(rows, IsEmpty());
  EXPECT_TRUE(query->rows->Next(&rows).ok());
}

TEST_F(DuckEngineTest, TooMuchMemoryIsAnError) {
  auto small = OpenEngine({.memory_bytes_max = 32u << 20, .threads = 2});
  const Result result = Drain(small->Query(
      ParseSelect("SELECT count(*) FROM (SELECT DISTINCT range, range::text FROM range(20000000))"),
      {.scope = scope_, .parameters = {}, .cancel = cancel_}));
  EXPECT_EQ(result.status.code(), StatusCode::kResourceExhausted) << result.status.ToString();
  // And the engine goes on.
  const Result next = Drain(small->Query(ParseSelect("SELECT 1"),
                                         {.scope = scope_, .parameters = {}, .cancel = cancel_}));
  EXPECT_THAT(next.Lines(), ElementsAre("1"));
}

// ---- Cursors ----

TEST_F(DuckEngineTest, StreamsAMillionRows) {
  auto query = engine_->Query(ParseSelect("SELECT range, range::text FROM range(1000000)"),
                              {.scope = scope_, .parameters = {}, .cancel = cancel_});
  ASSERT_TRUE(query.has_value());
  std::vector<Row> rows;
  int64_t count = 0;
  while (true) {
    ASSERT_TRUE(query->rows->Next(&rows).ok());
    if (rows.empty()) {
      break;
    }
    ASSERT_LE(rows.size(), 4096u);
    for (const Row& row : rows) {
      ASSERT_EQ(row[0].AsInt(), count++);
    }
  }
  EXPECT_EQ(count, 1'000'000);
}

TEST_F(DuckEngineTest, DestroyedCursorLetsGoOfItsRelations) {
  std::weak_ptr<const table::Relation> relation;
  std::unique_ptr<types::RowCursor> rows;
  {
    auto table = std::make_shared<MemoryTable>(MakeSchema({Col("id", TypeId::kBigInt)}));
    for (int64_t i = 0; i < 100'000; ++i) {
      table->Add({Int(i)}, static_cast<uint64_t>(i));
    }
    relation = table;
    auto scope = std::make_shared<FakeScope>();
    scope->Put("big", table);
    auto query = engine_->Query(ParseSelect("SELECT a.id, b.id FROM big a, big b"),
                                {.scope = scope, .parameters = {}, .cancel = cancel_});
    ASSERT_TRUE(query.has_value());
    rows = std::move(query->rows);
  }
  std::vector<Row> batch;
  ASSERT_TRUE(rows->Next(&batch).ok());
  EXPECT_FALSE(batch.empty());
  EXPECT_FALSE(relation.expired());
  rows.reset();
  EXPECT_TRUE(relation.expired());
}

TEST_F(DuckEngineTest, FinishedCursorLetsGoOfItsScope) {
  std::weak_ptr<FakeScope> weak = scope_;
  auto query = engine_->Query(ParseSelect("SELECT id FROM people"),
                              {.scope = scope_, .parameters = {}, .cancel = cancel_});
  scope_.reset();
  std::vector<Row> rows;
  while (query->rows->Next(&rows).ok() && !rows.empty()) {
  }
  EXPECT_TRUE(weak.expired());
}

TEST_F(DuckEngineTest, ManyThreadsQueryAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 50; ++i) {
        const Result result = Drain(engine_->Query(
            ParseSelect("SELECT age, count(*) FROM people GROUP BY age ORDER BY age LIMIT 1"),
            {.scope = std::make_shared<FakeScope>(*scope_), .parameters = {}, .cancel = nullptr}));
        ASSERT_TRUE(result.status.ok()) << result.status.ToString();
        ASSERT_THAT(result.Lines(), ElementsAre("20|2"));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

}  // namespace
}  // namespace kalamdb::sql
