// SPDX-License-Identifier: Apache-2.0
// What SQL text must not reach: files, the network, engine settings, engine catalogs, other SQL.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/parser/duck_node.h"
#include "sql/parser/parser.h"

namespace kalamdb::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void ExpectRefused(const std::string& sql) {
  const auto parsed = Parse(sql);
  ASSERT_FALSE(parsed.has_value()) << sql;
  EXPECT_EQ(parsed.error().code(), StatusCode::kInvalidSql) << sql;
}

TEST(SecurityWalk, RefusesStatementsOfTheEngine) {
  for (const char* sql : {
           "COPY t TO '/tmp/out.csv'",
           "COPY t FROM '/etc/passwd'",
           "COPY (SELECT 1) TO '/tmp/x.parquet' (FORMAT parquet)",
           "ATTACH '/tmp/x.db' AS x",
           "ATTACH 'http://example.com/x.db'",
           "DETACH kalam",
           "INSTALL httpfs",
           "LOAD httpfs",
           "LOAD '/tmp/evil.so'",
           "FORCE INSTALL httpfs FROM 'http://example.com'",
           "UPDATE EXTENSIONS",
           "PRAGMA database_list",
           "PRAGMA enable_verification",
           "SET memory_limit = '100GB'",
           "SET GLOBAL enable_external_access = true",
           "RESET memory_limit",
           "SET VARIABLE x = 1",
           "EXPORT DATABASE '/tmp/dump'",
           "IMPORT DATABASE '/tmp/dump'",
           "CHECKPOINT",
           "FORCE CHECKPOINT",
           "VACUUM",
           "ANALYZE",
           "CALL pragma_version()",
           "CALL read_csv('/etc/passwd')",
           "PREPARE p AS SELECT 1",
           "EXECUTE p",
           "DEALLOCATE p",
           "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
           "CREATE PERSISTENT SECRET s (TYPE s3)",
           "CREATE MACRO f(a) AS a",
           "CREATE FUNCTION f(a) AS a",
           "CREATE TYPE mood AS ENUM ('a')",
           "CREATE SEQUENCE s",
           "CREATE SCHEMA x",
           "CREATE VIEW v AS SELECT 1",
           "CREATE OR REPLACE TABLE t AS SELECT 1",
           "CREATE TEMP TABLE t (a INT)",
           "CREATE TABLE t AS SELECT * FROM read_csv('/etc/passwd')",
           "CREATE INDEX i ON t (a)",
           "DROP SCHEMA x",
           "DROP FUNCTION f",
           "ALTER DATABASE kalam SET ALIAS TO x",
           "COMMENT ON TABLE t IS 'x'",
           "MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",
           "TRUNCATE t",
           "EXPLAIN COPY t TO '/tmp/x'",
           "EXPLAIN ANALYZE COPY t TO '/tmp/x'",
           "EXPLAIN INSERT INTO t VALUES (1)",
           "EXPLAIN CREATE TABLE x (a INT)",
           "PIVOT t ON a USING sum(b)",
           "SUMMARIZE t",
           "LISTEN x",
           "GRANT ALL ON t TO u",
       }) {
    ExpectRefused(sql);
  }
}

