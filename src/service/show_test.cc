// SPDX-License-Identifier: Apache-2.0
#include "service/show.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace kalamdb::service {
namespace {

using catalog::AccessLevel;
using catalog::TableKind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

class ShowTest : public ::testing::Test, public ServiceFixture {
 protected:
  ShowTest() {
    MakeNamespace("chat");
    MakeTable("chat", "notes", TableKind::kUser);
    MakeTable("chat", "secret", TableKind::kShared, AccessLevel::kDba);
    MakeTable("default", "rooms", TableKind::kShared, AccessLevel::kPublic);
  }
  StatusOr<ShowResult> Run(sql::ShowKind kind, const Caller& caller, std::string space = "",
                           sql::TableName table = {}) {
    sql::Show statement;
    statement.kind = kind;
    statement.namespace_id = std::move(space);
    statement.table = std::move(table);
    return show_.Run(statement, "chat", caller, nullptr);
  }
  StatusOr<ShowResult> Describe(sql::TableName table) {
    sql::Describe statement;
    statement.table = std::move(table);
    return show_.Run(statement, "chat", alice_);
  }
  static std::vector<std::string> Column(const StatusOr<ShowResult>& result,
                                         std::string_view name) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < result->columns.size(); ++i) {
      for (const types::Row& row : result->rows) {
        EXPECT_EQ(row.size(), result->columns.size());
        if (result->columns[i].name == name) {
          texts.push_back(row[i].is_null()   ? "NULL"
                          : row[i].is_int()  ? std::to_string(row[i].AsInt())
                          : row[i].is_bool() ? (row[i].AsBool() ? "true" : "false")
                                             : row[i].AsString());
        }
      }
    }
    return texts;
  }

  Show show_{*catalog_, *computed_, [](const catalog::TableDef& table, const CancelToken*) {
               return TableStats{.logical_rows = table.id.value, .memory_bytes = 7};
             }};
};

TEST_F(ShowTest, NamespacesAndStoragesAreThoseOfTheComputedTables) {
  EXPECT_THAT(Column(Run(sql::ShowKind::kNamespaces, alice_), "name"),
              ElementsAre("chat", "dba", "default"));
  EXPECT_THAT(Column(Run(sql::ShowKind::kStorages, alice_), "storage_id"), ElementsAre("local"));
  EXPECT_THAT(Column(Run(sql::ShowKind::kUsers, root_), "user_id"), ElementsAre("root"));
}

TEST_F(ShowTest, TablesAreThoseTheCallerMaySee) {
  const auto for_user = Column(Run(sql::ShowKind::kTables, alice_), "table_id");
  EXPECT_THAT(for_user, Contains("chat:notes"));
  EXPECT_THAT(for_user, Contains("default:rooms"));
  EXPECT_THAT(for_user, Not(Contains("chat:secret")));
  EXPECT_THAT(for_user, Not(Contains("system:users")));
  EXPECT_THAT(Column(Run(sql::ShowKind::kTables, admin_), "table_id"), Contains("chat:secret"));
  EXPECT_THAT(Column(Run(sql::ShowKind::kTables, admin_, "Chat"), "table_name"),
              ElementsAre("notes", "secret"));
  EXPECT_EQ(Run(sql::ShowKind::kTables, admin_, "nowhere").error().code(), StatusCode::kNotFound);
}

TEST_F(ShowTest, StatsComeFromTheTableEngine) {
  const auto result = Run(sql::ShowKind::kStats, alice_, "", {"", "notes"});
  EXPECT_THAT(Column(result, "table_name"), ElementsAre("notes"));
  EXPECT_THAT(Column(result, "logical_rows"),
              ElementsAre(std::to_string(catalog_->FindTable("chat", "notes")->id.value)));
  EXPECT_THAT(Column(result, "memory_bytes"), ElementsAre("7"));
  EXPECT_EQ(Run(sql::ShowKind::kStats, alice_, "", {"", "nothing"}).error().code(),
            StatusCode::kTableNotFound);
}

TEST_F(ShowTest, ColumnsEndWithTheSystemColumns) {
  EXPECT_THAT(Column(Run(sql::ShowKind::kColumns, root_, "", {"", "notes"}), "column_name"),
              ElementsAre("id", "title", "_seq", "_deleted"));
}

TEST_F(ShowTest, DescribesStoredAndComputedTables) {
  const auto notes = Describe({"", "Notes"});
  EXPECT_THAT(Column(notes, "column_name"), ElementsAre("id", "title", "_seq", "_deleted"));
  EXPECT_THAT(Column(notes, "data_type"), ElementsAre("BIGINT", "TEXT", "BIGINT", "BOOLEAN"));
  EXPECT_THAT(Column(notes, "is_primary_key"), ElementsAre("true", "false", "false", "false"));
  EXPECT_THAT(Column(notes, "ordinal_position"), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(Column(notes, "column_default"), ElementsAre("NULL", "NULL", "NULL", "false"));
  EXPECT_THAT(Column(Describe({"information_schema", "schemata"}), "column_name"),
              Contains("schema_name"));
  EXPECT_EQ(Describe({"chat", "nothing"}).error().code(), StatusCode::kTableNotFound);
}

}  // namespace
}  // namespace kalamdb::service
