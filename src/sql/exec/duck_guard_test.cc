// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_guard.h"

#include <string>

#include "duckdb/main/connection.hpp"
#include "duckdb/main/materialized_query_result.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/exec/duck_database.h"
#include "sql/exec/duck_fixture.h"

namespace kalamdb::sql {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Hostile trees as if the parser had let them pass: names as written, no walk.
class DuckGuardTest : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() { engine_ = DuckEngine::Open({}).value().release(); }
  static void TearDownTestSuite() {
    delete engine_;
    engine_ = nullptr;
  }

  Status Run(const std::string& sql, bool is_raw) {
    auto scope = std::make_shared<testing::FakeScope>();
    scope->Put("people", std::make_shared<table::RowsRelation>(
                             testing::MakeSchema({testing::Col("id", types::TypeId::kInt)}),
                             std::vector<types::Row>{{types::Value(int64_t{1})}}));
    auto query = engine_->Query(testing::ParseSelect(sql, is_raw),
                                {.scope = scope, .parameters = {}, .cancel = nullptr});
    if (!query.has_value()) {
      return query.error();
    }
    std::vector<types::Row> rows;
    return query->rows->Next(&rows);
  }

  static DuckEngine* engine_;
};

DuckEngine* DuckGuardTest::engine_ = nullptr;

TEST_P(DuckGuardTest, Refuses) {
  const Status status = Run(GetParam(), /*is_raw=*/true);
  EXPECT_THAT(status.code(),
              AnyOf(StatusCode::kInvalidSql, StatusCode::kTableNotFound, StatusCode::kExecution))
      << status.ToString();
  EXPECT_THAT(status.message(), Not(HasSubstr("/root")));
  EXPECT_TRUE(Run("SELECT 1", /*is_raw=*/true).ok());
}

INSTANTIATE_TEST_SUITE_P(
    Files, DuckGuardTest,
    ::testing::Values(
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_csv_auto('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM read_json('/etc/passwd')", "SELECT * FROM read_json_auto('/etc/passwd')",
        "SELECT * FROM read_json_objects('/etc/passwd')",
        "SELECT * FROM read_ndjson('/etc/passwd')", "SELECT * FROM read_parquet('/tmp/x.parquet')",
        "SELECT * FROM parquet_scan('/tmp/x.parquet')",
        "SELECT * FROM parquet_metadata('/tmp/x.parquet')",
        "SELECT * FROM parquet_schema('/tmp/x.parquet')", "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM sniff_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM '/tmp/x.csv'", "SELECT * FROM \"/tmp/x.parquet\"",
        "SELECT * FROM 'https://example.org/x.csv'", "SELECT * FROM kalam.\"$default\".\"a.csv\"",
        "SELECT * FROM system.main.read_text('/etc/passwd')",
        "SELECT (SELECT content FROM read_text('/etc/passwd'))",
        "WITH x AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM x",
        "SELECT * FROM range(3) t, LATERAL (SELECT * FROM glob('/*')) g",
        "SELECT list_transform(['/etc/passwd'], p -> (SELECT content FROM read_text(p)))"));

INSTANTIATE_TEST_SUITE_P(
    State, DuckGuardTest,
    ::testing::Values(
        "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM duckdb_tables()", "SELECT * FROM duckdb_functions()",
        "SELECT * FROM duckdb_databases()", "SELECT * FROM duckdb_extensions()",
        "SELECT * FROM duckdb_memory()", "SELECT * FROM duckdb_temporary_files()",
        "SELECT * FROM duckdb_logs()", "SELECT * FROM duckdb_prepared_statements()",
        "SELECT * FROM pragma_database_size()", "SELECT * FROM pragma_version()",
        "SELECT * FROM pragma_table_info('people')", "SELECT * FROM pragma_user_agent()",
        "SELECT * FROM sqlite_master", "SELECT * FROM duckdb_settings",
        "SELECT * FROM duckdb_tables", "SELECT * FROM pg_catalog.pg_tables",
        "SELECT * FROM pg_tables", "SELECT * FROM pg_catalog.pg_settings",
        "SELECT * FROM information_schema.tables", "SELECT * FROM system.information_schema.tables",
        "SELECT * FROM memory.main.x", "SELECT * FROM temp.main.x",
        "SELECT * FROM system.main.duckdb_tables", "SELECT * FROM main.people",
        "SELECT * FROM people", "SELECT getenv('HOME')", "SELECT current_setting('threads')",
        "SELECT current_setting('memory_limit')", "SELECT getvariable('x')", "SELECT nextval('s')",
        "SELECT currval('s')", "SELECT current_database()", "SELECT current_schema()",
        "SELECT current_schemas(true)", "SELECT txid_current()", "SELECT current_query()",
        "SELECT write_log('x')", "SELECT setseed(0.5)", "SELECT in_search_path('a', 'b')",
        "SELECT stats(1)", "SELECT vector_type(1)", "SELECT pg_get_viewdef(1)",
        "SELECT system.main.current_setting('threads')"));

INSTANTIATE_TEST_SUITE_P(
    Sql, DuckGuardTest,
    ::testing::Values("SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('people')",
                      "SELECT * FROM json_execute_serialized_sql('{}')",
                      "SELECT json_serialize_sql('SELECT 1')",
                      "SELECT json_serialize_plan('SELECT 1')", "SELECT json_deserialize_sql('{}')",
                      "SELECT * FROM sql_auto_complete('SEL')",
                      "SELECT * FROM check_peg_parser('SELECT 1')",
                      "SELECT * FROM test_all_types()", "SELECT * FROM test_vector_types(1)",
                      "SELECT * FROM checkpoint()", "SELECT * FROM force_checkpoint()",
                      "SELECT * FROM enable_logging()", "SELECT * FROM truncate_duckdb_logs()",
                      "SELECT * FROM icu_calendar_names()", "SELECT * FROM pg_timezone_names()",
                      "SELECT * FROM summary((SELECT 1))", "SELECT * FROM seq_scan('x')",
                      "SELECT * FROM arrow_scan(1, 2, 3)", "SELECT * FROM (SHOW TABLES)",
                      "SELECT * FROM (DESCRIBE SELECT 1)", "SELECT * FROM (SUMMARIZE SELECT 1)",
                      "SELECT * FROM kalam.app.people AT (VERSION => 1)"));

// A plain connection to the engine's database: what an attacker would hold who got past everything.
class DuckDatabaseTest : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() { database_ = OpenDatabase({}).release(); }
  static void TearDownTestSuite() {
    delete database_;
    database_ = nullptr;
  }
  static duckdb::DuckDB* database_;
};