TEST(SecurityWalk, RefusesTableFunctions) {
  for (const char* call : {
           "read_csv('/etc/passwd')",
           "read_csv_auto('/etc/passwd')",
           "READ_CSV('/etc/passwd')",
           "\"read_csv\"('/etc/passwd')",
           "main.read_csv('/etc/passwd')",
           "system.main.read_csv('/etc/passwd')",
           "read_text('/etc/passwd')",
           "read_blob('/etc/passwd')",
           "read_parquet('/tmp/x.parquet')",
           "parquet_scan('/tmp/x.parquet')",
           "parquet_metadata('/tmp/x.parquet')",
           "parquet_schema('x')",
           "parquet_kv_metadata('x')",
           "parquet_file_metadata('x')",
           "parquet_bloom_probe('x', 'a', 1)",
           "read_json('/tmp/x.json')",
           "read_json_auto('x')",
           "read_json_objects('x')",
           "read_ndjson('x')",
           "read_ndjson_objects('x')",
           "glob('/etc/*')",
           "sniff_csv('/etc/passwd')",
           "query('SELECT 1')",
           "query_table('t')",
           "query_table(['t', 'u'])",
           "json_execute_serialized_sql('{}')",
           "sql_auto_complete('SEL')",
           "checkpoint()",
           "force_checkpoint()",
           "duckdb_settings()",
           "duckdb_tables()",
           "duckdb_functions()",
           "duckdb_secrets()",
           "duckdb_extensions()",
           "duckdb_temporary_files()",
           "duckdb_logs()",
           "duckdb_variables()",
           "duckdb_databases()",
           "pragma_database_size()",
           "pragma_storage_info('t')",
           "pragma_table_info('t')",
           "pragma_version()",
           "pragma_platform()",
           "pragma_user_agent()",
           "which_secret('x', 's3')",
           "enable_logging('x')",
           "disable_logging()",
           "truncate_duckdb_logs()",
           "arrow_scan(1, 2, 3)",
           "arrow_scan_dumb(1, 2, 3)",
           "seq_scan()",
           "test_all_types()",
           "test_vector_types(1)",
           "repeat_row(1, num_rows = 10)",
           "summary((SELECT 1))",
           "histogram(t, a)",
           "check_peg_parser('x')",
           "icu_calendar_names()",
           "pg_timezone_names()",
           "iceberg_scan('x')",
           "st_read('x')",
           "postgres_scan('host=x', 'a', 'b')",
           "sqlite_scan('x', 'a')",
           "shell('ls')",
       }) {
    const std::string name(call);
    ExpectRefused("SELECT * FROM " + name);
    ExpectRefused("SELECT (SELECT count(*) FROM " + name + ")");
    ExpectRefused("INSERT INTO t SELECT * FROM " + name);
    ExpectRefused("DELETE FROM t WHERE a IN (SELECT a FROM " + name + ")");
  }
}

TEST(SecurityWalk, RefusesFunctions) {
  for (const char* call : {
           "getenv('HOME')",
           "current_setting('memory_limit')",
           "getvariable('x')",
           "nextval('s')",
           "currval('s')",
           "txid_current()",
           "current_query()",
           "current_database()",
           "current_schemas(true)",
           "in_search_path('a', 'b')",
           "version()",
           "stats(a)",
           "vector_type(a)",
           "setseed(0.5)",
           "write_log('x')",
           "json_serialize_sql('SELECT 1')",
           "json_deserialize_sql('{}')",
           "json_serialize_plan('SELECT 1')",
           "parse_duckdb_log_message('a', 'b')",
           "pg_get_viewdef(1)",
           "pg_get_expr('a', 1)",
           "has_table_privilege('a', 'b')",
           "inet_server_addr()",
           "current_connection_id()",
           "get_block_size('x')",
           "sleep(10)",
           "pg_sleep(10)",
           "pg_read_file('/etc/passwd')",
           "lo_import('/etc/passwd')",
           "dblink('a', 'b')",
           "load_extension('x')",
           "file_exists('x')",
           "main.getenv('HOME')",
           "system.main.getenv('HOME')",
           "evil.upper('x')",
           "a.b.c.upper('x')",
           "'x'.getenv()",
           "\"getenv\"('HOME')",
           "GETENV('HOME')",
           "__internal_compress_string_utinyint('a')",
           "icu_collate_de('a')",
           "unknown_function(1)",
       }) {
    const std::string name(call);
    ExpectRefused("SELECT " + name);
    ExpectRefused("SELECT a FROM t WHERE " + name + " = 'x'");
    ExpectRefused("UPDATE t SET a = " + name + " WHERE id = 1");
    ExpectRefused("INSERT INTO t (a) VALUES (" + name + ")");
    ExpectRefused("CREATE TABLE t (a TEXT DEFAULT " + name + ")");
  }
}

