// SPDX-License-Identifier: Apache-2.0
#include "service/table_ddl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/limits.h"
#include "service/service_fixture.h"
#include "service/table_rules.h"

namespace kalamdb::service {
namespace {

using catalog::TableKind;
using ::testing::HasSubstr;
using types::DefaultKind;
using types::TypeId;

sql::CreateTable Notes() {
  sql::CreateTable statement;
  statement.table = {.namespace_id = "chat", .name = "notes"};
  statement.schema = NotesSchema();
  return statement;
}

class TableDdlTest : public ::testing::Test, public ServiceFixture {
 protected:
  TableDdlTest() { MakeNamespace("chat"); }

  StatusOr<std::string> Create(const sql::CreateTable& statement) {
    return ddl_.Create(statement, "default", root_);
  }
  StatusCode Refused(const sql::CreateTable& statement) {
    const auto result = Create(statement);
    EXPECT_FALSE(result.has_value());
    return result.has_value() ? StatusCode::kOk : result.error().code();
  }
  StatusOr<std::string> Drop(std::string name, bool if_exists = false,
                             std::optional<TableKind> kind = std::nullopt) {
    sql::DropTable statement;
    statement.table = {.namespace_id = "chat", .name = std::move(name)};
    statement.if_exists = if_exists;
    statement.kind = kind;
    return ddl_.Drop(statement, "default");
  }

  TableDdl ddl_{*catalog_, *dropper_};
};

TEST_F(TableDdlTest, CreatesATable) {
  sql::CreateTable statement = Notes();
  statement.options.kind = TableKind::kUser;
  EXPECT_EQ(Create(statement).value(), "user table chat.notes created successfully");
  const catalog::TableDefPtr table = catalog_->FindTable("chat", "notes");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->kind, TableKind::kUser);
  EXPECT_FALSE(table->schema().columns[0].is_nullable) << "a key column is NOT NULL";
  EXPECT_EQ(Create(statement).error().message(), "Table chat.notes already exists");
  EXPECT_EQ(Refused(statement), StatusCode::kAlreadyExists);
  statement.if_not_exists = true;
  EXPECT_EQ(Create(statement).value(), "Table chat.notes already exists");
  EXPECT_EQ(catalog_->CountTables("chat"), 1u);
}

TEST_F(TableDdlTest, NamesAreChecked) {
  sql::CreateTable statement = Notes();
  statement.table.namespace_id = "nowhere";
  EXPECT_EQ(Create(statement).error().message(),
            "Namespace 'nowhere' does not exist. Create it first with CREATE NAMESPACE nowhere");
  statement.table.namespace_id = "system";
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidOperation);
  for (const std::string& name : {std::string("_x"), std::string("1x"), std::string("a-b"),
                                  std::string("../x"), std::string(65, 'x')}) {
    statement = Notes();
    statement.table.name = name;
    EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument) << name;
  }
  statement = Notes();
  statement.table = {.namespace_id = "", .name = "Mixed"};
  EXPECT_TRUE(Create(statement).has_value());
  EXPECT_NE(catalog_->FindTable("default", "mixed"), nullptr);
}

TEST_F(TableDdlTest, ColumnNamesAreChecked) {
  for (const std::string& name :
       {std::string(), std::string("_seq"), std::string("_id"), std::string("_mine"),
        std::string("a b"), std::string("id"), std::string("ID"), std::string(65, 'x')}) {
    sql::CreateTable statement = Notes();
    statement.schema.columns[1].name = name;
    EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument) << name;
  }
  sql::CreateTable statement = Notes();
  statement.schema.columns.clear();
  statement.schema.key.clear();
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument);
  statement = Notes();
  for (uint32_t i = 3; i <= limits::kColumnsMax + 1; ++i) {
    statement.schema.columns.push_back(MakeColumn(i, "c" + std::to_string(i), TypeId::kInt));
  }
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument);
}

TEST_F(TableDdlTest, ATableWithoutKeyGetsAHiddenOne) {
  sql::CreateTable statement = Notes();
  statement.schema.key.clear();
  ASSERT_TRUE(Create(statement).has_value());
  const types::Schema& schema = catalog_->FindTable("chat", "notes")->schema();
  ASSERT_EQ(schema.columns.size(), 3u);
  const types::Column& key = schema.columns[2];
  EXPECT_EQ(key.name, "_id");
  EXPECT_EQ(key.id, 3u);
  EXPECT_TRUE(key.is_hidden);
  EXPECT_FALSE(key.is_nullable);
  EXPECT_EQ(key.default_value.kind, DefaultKind::kSnowflakeId);
  EXPECT_EQ(schema.key, std::vector<uint32_t>{2});
}

