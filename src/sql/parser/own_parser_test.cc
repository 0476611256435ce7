// SPDX-License-Identifier: Apache-2.0
// Statements of our own grammar.
#include "sql/parser/own_parser.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "sql/parser/parse_testing.h"

namespace kalamdb::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using types::DefaultKind;
using types::TypeId;

TEST(OwnParser, Namespaces) {
  EXPECT_EQ(ParseAs<CreateNamespace>("CREATE NAMESPACE App_1").name, "app_1");
  EXPECT_TRUE(ParseAs<CreateNamespace>("create namespace if not exists a").if_not_exists);
  EXPECT_EQ(ParseAs<DropNamespace>("DROP NAMESPACE a").name, "a");
  const auto drop = ParseAs<DropNamespace>("DROP NAMESPACE IF EXISTS a CASCADE");
  EXPECT_TRUE(drop.if_exists && drop.is_cascade);
  for (const char* sql : {"USE a", "USE NAMESPACE a", "SET NAMESPACE a", "use \"A\""}) {
    EXPECT_EQ(ParseAs<UseNamespace>(sql).name, "a") << sql;
  }
  EXPECT_EQ(ParseAs<UseNamespace>("USE default").name, "default");
  for (const char* bad : {"CREATE NAMESPACE", "CREATE NAMESPACE 1a", "CREATE NAMESPACE _a",
                          "CREATE NAMESPACE \"a b\"", "CREATE NAMESPACE \"../x\"",
                          "CREATE NAMESPACE a b", "CREATE NAMESPACE a.b", "DROP NAMESPACE", "USE",
                          "USE a b", "USE 'a'", "CREATE NAMESPACE naïve"}) {
    ErrorOf(bad);
  }
  const std::string longest(limits::kNameBytesMax, 'n');
  EXPECT_EQ(ParseAs<CreateNamespace>("CREATE NAMESPACE " + longest).name, longest);
  EXPECT_THAT(ErrorOf("CREATE NAMESPACE n" + longest), HasSubstr("at most 64"));
}

TEST(OwnParser, CreateTable) {
  const auto create = ParseAs<CreateTable>(
      "CREATE USER TABLE IF NOT EXISTS App.Messages (id BIGINT PRIMARY KEY DEFAULT SNOWFLAKE_ID(), "
      "Author VARCHAR(20) NOT NULL, \"Body\" TEXT NULL, at TIMESTAMP DEFAULT NOW(), "
      "price DECIMAL(10, 2) DEFAULT 1.5, ok BOOLEAN DEFAULT true)");
  EXPECT_EQ(create.table.namespace_id, "app");
  EXPECT_EQ(create.table.name, "messages");
  EXPECT_TRUE(create.if_not_exists);
  EXPECT_EQ(create.options.kind, TableKind::kUser);
  const auto& columns = create.schema.columns;
  ASSERT_EQ(columns.size(), 6u);
  EXPECT_THAT(create.schema.key, ElementsAre(0));
  EXPECT_EQ(columns[0].id, 1u);
  EXPECT_EQ(columns[5].id, 6u);
  EXPECT_EQ(columns[0].default_value.kind, DefaultKind::kSnowflakeId);
  EXPECT_FALSE(columns[0].is_nullable);
  EXPECT_EQ(columns[1].name, "author");
  EXPECT_EQ(columns[1].type.id, TypeId::kText);
  EXPECT_FALSE(columns[1].is_nullable);
  EXPECT_EQ(columns[2].name, "Body");
  EXPECT_TRUE(columns[2].is_nullable);
  EXPECT_EQ(columns[3].default_value.kind, DefaultKind::kNow);
  EXPECT_EQ(columns[4].type,
            (types::DataType{.id = TypeId::kDecimal, .precision = 10, .scale = 2}));
  EXPECT_EQ(columns[4].default_value.kind, DefaultKind::kLiteral);
  EXPECT_EQ(columns[4].default_value.literal, types::Value(types::Int128{150}));
  EXPECT_EQ(columns[5].default_value.literal, types::Value(true));
}