// The same function in every place where an expression may stand.
TEST(SecurityWalk, LooksEverywhere) {
  for (const char* pattern : {
           "SELECT @",
           "SELECT 1 + @",
           "SELECT DISTINCT ON (@) a FROM t",
           "SELECT a FROM t WHERE @ IS NULL",
           "SELECT a FROM t GROUP BY @",
           "SELECT a FROM t GROUP BY GROUPING SETS ((a), (@))",
           "SELECT a FROM t GROUP BY a HAVING @ > 1",
           "SELECT a FROM t QUALIFY @ > 1",
           "SELECT a FROM t ORDER BY @",
           "SELECT a FROM t LIMIT @",
           "SELECT a FROM t LIMIT (SELECT @)",
           "SELECT a FROM t LIMIT 1 OFFSET @",
           "SELECT a FROM t LIMIT (@) %",
           "SELECT a FROM t, LATERAL (SELECT @) u",
           "SELECT a FROM t JOIN u ON @ = 1",
           "SELECT a FROM t LEFT JOIN u ON t.a = @",
           "SELECT a FROM t ASOF JOIN u ON t.a >= @",
           "SELECT a FROM t POSITIONAL JOIN (SELECT @) u",
           "SELECT a FROM (VALUES (@)) v(a)",
           "VALUES (@)",
           "TABLE t UNION SELECT @",
           "(SELECT @)",
           "FROM (SELECT @)",
           "FROM t SELECT @",
           "SELECT 1 UNION ALL SELECT @",
           "SELECT 1 EXCEPT (SELECT 2 INTERSECT SELECT @)",
           "SELECT 1 UNION ALL SELECT 2 ORDER BY (SELECT @)",
           "WITH x AS (SELECT @) SELECT 1",
           "WITH x AS MATERIALIZED (SELECT @) SELECT * FROM x",
           "WITH RECURSIVE x AS (SELECT 1 AS a UNION ALL SELECT @ FROM x) SELECT * FROM x",
           "WITH RECURSIVE x AS (SELECT @ AS a UNION ALL SELECT a FROM x) SELECT * FROM x",
           "WITH RECURSIVE x(a) USING KEY (a) AS (SELECT 1 UNION SELECT @ FROM x) TABLE x",
           "SELECT CASE WHEN @ THEN 1 END",
           "SELECT CASE WHEN true THEN @ END",
           "SELECT CASE WHEN true THEN 1 ELSE @ END",
           "SELECT CASE @ WHEN 1 THEN 2 END",
           "SELECT CAST(@ AS TEXT)",
           "SELECT @::text",
           "SELECT TRY_CAST(@ AS INT)",
           "SELECT TRY(@)",
           "SELECT COALESCE(NULL, @)",
           "SELECT NULLIF(1, @)",
           "SELECT upper(lower(@))",
           "SELECT a BETWEEN @ AND 2 FROM t",
           "SELECT a IN (1, @) FROM t",
           "SELECT a IN (SELECT @) FROM t",
           "SELECT a = ANY (SELECT @) FROM t",
           "SELECT a = ANY ([@]) FROM t",
           "SELECT EXISTS (SELECT @)",
           "SELECT NOT @",
           "SELECT -(@)",
           "SELECT @ IS NULL",
           "SELECT @ COLLATE nocase",
           "SELECT @ AT TIME ZONE 'UTC'",
           "SELECT [1, @]",
           "SELECT {'a': @}",
           "SELECT MAP {'a': @}",
           "SELECT ROW(1, @)",
           "SELECT ([1, 2])[@]",
           "SELECT ([1, 2])[1:@]",
           "SELECT INTERVAL (@) DAY",
           "SELECT EXTRACT(year FROM @)",
           "SELECT sum(@)",
           "SELECT sum(a ORDER BY @) FROM t",
           "SELECT sum(a) FILTER (WHERE @ = 1) FROM t",
           "SELECT sum(a) OVER (PARTITION BY @) FROM t",
           "SELECT sum(a) OVER (ORDER BY @) FROM t",
           "SELECT sum(a) OVER (ROWS BETWEEN @ PRECEDING AND CURRENT ROW) FROM t",
           "SELECT sum(a) FILTER (WHERE @) OVER () FROM t",
           "SELECT lag(a, @) OVER () FROM t",
           "SELECT lag(a, 1, @) OVER () FROM t",
           "SELECT sum(a) OVER w FROM t WINDOW w AS (ORDER BY @)",
           "SELECT list_transform([1], x -> @)",
           "SELECT list_transform([1], lambda x: @)",
           "SELECT list_reduce([1], (x, y) -> @)",
           "SELECT [@ FOR x IN [1, 2]]",
           "SELECT [x FOR x IN [1, 2] IF @]",
           "SELECT COLUMNS(c -> @) FROM t",
           "SELECT * REPLACE (@ AS a) FROM t",
           "SELECT unnest([@])",
           "SELECT * FROM unnest([@])",
           "SELECT * FROM range(@)",
           "SELECT * FROM generate_series(1, (SELECT @))",
           "SELECT * FROM t PIVOT (sum(@) FOR a IN (1, 2))",
           "SELECT * FROM (SELECT @) PIVOT (sum(a) FOR b IN (1, 2))",
           "SELECT * FROM (SELECT @ AS a) UNPIVOT (v FOR n IN (a))",
           "SELECT doc->>'a' = @ FROM t",
           "SELECT @ -> 'a'",
           "SELECT doc #> '{a}' = @ FROM t",
           "EXPLAIN SELECT @",
           "EXPLAIN ANALYZE SELECT @",
           "EXECUTE AS USER ada (SELECT @)",
           "INSERT INTO t VALUES (1, @)",
           "INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET a = @",
           "INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET a = 1 WHERE @ = 1",
           "INSERT INTO t VALUES (1) RETURNING @",
           "INSERT INTO t SELECT 1 WHERE @ = 1",
           "WITH x AS (SELECT @) INSERT INTO t SELECT * FROM x",
           "WITH x AS (SELECT @) UPDATE t SET a = 1 FROM x WHERE true",
           "WITH x AS (SELECT @) DELETE FROM t WHERE true",
           "UPDATE t SET a = @ WHERE true",
           "UPDATE t SET (a, b) = (1, @) WHERE true",
           "UPDATE t SET a = 1 FROM (SELECT @) u WHERE true",
           "UPDATE t SET a = 1 WHERE @ = 1",
           "UPDATE t SET a = 1 WHERE true RETURNING @",
           "DELETE FROM t USING (SELECT @) u WHERE true",
           "DELETE FROM t WHERE @ = 1",
           "DELETE FROM t WHERE true RETURNING @",
       }) {
    const auto with = [&](const std::string& call) {
      std::string text;
      for (const char* c = pattern; *c != '\0'; ++c) {
        text += *c == '@' ? call : std::string(1, *c);
      }
      return text;
    };
    // The pattern itself parses, so it is the function that is refused.
    const auto good = Parse(with("abs(1)"));
    EXPECT_TRUE(good.has_value()) << with("abs(1)") << ": " << good.error().message();
    ExpectRefused(with("getenv('HOME')"));
    ExpectRefused(with("(SELECT a FROM read_csv('/etc/passwd'))"));
    ExpectRefused(with("(SELECT a FROM '/etc/passwd')"));
  }
}

