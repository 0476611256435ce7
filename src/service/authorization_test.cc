// SPDX-License-Identifier: Apache-2.0
#include "service/authorization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace kalamdb::service {
namespace {

using catalog::AccessLevel;
using catalog::TableKind;
using ::testing::HasSubstr;

template <class Body>
sql::Statement StatementOf(Body body) {
  sql::Statement statement;
  statement.body = std::move(body);
  return statement;
}

sql::Statement Select(std::vector<std::string> tables, bool is_explain = false) {
  sql::SelectStatement query;
  for (const std::string& table : tables) {
    const size_t dot = table.find('.');
    query.tables.push_back({table.substr(0, dot), table.substr(dot + 1)});
  }
  query.is_explain = is_explain;
  return StatementOf(std::move(query));
}

template <class Change>
sql::Statement ChangeOf(std::string space, std::string name,
                        std::vector<sql::TableName> read = {}) {
  Change change;
  change.table = {.namespace_id = std::move(space), .name = std::move(name)};
  change.tables_read = std::move(read);
  return StatementOf(std::move(change));
}

sql::Statement Insert(std::string name, std::vector<sql::TableName> read = {}) {
  return ChangeOf<sql::InsertStatement>("chat", std::move(name), std::move(read));
}

sql::Statement CreateTable(std::optional<TableKind> kind, std::string space = "chat") {
  sql::CreateTable create;
  create.table = {.namespace_id = std::move(space), .name = "new"};
  create.options.kind = kind;
  return StatementOf(std::move(create));
}

sql::Statement Show(sql::ShowKind kind) {
  sql::Show show;
  show.kind = kind;
  show.table = {.namespace_id = "chat", .name = "private"};
  return StatementOf(std::move(show));
}

sql::Statement Describe(std::string space, std::string name) {
  sql::Describe describe;
  describe.table = {.namespace_id = std::move(space), .name = std::move(name)};
  return StatementOf(std::move(describe));
}

sql::Statement As(std::string user, sql::Statement inner) {
  sql::ExecuteAs execute;
  execute.user = std::move(user);
  execute.inner = std::make_shared<const sql::Statement>(std::move(inner));
  return StatementOf(std::move(execute));
}

class AuthorizationTest : public ::testing::Test, public ServiceFixture {
 protected:
  AuthorizationTest() {
    MakeNamespace("chat");
    MakeTable("chat", "mine", TableKind::kUser);
    MakeTable("chat", "public", TableKind::kShared, AccessLevel::kPublic);
    MakeTable("chat", "private", TableKind::kShared, AccessLevel::kPrivate);
    MakeTable("chat", "restricted", TableKind::kShared, AccessLevel::kRestricted);
    MakeTable("chat", "dba", TableKind::kShared, AccessLevel::kDba);
    MakeUser("alice", Role::kUser);
    MakeUser("worker", Role::kService);
    MakeUser("admin", Role::kDba);
  }