TEST(OwnParser, TableKinds) {
  EXPECT_EQ(ParseAs<CreateTable>("CREATE TABLE t (a INT)").options.kind, std::nullopt);
  EXPECT_EQ(ParseAs<CreateTable>("CREATE SHARED TABLE t (a INT)").options.kind, TableKind::kShared);
  EXPECT_EQ(ParseAs<CreateTable>("CREATE STREAM TABLE t (a INT) WITH (TTL_SECONDS = 10)")
                .options.ttl_seconds,
            10u);
  EXPECT_EQ(ParseAs<CreateTable>("CREATE TABLE t (a INT) WITH (TYPE = 'stream')").options.kind,
            TableKind::kStream);
  EXPECT_EQ(ParseAs<CreateTable>("CREATE USER TABLE t (a INT) WITH (TYPE = USER)").options.kind,
            TableKind::kUser);
  EXPECT_THAT(ErrorOf("CREATE USER TABLE t (a INT) WITH (TYPE = 'SHARED')"),
              HasSubstr("TYPE 'SHARED' contradicts CREATE USER TABLE"));
}

TEST(OwnParser, ColumnTypes) {
  const auto type_of = [](const std::string& type) {
    const auto create = ParseAs<CreateTable>("CREATE TABLE t (a " + type + ", b INT)");
    return create.schema.columns.empty() ? "error" : types::SqlName(create.schema.columns[0].type);
  };
  EXPECT_EQ(type_of("DOUBLE PRECISION"), "DOUBLE");
  EXPECT_EQ(type_of("character varying(20)"), "TEXT");
  EXPECT_EQ(type_of("TIMESTAMP WITH TIME ZONE"), "DATETIME");
  EXPECT_EQ(type_of("TIMESTAMP(6) WITHOUT TIME ZONE"), "TIMESTAMP");
  EXPECT_EQ(type_of("EMBEDDING(384)"), "EMBEDDING(384)");
  EXPECT_EQ(type_of("numeric"), "DECIMAL(38,10)");
  EXPECT_EQ(type_of("jsonb NOT NULL"), "JSON");
  for (const char* bad : {"INT[]", "INTERVAL", "MAP(INT, INT)", "STRUCT(a INT)", "nonsense",
                          "INT UNSIGNED", "DECIMAL(99)", "EMBEDDING", "'INT'", "VARCHAR(-1)"}) {
    ErrorOf("CREATE TABLE t (a " + std::string(bad) + ")");
  }
}

TEST(OwnParser, AutomaticKeys) {
  const auto kind = [](const std::string& definition) {
    const auto create = ParseAs<CreateTable>("CREATE TABLE t (a " + definition + ")");
    EXPECT_FALSE(create.schema.columns.empty() || create.schema.columns[0].is_nullable);
    return create.schema.columns[0].default_value.kind;
  };
  EXPECT_EQ(kind("SERIAL PRIMARY KEY"), DefaultKind::kSerial);
  EXPECT_EQ(kind("SMALLSERIAL"), DefaultKind::kSerial);
  EXPECT_EQ(kind("BIGSERIAL PRIMARY KEY"), DefaultKind::kSnowflakeId);
  EXPECT_EQ(kind("BIGINT AUTO_INCREMENT PRIMARY KEY"), DefaultKind::kSnowflakeId);
  EXPECT_EQ(kind("INT PRIMARY KEY AUTO_INCREMENT"), DefaultKind::kSerial);
  EXPECT_EQ(kind("BIGINT GENERATED ALWAYS AS IDENTITY"), DefaultKind::kSnowflakeId);
  EXPECT_EQ(kind("SMALLINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"), DefaultKind::kSerial);
  EXPECT_THAT(ErrorOf("CREATE TABLE t (a TEXT AUTO_INCREMENT)"), HasSubstr("not TEXT"));
  EXPECT_THAT(ErrorOf("CREATE TABLE t (a SERIAL DEFAULT 1)"), HasSubstr("more than one default"));
  EXPECT_THAT(ErrorOf("CREATE TABLE t (a INT GENERATED ALWAYS AS (1 + 1))"),
              HasSubstr("generated columns"));
}