TEST_F(TableDdlTest, SomeTypesCannotBeKeys) {
  for (const TypeId type :
       {TypeId::kFloat, TypeId::kDouble, TypeId::kJson, TypeId::kFile, TypeId::kEmbedding}) {
    sql::CreateTable statement = Notes();
    statement.schema.columns[0].type = {.id = type, .dimension = 3};
    const Status refused = Create(statement).error();
    EXPECT_EQ(refused.code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(refused.message(), HasSubstr("column `id`"));
    EXPECT_THAT(refused.message(), HasSubstr("cannot be a PRIMARY KEY"));
  }
  for (const TypeId type : {TypeId::kBoolean, TypeId::kText, TypeId::kUuid, TypeId::kDate,
                            TypeId::kTimestamp, TypeId::kBytes}) {
    types::Schema schema = NotesSchema();
    schema.columns[0].type = types::TypeOf(type);
    EXPECT_TRUE(SchemaOfNewTable(schema).has_value());
  }
}

TEST_F(TableDdlTest, KeysMayHaveSeveralColumns) {
  sql::CreateTable statement = Notes();
  statement.schema.key = {1, 0};
  ASSERT_TRUE(Create(statement).has_value());
  EXPECT_FALSE(catalog_->FindTable("chat", "notes")->schema().columns[1].is_nullable);
  statement.table.name = "twice";
  statement.schema.key = {0, 0};
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument);
}

TEST_F(TableDdlTest, DefaultsFitTheirColumns) {
  const auto refused = [](TypeId type, DefaultKind kind) {
    types::Schema schema = NotesSchema();
    schema.columns[1].type = types::TypeOf(type);
    schema.columns[1].default_value.kind = kind;
    return !SchemaOfNewTable(schema).has_value();
  };
  EXPECT_TRUE(refused(TypeId::kInt, DefaultKind::kSnowflakeId));
  EXPECT_TRUE(refused(TypeId::kInt, DefaultKind::kNow));
  EXPECT_TRUE(refused(TypeId::kText, DefaultKind::kSerial));
  EXPECT_TRUE(refused(TypeId::kBigInt, DefaultKind::kCurrentUser));
  EXPECT_FALSE(refused(TypeId::kBigInt, DefaultKind::kSnowflakeId));
  EXPECT_FALSE(refused(TypeId::kTimestamp, DefaultKind::kNow));
  EXPECT_FALSE(refused(TypeId::kSmallInt, DefaultKind::kSerial));
  EXPECT_FALSE(refused(TypeId::kUuid, DefaultKind::kUuidV7));
}

TEST_F(TableDdlTest, LiteralDefaultsAreValuesOfTheColumn) {
  const auto with = [](types::Value literal) {
    types::Schema schema = NotesSchema();
    schema.columns[1].default_value.kind = DefaultKind::kLiteral;
    schema.columns[1].default_value.literal = std::move(literal);
    return SchemaOfNewTable(schema).has_value();
  };
  EXPECT_TRUE(with(types::Value("none")));
  EXPECT_TRUE(with(types::Value()));
  EXPECT_FALSE(with(types::Value(int64_t{7})));
}

TEST_F(TableDdlTest, KindFollowsFromTheNamespaceOfAUser) {
  const sql::CreateTable statement = Notes();
  EXPECT_EQ(KindOfNewTable(statement, "alice", alice_), TableKind::kUser);
  EXPECT_EQ(KindOfNewTable(statement, "worker", worker_), TableKind::kUser);
  EXPECT_EQ(KindOfNewTable(statement, "chat", alice_), TableKind::kShared);
  EXPECT_EQ(KindOfNewTable(statement, "admin", admin_), TableKind::kShared);
  sql::CreateTable typed = Notes();
  typed.options.kind = TableKind::kShared;
  EXPECT_EQ(KindOfNewTable(typed, "alice", alice_), TableKind::kShared);
}