  Status Check(const sql::Statement& statement, const Caller& caller) {
    return Authorize(statement, caller, "default", *catalog_, *computed_);
  }
  // One letter for each role that may run it: a(nonymous), u(ser), s(ervice), d(ba), r(oot).
  std::string Who(const sql::Statement& statement) {
    std::string who;
    for (const auto& [letter, caller] :
         std::initializer_list<std::pair<char, Caller>>{{'a', CallerOf("", Role::kAnonymous)},
                                                        {'u', alice_},
                                                        {'s', worker_},
                                                        {'d', admin_},
                                                        {'r', root_}}) {
      const Status status = Check(statement, caller);
      if (status.ok()) {
        who += letter;
      } else {
        EXPECT_EQ(status.code(), StatusCode::kPermissionDenied) << status.ToString();
      }
    }
    return who;
  }
};

TEST_F(AuthorizationTest, Reads) {
  EXPECT_EQ(Who(Select({"chat.mine"})), "usdr");
  EXPECT_EQ(Who(Select({"chat.public"})), "ausdr");
  EXPECT_EQ(Who(Select({"chat.private"})), "sdr");
  EXPECT_EQ(Who(Select({"chat.restricted"})), "sdr");
  EXPECT_EQ(Who(Select({"chat.dba"})), "dr");
  EXPECT_EQ(Who(Select({"chat.public", "chat.mine", "chat.dba"})), "dr");
  EXPECT_EQ(Who(Select({"CHAT.DBA"})), "dr");
  EXPECT_EQ(Who(Select({})), "ausdr");
  // Whether it exists is told when it is opened.
  EXPECT_EQ(Who(Select({"chat.nothing"})), "ausdr");
  EXPECT_EQ(Who(Select({"chat.public"}, /*is_explain=*/true)), "dr");
}

TEST_F(AuthorizationTest, ComputedTables) {
  EXPECT_EQ(Who(Select({"system.users"})), "dr");
  EXPECT_EQ(Who(Select({"system.nothing"})), "dr");
  EXPECT_EQ(Who(Select({"information_schema.tables"})), "ausdr");
  EXPECT_EQ(Check(Select({"system.tables"}), alice_).message(),
            "Access denied: Role 'User' cannot access table 'system.tables'. System tables require "
            "'dba' or 'system' role.");
  for (const char* space : {"system", "information_schema"}) {
    EXPECT_EQ(Check(ChangeOf<sql::InsertStatement>(space, "tables"), root_).code(),
              StatusCode::kInvalidOperation);
    EXPECT_EQ(Check(ChangeOf<sql::UpdateStatement>(space, "tables"), root_).code(),
              StatusCode::kInvalidOperation);
    EXPECT_EQ(Check(ChangeOf<sql::DeleteStatement>(space, "tables"), alice_).code(),
              StatusCode::kInvalidOperation);
  }
  EXPECT_EQ(Check(ChangeOf<sql::InsertStatement>("system", "users"), root_).message(),
            "Cannot insert system table 'system.users'");
}

TEST_F(AuthorizationTest, UnqualifiedNamesMeanTheNamespaceOfTheRequest) {
  sql::SelectStatement query;
  query.tables.push_back({"", "dba"});
  const sql::Statement statement = StatementOf(query);
  EXPECT_TRUE(Authorize(statement, alice_, "default", *catalog_, *computed_).ok());
  EXPECT_FALSE(Authorize(statement, alice_, "chat", *catalog_, *computed_).ok());
  EXPECT_FALSE(Authorize(statement, alice_, "system", *catalog_, *computed_).ok());
}

TEST_F(AuthorizationTest, Changes) {
  EXPECT_EQ(Who(Insert("mine")), "usdr");
  for (const char* table : {"public", "private", "restricted"}) {
    EXPECT_EQ(Who(Insert(table)), "sdr") << table;
  }
  EXPECT_EQ(Who(Insert("dba")), "dr");
  EXPECT_EQ(Who(Insert("nothing")), "usdr");
  EXPECT_EQ(Who(ChangeOf<sql::UpdateStatement>("chat", "public")), "sdr");
  EXPECT_EQ(Who(ChangeOf<sql::DeleteStatement>("chat", "public")), "sdr");
}

TEST_F(AuthorizationTest, TablesReadByAChangeCountToo) {
  EXPECT_EQ(Who(Insert("mine", {{"chat", "private"}})), "sdr");
  EXPECT_EQ(Who(Insert("mine", {{"system", "users"}})), "dr");
  EXPECT_EQ(Who(ChangeOf<sql::UpdateStatement>("chat", "mine", {{"chat", "dba"}})), "dr");
  EXPECT_EQ(Who(ChangeOf<sql::DeleteStatement>("chat", "mine", {{"chat", "dba"}})), "dr");
}

TEST_F(AuthorizationTest, Definitions) {
  EXPECT_EQ(Who(CreateTable(TableKind::kUser)), "usdr");
  EXPECT_EQ(Who(CreateTable(TableKind::kStream)), "usdr");
  EXPECT_EQ(Who(CreateTable(TableKind::kShared)), "sdr");
  EXPECT_EQ(Who(CreateTable(std::nullopt)), "sdr");
  EXPECT_EQ(Who(CreateTable(std::nullopt, "alice")), "usdr");
  EXPECT_EQ(Who(CreateTable(TableKind::kUser, "dba")), "dr");
  EXPECT_EQ(Who(StatementOf(sql::DropTable{})), "dr");
  EXPECT_EQ(Who(StatementOf(sql::CreateNamespace{})), "dr");
  EXPECT_EQ(Who(StatementOf(sql::DropNamespace{})), "dr");
  EXPECT_EQ(Who(StatementOf(sql::CreateStorage{})), "dr");
  EXPECT_EQ(Who(StatementOf(sql::KillJob{})), "dr");
  EXPECT_EQ(Who(StatementOf(sql::StorageCommand{})), "sdr");
  EXPECT_EQ(Who(StatementOf(sql::AlterStorage{})), "dr");
  EXPECT_EQ(Who(StatementOf(sql::DropStorage{})), "dr");
  EXPECT_EQ(Who(StatementOf(sql::CreateUser{})), "dr");
  EXPECT_EQ(Who(StatementOf(sql::DropUser{})), "dr");
}

TEST_F(AuthorizationTest, UsersMayAlterTheirOwnPassword) {
  sql::AlterUser alter;
  alter.name = "alice";
  alter.password = "x";
  EXPECT_EQ(Who(StatementOf(alter)), "udr");
  alter.email = "a@b";
  EXPECT_EQ(Who(StatementOf(alter)), "dr");
  alter.email.reset();
  alter.role = Role::kDba;
  EXPECT_EQ(Who(StatementOf(alter)), "dr");
  sql::AlterUser nothing;
  nothing.name = "alice";
  EXPECT_EQ(Who(StatementOf(nothing)), "dr");
}

TEST_F(AuthorizationTest, Introspection) {
  using sql::ShowKind;
  for (const ShowKind kind :
       {ShowKind::kNamespaces, ShowKind::kTables, ShowKind::kStorages, ShowKind::kStats}) {
    EXPECT_EQ(Who(Show(kind)), "ausdr");
  }
  for (const ShowKind kind : {ShowKind::kColumns, ShowKind::kSettings, ShowKind::kUsers}) {
    EXPECT_EQ(Who(Show(kind)), "dr");
  }
  EXPECT_EQ(Who(Describe("chat", "private")), "ausdr");
  EXPECT_EQ(Who(Describe("chat", "nothing")), "ausdr");
  EXPECT_EQ(Who(Describe("information_schema", "tables")), "ausdr");
  EXPECT_EQ(Who(Describe("system", "users")), "dr");
  EXPECT_EQ(Who(Describe("chat", "dba")), "dr");
  EXPECT_EQ(Who(StatementOf(sql::UseNamespace{})), "ausdr");
  EXPECT_EQ(Who(StatementOf(sql::Begin{})), "ausdr");
  EXPECT_EQ(Who(StatementOf(sql::Commit{})), "ausdr");
  EXPECT_EQ(Who(StatementOf(sql::Rollback{})), "ausdr");
}

TEST_F(AuthorizationTest, ActingForOthers) {
  const sql::Statement read = Select({"chat.mine"});
  EXPECT_EQ(Who(As("alice", read)), "usdr");
  EXPECT_EQ(Who(As("stranger", read)), "sdr");
  EXPECT_EQ(Who(As("worker", read)), "sdr");
  EXPECT_EQ(Who(As("admin", read)), "dr");
  EXPECT_EQ(Who(As("root", read)), "r");
}

TEST_F(AuthorizationTest, TheInnerStatementHasTheRoleUser) {
  EXPECT_EQ(Who(As("alice", Select({"chat.private"}))), "");
  EXPECT_EQ(Who(As("alice", Select({"system.users"}))), "");
  EXPECT_EQ(Who(As("admin", Select({"system.users"}))), "");
  EXPECT_EQ(Who(As("alice", StatementOf(sql::DropTable{}))), "");
  EXPECT_EQ(Who(As("alice", Select({"chat.public"}))), "usdr");
  EXPECT_EQ(Who(As("alice", Insert("mine"))), "usdr");
  const Caller effective =
      EffectiveCaller({.user = "admin", .inner = nullptr}, root_, *catalog_).value();
  EXPECT_EQ(effective.user.value, "admin");
  EXPECT_EQ(effective.role, Role::kUser);
}

TEST_F(AuthorizationTest, SharedTablesAreNotChangedForOthers) {
  const Status refused = Check(As("alice", Insert("public")), root_);
  EXPECT_EQ(refused.code(), StatusCode::kPermissionDenied);
  EXPECT_THAT(refused.message(), HasSubstr("SHARED"));
}

TEST_F(AuthorizationTest, SomeStatementsCannotBeWrapped) {
  sql::AlterUser alter;
  alter.name = "alice";
  alter.password = "x";
  for (const sql::Statement& inner :
       {As("alice", Select({})), StatementOf(sql::Begin{}), StatementOf(sql::Commit{}),
        StatementOf(sql::Rollback{}), StatementOf(sql::UseNamespace{}), StatementOf(alter)}) {
    EXPECT_EQ(Check(As("alice", inner), root_).code(), StatusCode::kInvalidOperation);
  }
  EXPECT_EQ(Check(As("", Select({})), root_).code(), StatusCode::kInvalidArgument);
}

TEST_F(AuthorizationTest, TableChecksAgreeWithTheMatrix) {
  const catalog::TableDefPtr table = catalog_->FindTable("chat", "public");
  EXPECT_TRUE(CheckRead(*table, alice_).ok());
  EXPECT_EQ(CheckWrite(*table, alice_).code(), StatusCode::kPermissionDenied);
  EXPECT_TRUE(CheckWrite(*table, worker_).ok());
  EXPECT_FALSE(CheckRead(*computed_->Find("system", "users"), worker_).ok());
  EXPECT_TRUE(CheckRead(*computed_->Find("information_schema", "columns"), alice_).ok());
}

}  // namespace
}  // namespace kalamdb::service