TEST(OwnParser, Defaults) {
  const auto parse = [](const std::string& definition) {
    const auto create = ParseAs<CreateTable>("CREATE TABLE t (a " + definition + ", b INT)");
    return create.schema.columns.empty() ? types::ColumnDefault{}
                                         : create.schema.columns[0].default_value;
  };
  EXPECT_EQ(parse("INT DEFAULT 5").literal, types::Value(int64_t{5}));
  EXPECT_EQ(parse("INT DEFAULT -5 NOT NULL").literal, types::Value(int64_t{-5}));
  EXPECT_EQ(parse("TEXT DEFAULT 'x'").literal, types::Value("x"));
  EXPECT_EQ(parse("TEXT DEFAULT ('x')").literal, types::Value("x"));
  EXPECT_EQ(parse("DOUBLE DEFAULT 1").literal, types::Value(1.0));
  EXPECT_EQ(parse("DATE DEFAULT '2026-05-04'").kind, DefaultKind::kLiteral);
  EXPECT_EQ(parse("DATE DEFAULT DATE '2026-05-04'").kind, DefaultKind::kLiteral);
  EXPECT_EQ(parse("INT DEFAULT NULL").kind, DefaultKind::kNone);
  EXPECT_EQ(parse("INT DEFAULT NULL NULL").kind, DefaultKind::kNone);
  EXPECT_EQ(parse("BOOLEAN DEFAULT FALSE NOT NULL").literal, types::Value(false));
  EXPECT_EQ(parse("TIMESTAMP DEFAULT CURRENT_TIMESTAMP").kind, DefaultKind::kNow);
  EXPECT_EQ(parse("DATETIME DEFAULT now()").kind, DefaultKind::kNow);
  EXPECT_EQ(parse("TEXT DEFAULT UUID_V7()").kind, DefaultKind::kUuidV7);
  EXPECT_EQ(parse("UUID DEFAULT uuid_v7() NOT NULL").kind, DefaultKind::kUuidV7);
  EXPECT_EQ(parse("TEXT DEFAULT ULID()").kind, DefaultKind::kUlid);
  EXPECT_EQ(parse("TEXT DEFAULT CURRENT_USER()").kind, DefaultKind::kCurrentUser);
  EXPECT_EQ(parse("TEXT DEFAULT CURRENT_USER").kind, DefaultKind::kCurrentUser);
  const auto expression = parse("INT DEFAULT (1 + length('a, b')) NOT NULL");
  EXPECT_EQ(expression.kind, DefaultKind::kExpression);
  EXPECT_EQ(expression.expression, "(1 + length('a, b'))");
  EXPECT_EQ(parse("DATE DEFAULT CURRENT_DATE").expression, "CURRENT_DATE");
  EXPECT_EQ(parse("BOOLEAN DEFAULT (NULL IS NOT NULL) NOT NULL").kind, DefaultKind::kExpression);
  EXPECT_EQ(parse("TEXT DEFAULT CASE WHEN true THEN 'a' ELSE 'b' END").kind,
            DefaultKind::kExpression);
  for (const char* bad :
       {"INT DEFAULT", "INT DEFAULT b", "INT DEFAULT (SELECT 1)", "INT DEFAULT $1",
        "INT DEFAULT getenv('x')", "INT DEFAULT SNOWFLAKE_ID()", "SMALLINT DEFAULT SNOWFLAKE_ID()",
        "INT DEFAULT 1 2", "INT DEFAULT sum(1) OVER (", "INT DEFAULT 1 AS x",
        "INT DEFAULT 1 FROM u", "INT DEFAULT 1; DROP TABLE u", "INT DEFAULT 1 DEFAULT 2"}) {
    ErrorOf("CREATE TABLE t (a " + std::string(bad) + ")");
  }
  EXPECT_EQ(Parse("CREATE TABLE t (a INT DEFAULT 'x')").error().code(),
            StatusCode::kConstraintViolation);
  EXPECT_EQ(Parse("CREATE TABLE t (a SMALLINT DEFAULT 70000)").error().code(),
            StatusCode::kConstraintViolation);
}