TEST(SecurityWalk, RefusesForeignTables) {
  for (const char* table : {
           "'/etc/passwd'",
           "'data.csv'",
           "\"data.parquet\"",
           "'s3://bucket/x.parquet'",
           "'http://example.com/x.csv'",
           "\"http://example.com/x.json\"",
           "'*.csv'",
           "system.main.duckdb_settings",
           "system.information_schema.tables",
           "memory.main.t",
           "temp.main.t",
           "temp.information_schema.tables",
           "other.ns.t",
           "\"a b\".t",
           "ns.\"../../etc/passwd\"",
           "ns.\"x.csv\"",
           "t AT (VERSION => 1)",
           "t AT (TIMESTAMP => now())",
           "(DESCRIBE t)",
           "(SHOW TABLES)",
           "(SUMMARIZE t)",
           "(SHOW ALL TABLES)",
           "(DESCRIBE SELECT 1)",
       }) {
    ExpectRefused("SELECT * FROM " + std::string(table));
    ExpectRefused("SELECT * FROM t, " + std::string(table));
    ExpectRefused("SELECT 1 WHERE EXISTS (FROM " + std::string(table) + ")");
  }
  for (const char* target :
       {"'x.csv'", "\"x.csv\"", "other.ns.t", "system.main.t", "temp.main.x", "ns.\"../x\""}) {
    ExpectRefused("INSERT INTO " + std::string(target) + " VALUES (1)");
    ExpectRefused("INSERT INTO " + std::string(target) + " SELECT 1");
    ExpectRefused("UPDATE " + std::string(target) + " SET a = 1 WHERE true");
    ExpectRefused("DELETE FROM " + std::string(target) + " WHERE true");
  }
}

std::string TreeOf(const std::string& sql) {
  const auto parsed = Parse(sql);
  if (!parsed.has_value()) {
    return parsed.error().message();
  }
  return std::get<SelectStatement>(parsed->front()->body).node->query().ToString();
}

std::vector<std::string> TablesOf(const std::string& sql) {
  const auto parsed = Parse(sql);
  EXPECT_TRUE(parsed.has_value()) << sql << ": " << parsed.error().message();
  std::vector<std::string> names;
  if (parsed.has_value()) {
    for (const TableName& table : std::get<SelectStatement>(parsed->front()->body).tables) {
      names.push_back(table.namespace_id + "." + table.name);
    }
  }
  return names;
}