TEST_F(TableDdlTest, OptionsAreCheckedForTheKind) {
  sql::TableOptions none;
  const auto refused = [](TableKind kind, auto&& set) {
    sql::TableOptions options;
    set(options);
    const auto result = OptionsOfNewTable(options, kind);
    return result.has_value() ? StatusCode::kOk : result.error().code();
  };
  EXPECT_EQ(OptionsOfNewTable(none, TableKind::kShared)->storage_id, "local");
  EXPECT_EQ(refused(TableKind::kStream, [](auto&) {}), StatusCode::kInvalidArgument);
  EXPECT_EQ(refused(TableKind::kStream, [](auto& o) { o.ttl_seconds = 1; }), StatusCode::kOk);
  EXPECT_EQ(refused(TableKind::kStream, [](auto& o) { o.ttl_seconds = 0; }),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(refused(TableKind::kStream,
                    [](auto& o) {
                      o.ttl_seconds = 1;
                      o.max_buffer = 0;
                    }),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(refused(TableKind::kStream,
                    [](auto& o) {
                      o.ttl_seconds = 1;
                      o.storage_id = "local";
                    }),
            StatusCode::kInvalidOperation);
  EXPECT_EQ(refused(TableKind::kShared, [](auto& o) { o.location_path = "s3://b/x"; }),
            StatusCode::kInvalidOperation);
  EXPECT_EQ(refused(TableKind::kShared, [](auto& o) { o.use_user_storage = true; }),
            StatusCode::kInvalidOperation);
  EXPECT_EQ(refused(TableKind::kUser, [](auto& o) { o.use_user_storage = true; }), StatusCode::kOk);
  EXPECT_EQ(refused(TableKind::kUser, [](auto& o) { o.access_level = "public"; }),
            StatusCode::kInvalidOperation);
  EXPECT_EQ(refused(TableKind::kShared, [](auto& o) { o.access_level = "PUBLIC"; }),
            StatusCode::kOk);
  EXPECT_EQ(refused(TableKind::kShared, [](auto& o) { o.access_level = "everyone"; }),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(refused(TableKind::kUser, [](auto& o) { o.ttl_seconds = 10; }),
            StatusCode::kInvalidOperation);
  EXPECT_EQ(refused(TableKind::kUser, [](auto& o) { o.max_buffer = 10; }),
            StatusCode::kInvalidOperation);
  EXPECT_EQ(refused(TableKind::kUser, [](auto& o) { o.compression = "zip"; }),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(refused(TableKind::kUser, [](auto& o) { o.compression = "snappy"; }), StatusCode::kOk);
  EXPECT_EQ(refused(TableKind::kUser, [](auto& o) { o.deleted_retention_seconds = -1; }),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(refused(TableKind::kUser, [](auto& o) { o.storage_id = "../x"; }),
            StatusCode::kInvalidArgument);
}

TEST_F(TableDdlTest, FlushPoliciesHaveRanges) {
  const auto is_ok = [](std::optional<uint32_t> rows, std::optional<uint32_t> seconds) {
    sql::TableOptions options;
    options.flush_policy = catalog::FlushPolicy{.rows = rows, .interval_seconds = seconds};
    return OptionsOfNewTable(options, TableKind::kShared).has_value();
  };
  EXPECT_TRUE(is_ok(1, 1));
  EXPECT_TRUE(is_ok(999'999, 86'399));
  EXPECT_FALSE(is_ok(0, std::nullopt));
  EXPECT_FALSE(is_ok(1'000'000, std::nullopt));
  EXPECT_FALSE(is_ok(std::nullopt, 0));
  EXPECT_FALSE(is_ok(std::nullopt, 86'400));
}

TEST_F(TableDdlTest, TheStorageMustExist) {
  sql::CreateTable statement = Notes();
  statement.options.storage_id = "nowhere";
  EXPECT_EQ(Create(statement).error().message(), "Storage 'nowhere' not found");
  EXPECT_EQ(catalog_->FindTable("chat", "notes"), nullptr);
}

TEST_F(TableDdlTest, Drops) {
  MakeTable("chat", "notes");
  EXPECT_EQ(Drop("notes", false, TableKind::kUser).error().code(), StatusCode::kInvalidOperation);
  EXPECT_EQ(Drop("Notes", false, TableKind::kShared).value(),
            "Table chat.notes dropped successfully");
  EXPECT_EQ(Drop("notes").error().code(), StatusCode::kTableNotFound);
  EXPECT_EQ(Drop("notes", true).value(), "Table chat.notes does not exist (skipped)");
  sql::DropTable system;
  system.table = {.namespace_id = "system", .name = "users"};
  EXPECT_EQ(ddl_.Drop(system, "default").error().code(), StatusCode::kInvalidOperation);
}

}  // namespace
}  // namespace kalamdb::service