TEST(OwnParser, Keys) {
  EXPECT_THAT(ParseAs<CreateTable>("CREATE TABLE t (a INT, b INT, PRIMARY KEY (b))").schema.key,
              ElementsAre(1));
  const auto composite =
      ParseAs<CreateTable>("CREATE TABLE t (PRIMARY KEY (b, A), a INT, b INT, c INT)");
  EXPECT_THAT(composite.schema.key, ElementsAre(1, 0));
  EXPECT_FALSE(composite.schema.columns[0].is_nullable);
  EXPECT_TRUE(composite.schema.columns[2].is_nullable);
  EXPECT_THAT(
      ParseAs<CreateTable>("CREATE TABLE t (a INT, CONSTRAINT pk PRIMARY KEY (a))").schema.key,
      ElementsAre(0));
  EXPECT_THAT(ParseAs<CreateTable>("CREATE TABLE t (a INT)").schema.key, ElementsAre());
  for (const char* bad :
       {"(a INT PRIMARY KEY, b INT PRIMARY KEY)", "(a INT PRIMARY KEY, PRIMARY KEY (a))",
        "(a INT, PRIMARY KEY (b))", "(a INT, PRIMARY KEY (a, a))", "(a INT, PRIMARY KEY ())",
        "(a INT NULL PRIMARY KEY)", "(a INT NULL NOT NULL)"}) {
    ErrorOf("CREATE TABLE t " + std::string(bad));
  }
  for (const char* bad :
       {"(a INT UNIQUE)", "(a INT, UNIQUE (a))", "(a INT CHECK (a > 1))", "(a INT, CHECK (a > 1))",
        "(a INT REFERENCES u (a))", "(a INT, FOREIGN KEY (a) REFERENCES u (a))",
        "(a INT, CONSTRAINT c UNIQUE (a))", "(a INT CONSTRAINT c CHECK (true))"}) {
    EXPECT_THAT(ErrorOf("CREATE TABLE t " + std::string(bad)),
                HasSubstr("constraints are not enforced yet, so they are refused"));
  }
}

TEST(OwnParser, ColumnNames) {
  for (const char* bad :
       {"_a", "_seq", "\"_SEQ\"", "_deleted", "\"a b\"", "\"a-b\"", "\"ä\"", "naïve", "\"a.b\""}) {
    ErrorOf("CREATE TABLE t (" + std::string(bad) + " INT)");
  }
  EXPECT_THAT(ErrorOf("CREATE TABLE t (_seq INT)"), HasSubstr("reserved"));
  EXPECT_THAT(ErrorOf("CREATE TABLE t (a INT, \"A\" INT)"), HasSubstr("declared twice"));
  EXPECT_EQ(ParseAs<CreateTable>("CREATE TABLE t (\"1a\" INT)").schema.columns[0].name, "1a");
  EXPECT_THAT(ErrorOf("CREATE TABLE t (a" + std::string(limits::kNameBytesMax, 'a') + " INT)"),
              HasSubstr("at most 64"));
  std::string many = "CREATE TABLE t (c0 INT";
  for (size_t i = 1; i < limits::kColumnsMax; ++i) {
    many += ", c" + std::to_string(i) + " INT";
  }
  EXPECT_EQ(ParseAs<CreateTable>(many + ")").schema.columns.size(), limits::kColumnsMax);
  EXPECT_THAT(ErrorOf(many + ", x INT)"), HasSubstr("at most 1000 columns"));
}

TEST(OwnParser, TableOptions) {
  const auto options = [](const std::string& clauses) {
    return ParseAs<CreateTable>("CREATE TABLE t (a INT) " + clauses).options;
  };
  const auto all = options(
      "WITH (storage_id = 'local', USE_USER_STORAGE = true, Flush_Policy = 'rows:10,interval:20', "
      "DELETED_RETENTION_HOURS = 2, access_level = PUBLIC, COMPRESSION = 'ZSTD')");
  EXPECT_EQ(all.storage_id, "local");
  EXPECT_EQ(all.use_user_storage, true);
  EXPECT_EQ(all.flush_policy->rows, 10u);
  EXPECT_EQ(all.flush_policy->interval_seconds, 20u);
  EXPECT_EQ(all.deleted_retention_seconds, 7200);
  EXPECT_EQ(all.access_level, "public");
  EXPECT_EQ(all.compression, "zstd");
  EXPECT_EQ(options("").storage_id, std::nullopt);
  EXPECT_EQ(options("USING parquet WITH (TYPE = 'USER')").kind, TableKind::kUser);
  EXPECT_EQ(options("WITH ()").kind, std::nullopt);
  // October 2025.
  EXPECT_EQ(options("LOCATION 's3://b/${user_id}/'").location_path, "s3://b/${user_id}/");
  EXPECT_EQ(options("LOCATION REFERENCE 'cold'").storage_id, "cold");
  EXPECT_EQ(options("FLUSH POLICY ROWS 1000").flush_policy->rows, 1000u);
  const auto both = options("FLUSH POLICY ROWS 1000 INTERVAL '5 minutes'").flush_policy;
  EXPECT_EQ(both->rows, 1000u);
  EXPECT_EQ(both->interval_seconds, 300u);
  EXPECT_EQ(options("FLUSH POLICY ROW_LIMIT 7").flush_policy->rows, 7u);
  EXPECT_EQ(options("FLUSH POLICY TIME_INTERVAL 60").flush_policy->interval_seconds, 60u);
  EXPECT_EQ(options("FLUSH POLICY INTERVAL 5 MINUTES").flush_policy->interval_seconds, 300u);
  const auto combined =
      options("LOCATION REFERENCE x FLUSH POLICY COMBINED ROW_LIMIT 5 TIME_INTERVAL 9");
  EXPECT_EQ(combined.flush_policy->rows, 5u);
  EXPECT_EQ(combined.flush_policy->interval_seconds, 9u);
  EXPECT_EQ(options("WITH (deleted_retention='7d')").deleted_retention_seconds, 604800);
  EXPECT_EQ(options("WITH (deleted_retention='off')").deleted_retention_seconds, 0);
  const auto stream = options("WITH (retention='10s', ephemeral=true, max_buffer=1000)");
  EXPECT_EQ(stream.ttl_seconds, 10u);
  EXPECT_EQ(stream.is_ephemeral, true);
  EXPECT_EQ(stream.max_buffer, 1000u);
  const auto clauses = options("RETENTION 10 EPHEMERAL MAX_BUFFER 50");
  EXPECT_EQ(clauses.ttl_seconds, 10u);
  EXPECT_EQ(clauses.is_ephemeral, true);
  EXPECT_EQ(clauses.max_buffer, 50u);
}