// Names of the engine's views can only mean tables of ours.
TEST(SecurityWalk, QualifiesEveryTable) {
  EXPECT_EQ(TreeOf("SELECT a FROM t"), "SELECT a FROM kalam.\"$default\".t");
  EXPECT_EQ(TreeOf("SELECT a FROM Ns.T"), "SELECT a FROM kalam.ns.t");
  EXPECT_EQ(TreeOf("SELECT a FROM kalam.ns.t"), "SELECT a FROM kalam.ns.t");
  EXPECT_EQ(TreeOf("SELECT a FROM default.t"), "SELECT a FROM kalam.\"default\".t");
  EXPECT_EQ(TreeOf("SELECT * FROM duckdb_settings"),
            "SELECT * FROM kalam.\"$default\".duckdb_settings");
  EXPECT_EQ(TreeOf("SELECT * FROM sqlite_master"),
            "SELECT * FROM kalam.\"$default\".sqlite_master");
  EXPECT_EQ(TreeOf("SELECT * FROM pg_catalog.pg_class"), "SELECT * FROM kalam.pg_catalog.pg_class");
  EXPECT_EQ(TreeOf("SELECT * FROM information_schema.tables"),
            "SELECT * FROM kalam.information_schema.\"tables\"");
  EXPECT_EQ(TreeOf("SELECT * FROM system.users"), "SELECT * FROM kalam.\"system\".users");
  EXPECT_THAT(TreeOf("SELECT (SELECT max(a) FROM u) FROM t"), HasSubstr("kalam.\"$default\".u"));
}

TEST(SecurityWalk, KnowsTheScopeOfWithNames) {
  EXPECT_THAT(TablesOf("WITH x AS (SELECT * FROM t) SELECT * FROM x"), ElementsAre(".t"));
  EXPECT_THAT(TablesOf("WITH x AS (SELECT * FROM x) SELECT * FROM x"), ElementsAre(".x"));
  EXPECT_THAT(TablesOf("WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT * FROM x) SELECT * FROM x"),
              ElementsAre());
  EXPECT_THAT(TablesOf("WITH x AS (SELECT * FROM y), y AS (SELECT 1) SELECT * FROM x, y"),
              ElementsAre(".y"));
  EXPECT_THAT(TablesOf("WITH x AS (SELECT 1), y AS (SELECT * FROM x) SELECT * FROM y"),
              ElementsAre());
  EXPECT_THAT(TablesOf("SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x), x"),
              ElementsAre(".x"));
  EXPECT_THAT(TablesOf("WITH X AS (SELECT 1) SELECT * FROM \"x\" UNION SELECT * FROM ns.x"),
              ElementsAre("ns.x"));
  EXPECT_THAT(TablesOf("WITH x AS (SELECT 1) SELECT (SELECT * FROM x) FROM a, b.c"),
              ElementsAre(".a", "b.c"));
  for (const char* name : {"duckdb_settings", "DUCKDB_tables", "pragma_database_list", "pg_class",
                           "sqlite_master", "\"a.csv\"", "\"x y\""}) {
    ExpectRefused("WITH " + std::string(name) + " AS (SELECT 1) SELECT * FROM " + name);
  }
}

TEST(SecurityWalk, RefusesForeignTypesAndParameters) {
  for (const char* sql :
       {"SELECT 'a'::evil", "SELECT 'a'::main.evil", "SELECT 'a'::a.b.c",
        "SELECT CAST('a' AS regclass)", "SELECT ['a']::evil[]", "SELECT {'a': 1}::STRUCT(a evil)",
        "SELECT 1::UNION(a INT)", "SELECT 1::EMBEDDING(99999)", "SELECT $name", "SELECT $0",
        "SELECT $51", "SELECT $99999999999", "SELECT :name"}) {
    ExpectRefused(sql);
  }
}

TEST(SecurityWalk, SplittersCannotBeFooled) {
  for (const char* sql :
       {"SELECT 1; COPY t TO 'x'", "SELECT ';'; COPY t TO 'x'", "SELECT $$;$$; COPY t TO 'x'",
        "SELECT E'\\';'; COPY t TO 'x'", "SELECT 1 /* ; */; COPY t TO 'x'",
        "SELECT 1 -- ;\n; COPY t TO 'x'", "SELECT \";\" FROM t; COPY t TO 'x'",
        "SELECT 1 /* /* */ ; */; COPY t TO 'x'", "EXECUTE AS USER a (SELECT 1; COPY t TO 'x')",
        "EXECUTE AS USER a (COPY t TO 'x')", "EXECUTE AS USER a (EXECUTE AS USER b (SELECT 1))",
        "EXECUTE AS USER a (SELECT 1) COPY t TO 'x'", "EXECUTE AS USER a (SELECT 1) (SELECT 2)"}) {
    ExpectRefused(sql);
  }
}

}  // namespace
}  // namespace kalamdb::sql