duckdb::DuckDB* DuckDatabaseTest::database_ = nullptr;

TEST_P(DuckDatabaseTest, Refuses) {
  duckdb::Connection connection(*database_);
  EXPECT_TRUE(connection.Query(GetParam())->HasError());
}

INSTANTIATE_TEST_SUITE_P(
    Statements, DuckDatabaseTest,
    ::testing::Values(
        "COPY (SELECT 1) TO '/tmp/kalamdb_escape.csv'", "ATTACH '/tmp/kalamdb_escape.db' AS x",
        "ATTACH ':memory:' AS x", "DETACH kalam", "INSTALL httpfs", "LOAD httpfs",
        "LOAD '/tmp/x.duckdb_extension'", "EXPORT DATABASE '/tmp/kalamdb_escape'",
        "IMPORT DATABASE '/tmp/kalamdb_escape'", "PRAGMA database_list", "PRAGMA version",
        "SET threads = 8", "SET GLOBAL TimeZone = 'Europe/Oslo'", "RESET enable_external_access",
        "SET enable_external_access = true", "SET lock_configuration = false",
        "SET memory_limit = '1TB'", "SET temp_directory = '/tmp'", "SET home_directory = '/tmp'",
        "CREATE TABLE t (i INT)", "CREATE TABLE memory.main.t (i INT)",
        "CREATE TEMP TABLE t (i INT)", "CREATE VIEW v AS SELECT 1", "CREATE SCHEMA kalam.s",
        "CREATE TABLE kalam.s.t (i INT)", "DROP TABLE kalam.app.people", "DROP SCHEMA kalam.app",
        "CREATE MACRO m() AS 1", "CREATE SEQUENCE s", "CREATE TYPE e AS ENUM ('a')",
        "CREATE SECRET (TYPE s3)", "INSERT INTO kalam.app.people VALUES (1)",
        "DELETE FROM kalam.app.people", "UPDATE kalam.app.people SET id = 2", "CHECKPOINT",
        "VACUUM", "SELECT * FROM read_text('/etc/passwd')", "SELECT 1"));

}  // namespace
}  // namespace kalamdb::sql