TEST(OwnParser, BadTableOptions) {
  EXPECT_EQ(ErrorOf("CREATE TABLE t (a INT) WITH (bogus = 1)"), "Unknown table option 'BOGUS'");
  for (const char* bad : {"WITH (TYPE = 'x')",
                          "WITH (TYPE)",
                          "WITH (TYPE =)",
                          "WITH TYPE = 'USER'",
                          "WITH (",
                          "WITH (TYPE = 'USER'",
                          "WITH (TYPE = 'USER',)",
                          "WITH (TYPE = 'USER', type = 'USER')",
                          "WITH (FLUSH_POLICY = 'rows:0')",
                          "WITH (FLUSH_POLICY = 'rows:1000000')",
                          "WITH (FLUSH_POLICY = 'interval:0')",
                          "WITH (FLUSH_POLICY = 'interval:86400')",
                          "WITH (FLUSH_POLICY = 'rows:x')",
                          "WITH (FLUSH_POLICY = 'rows:1,rows:2')",
                          "WITH (FLUSH_POLICY = '')",
                          "WITH (FLUSH_POLICY = 'rows:-1')",
                          "WITH (USE_USER_STORAGE = maybe)",
                          "WITH (TTL_SECONDS = 0)",
                          "WITH (TTL_SECONDS = -1)",
                          "WITH (TTL_SECONDS = 99999999999)",
                          "WITH (ACCESS_LEVEL = 'x')",
                          "WITH (STORAGE_ID = '../x')",
                          "WITH (STORAGE_ID = '')",
                          "WITH (retention = '10 parsecs')",
                          "WITH (retention = '99999999999999999999d')",
                          "WITH (deleted_retention = '-1d')",
                          "FLUSH POLICY",
                          "FLUSH POLICY ROWS",
                          "FLUSH POLICY ROWS 1 ROWS 2",
                          "LOCATION",
                          "bogus",
                          "AS SELECT 1",
                          "LOCATION REFERENCE '../x'",
                          "MAX_BUFFER x",
                          "RETENTION"}) {
    ErrorOf("CREATE TABLE t (a INT) " + std::string(bad));
  }
  for (const char* bad :
       {"CREATE TABLE t", "CREATE TABLE t ()", "CREATE TABLE t (a)", "CREATE TABLE (a INT)",
        "CREATE TABLE t (a INT", "CREATE TABLE t (a INT,)", "CREATE TABLE a.b.c (a INT)",
        "CREATE TABLE t AS SELECT 1", "CREATE TABLE 1t (a INT)", "CREATE TABLE _t (a INT)",
        "CREATE TABLE select (a INT)", "CREATE TABLE IF EXISTS t (a INT)"}) {
    ErrorOf(bad);
  }
}

TEST(OwnParser, DropAndDescribe) {
  const auto drop = ParseAs<DropTable>("DROP TABLE IF EXISTS ns.t");
  EXPECT_EQ(drop.table.namespace_id, "ns");
  EXPECT_EQ(drop.table.name, "t");
  EXPECT_TRUE(drop.if_exists);
  EXPECT_EQ(drop.kind, std::nullopt);
  EXPECT_EQ(ParseAs<DropTable>("DROP USER TABLE t").kind, TableKind::kUser);
  EXPECT_EQ(ParseAs<DropTable>("DROP STREAM TABLE t").kind, TableKind::kStream);
  EXPECT_EQ(ParseAs<Describe>("DESCRIBE TABLE ns.t").table.name, "t");
  EXPECT_EQ(ParseAs<Describe>("DESC default.t").table.namespace_id, "default");
  EXPECT_TRUE(ParseAs<Describe>("describe t HISTORY").is_history);
  for (const char* bad : {"DROP TABLE", "DROP TABLE t, u", "DROP TABLE t CASCADE", "DESCRIBE",
                          "DESCRIBE SELECT 1", "DROP", "DROP x"}) {
    ErrorOf(bad);
  }
}

TEST(OwnParser, ShowStatements) {
  EXPECT_EQ(ParseAs<Show>("SHOW NAMESPACES").kind, ShowKind::kNamespaces);
  EXPECT_EQ(ParseAs<Show>("show tables").kind, ShowKind::kTables);
  EXPECT_EQ(ParseAs<Show>("SHOW TABLES IN ns").namespace_id, "ns");
  EXPECT_EQ(ParseAs<Show>("SHOW TABLES IN NAMESPACE default").namespace_id, "default");
  EXPECT_EQ(ParseAs<Show>("SHOW STORAGES").kind, ShowKind::kStorages);
  EXPECT_EQ(ParseAs<Show>("SHOW SETTINGS").kind, ShowKind::kSettings);
  EXPECT_EQ(ParseAs<Show>("SHOW ALL").kind, ShowKind::kSettings);
  EXPECT_EQ(ParseAs<Show>("SHOW USERS").kind, ShowKind::kUsers);
  EXPECT_EQ(ParseAs<Show>("SHOW COLUMNS FROM ns.t").table.name, "t");
  EXPECT_EQ(ParseAs<Show>("SHOW STATS FOR TABLE ns.t").kind, ShowKind::kStats);
  EXPECT_THAT(ErrorOf("SHOW MANIFEST"), HasSubstr("not available in this version"));
  EXPECT_THAT(ErrorOf("SHOW memory_limit"), HasSubstr("not supported"));
  ErrorOf("SHOW");
  ErrorOf("SHOW TABLES IN");
  ErrorOf("SHOW NAMESPACES x");
}

TEST(OwnParser, Transactions) {
  for (const char* sql :
       {"BEGIN", "BEGIN TRANSACTION", "begin work", "START TRANSACTION",
        "BEGIN ISOLATION LEVEL SNAPSHOT", "START TRANSACTION ISOLATION LEVEL REPEATABLE READ"}) {
    ParseAs<Begin>(sql);
  }
  for (const char* sql : {"COMMIT", "COMMIT TRANSACTION", "END"}) {
    ParseAs<Commit>(sql);
  }
  for (const char* sql : {"ROLLBACK", "ROLLBACK TRANSACTION", "ABORT"}) {
    ParseAs<Rollback>(sql);
  }
  EXPECT_THAT(ErrorOf("BEGIN ISOLATION LEVEL SERIALIZABLE"), HasSubstr("not supported"));
  EXPECT_THAT(ErrorOf("ROLLBACK TO SAVEPOINT a"), HasSubstr("SAVEPOINT is not supported"));
  EXPECT_THAT(ErrorOf("SAVEPOINT a"), HasSubstr("SAVEPOINT is not supported"));
  ErrorOf("START");
  ErrorOf("COMMIT 1");
}

TEST(OwnParser, Users) {
  const auto user = ParseAs<CreateUser>(
      "CREATE USER 'Ada' WITH PASSWORD 'se''cret' ROLE developer EMAIL 'a@b.c'");
  EXPECT_EQ(user.name, "Ada");
  EXPECT_EQ(user.secret, "se'cret");
  EXPECT_EQ(user.role, Role::kService);
  EXPECT_EQ(user.email, "a@b.c");
  EXPECT_EQ(ParseAs<CreateUser>("CREATE USER ada WITH OAUTH '{}' ROLE user").auth,
            CreateUser::Auth::kOAuth);
  EXPECT_EQ(ParseAs<CreateUser>("CREATE USER ada WITH INTERNAL ROLE system").role, Role::kSystem);
  EXPECT_TRUE(
      ParseAs<CreateUser>("CREATE USER IF NOT EXISTS ada WITH INTERNAL ROLE dba").if_not_exists);
  EXPECT_EQ(ParseAs<AlterUser>("ALTER USER ada SET PASSWORD 'x'").password, "x");
  EXPECT_EQ(ParseAs<AlterUser>("ALTER USER ada SET ROLE admin").role, Role::kDba);
  EXPECT_EQ(ParseAs<AlterUser>("ALTER USER \"Ada\" SET EMAIL 'x'").name, "Ada");
  EXPECT_EQ(ParseAs<DropUser>("DROP USER ada").name, "ada");
  EXPECT_TRUE(ParseAs<DropUser>("DROP USER IF EXISTS 'ada'").if_exists);
  for (const char* bad :
       {"CREATE USER ada", "CREATE USER ada WITH PASSWORD 'x'", "CREATE USER ada ROLE user",
        "CREATE USER ada WITH PASSWORD x ROLE user", "CREATE USER ada WITH PASSWORD 'x' ROLE king",
        "CREATE USER '' WITH INTERNAL ROLE user", "ALTER USER ada", "ALTER USER ada SET name 'x'",
        "ALTER USER ada SET PASSWORD", "DROP USER", "CREATE USER 1 WITH INTERNAL ROLE user",
        "CREATE USER ada WITH PASSWORD 'x' ROLE user ROLE dba"}) {
    ErrorOf(bad);
  }
}

TEST(OwnParser, Storages) {
  const auto storage = ParseAs<CreateStorage>(
      "CREATE STORAGE 'cold-1' TYPE filesystem NAME 'n' DESCRIPTION 'd' PATH '/data' "
      "SHARED_TABLES_TEMPLATE '{namespace}/{tableName}' USER_TABLES_TEMPLATE '{userId}' CONFIG "
      "'{}'");
  EXPECT_EQ(storage.base_directory, "/data");
  EXPECT_EQ(storage.user_template, "{userId}");
  EXPECT_EQ(ParseAs<CreateStorage>("CREATE STORAGE s TYPE s3 BUCKET 'b' REGION 'r'").base_directory,
            "s3://b");
  EXPECT_EQ(ParseAs<AlterStorage>("ALTER STORAGE s SET BASE_DIRECTORY '/d'").base_directory, "/d");
  EXPECT_EQ(ParseAs<AlterStorage>("ALTER STORAGE s SET NAME 'a' SET DESCRIPTION 'b'").description,
            "b");
  EXPECT_EQ(ParseAs<DropStorage>("DROP STORAGE IF EXISTS s").id, "s");
  for (const char* bad :
       {"CREATE STORAGE", "CREATE STORAGE s", "CREATE STORAGE s TYPE ftp PATH 'x'",
        "CREATE STORAGE s TYPE filesystem", "CREATE STORAGE '../s' TYPE filesystem PATH 'x'",
        "CREATE STORAGE s TYPE filesystem PATH 'x' PATH 'y'", "ALTER STORAGE s",
        "CREATE STORAGE s TYPE filesystem BUCKET 'b'", "DROP STORAGE"}) {
    ErrorOf(bad);
  }
}

TEST(OwnParser, ExecuteAsUser) {
  const auto execute =
      ParseAs<ExecuteAs>("EXECUTE AS USER 'Ada' (SELECT a FROM t WHERE b = $2 AND c = ')')");
  EXPECT_EQ(execute.user, "Ada");
  ASSERT_NE(execute.inner, nullptr);
  EXPECT_EQ(execute.inner->text, "SELECT a FROM t WHERE b = $2 AND c = ')'");
  EXPECT_EQ(ParseOne("EXECUTE AS USER ada (SELECT $2)").parameter_count, 2u);
  EXPECT_TRUE(std::holds_alternative<InsertStatement>(
      ParseAs<ExecuteAs>("EXECUTE AS USER ada (INSERT INTO t VALUES (1))").inner->body));
  for (const char* bad :
       {"EXECUTE AS USER ada", "EXECUTE AS USER ada ()", "EXECUTE AS USER (SELECT 1)",
        "EXECUTE AS USER ada (SELECT 1", "EXECUTE AS ROLE ada (SELECT 1)", "EXECUTE p",
        "EXECUTE AS USER ada SELECT 1"}) {
    ErrorOf(bad);
  }
}

TEST(OwnParser, LaterStatements) {
  for (const char* sql :
       {"ALTER TABLE t ADD COLUMN a INT", "ALTER NAMESPACE a SET OPTIONS (a = 1)",
        "STORAGE CHECK local",
        "BACKUP DATABASE TO 'x'", "RESTORE DATABASE FROM 'x'",
        "EXPORT USER DATA", "CREATE TOPIC a.b", "DROP TOPIC a", "CLEAR TOPIC a", "CONSUME FROM a",
        "ACK a GROUP 'g' UPTO OFFSET 1", "CLUSTER SNAPSHOT", "CREATE VIEW v AS SELECT 1"}) {
    EXPECT_THAT(ErrorOf(sql), HasSubstr("is not available in this version")) << sql;
  }
  EXPECT_EQ(ErrorOf("ALTER TABLE t ADD COLUMN a INT"),
            "ALTER TABLE is not available in this version");
}

TEST(OwnParser, Jobs) {
  EXPECT_EQ(ParseAs<KillJob>("KILL JOB 'FL-0123456789ab'").id, "FL-0123456789ab");
  EXPECT_EQ(ParseAs<KillJob>("kill job FL-0123456789ab").id, "FL-0123456789ab");
  EXPECT_EQ(ParseAs<KillJob>("KILL JOB CO-abcdef012345;").id, "CO-abcdef012345");
  EXPECT_EQ(ParseAs<KillJob>("KILL JOB CL-012e45678901").id, "CL-012e45678901");
  for (const char* bad : {"KILL", "KILL JOB", "KILL JOB ''", "KILL JOB 'a' 'b'", "KILL JOB a b",
                          "KILL JOB 7", "KILL QUERY 'a'"}) {
    ErrorOf(bad);
  }

  const auto table = ParseAs<StorageCommand>("STORAGE FLUSH TABLE Chat.Notes");
  EXPECT_EQ(table.action, StorageAction::kFlush);
  EXPECT_FALSE(table.is_all);
  EXPECT_EQ(table.table.namespace_id, "chat");
  EXPECT_EQ(table.table.name, "notes");
  EXPECT_EQ(ParseAs<StorageCommand>("storage compact table notes").action,
            StorageAction::kCompact);
  const auto all = ParseAs<StorageCommand>("STORAGE COMPACT ALL");
  EXPECT_TRUE(all.is_all);
  EXPECT_EQ(all.table.namespace_id, "");
  EXPECT_EQ(ParseAs<StorageCommand>("STORAGE FLUSH ALL IN chat").table.namespace_id, "chat");
  EXPECT_EQ(ParseAs<StorageCommand>("STORAGE FLUSH ALL IN NAMESPACE chat").table.namespace_id,
            "chat");
  for (const char* bad :
       {"STORAGE", "STORAGE FLUSH", "STORAGE FLUSH TABLE", "STORAGE FLUSH a.b",
        "STORAGE FLUSH ALL chat", "STORAGE FLUSH ALL IN", "STORAGE COMPACT TABLE a.b c"}) {
    ErrorOf(bad);
  }
  EXPECT_THAT(ErrorOf("FLUSH TABLE a.b"), HasSubstr("use STORAGE FLUSH TABLE"));
}

TEST(OwnParser, UnknownStatements) {
  EXPECT_EQ(ErrorOf("FROBNICATE t"), "Unsupported statement type: FROBNICATE");
  EXPECT_EQ(ErrorOf("attach 'x'"), "Unsupported statement type: ATTACH");
  EXPECT_EQ(ErrorOf("MERGE INTO t"), "MERGE is not supported");
  EXPECT_EQ(ErrorOf("TRUNCATE t"), "TRUNCATE is not supported");
  EXPECT_EQ(ErrorOf("CREATE INDEX i ON t (a)"), "CREATE INDEX is not supported");
  EXPECT_EQ(ErrorOf("CREATE SCHEMA s"), "CREATE SCHEMA is not supported: use CREATE NAMESPACE");
  EXPECT_EQ(ErrorOf("INSERT OR REPLACE INTO t VALUES (1)"),
            "INSERT OR REPLACE is not supported: use ON CONFLICT");
  ErrorOf("'x'");
  ErrorOf("1");
  ErrorOf(") (");
}

}  // namespace
}  // namespace kalamdb::sql
