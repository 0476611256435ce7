// SPDX-License-Identifier: Apache-2.0
#include "service/namespace_ddl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/name_rules.h"
#include "service/service_fixture.h"

namespace kalamdb::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class NamespaceDdlTest : public ::testing::Test, public ServiceFixture {
 protected:
  StatusOr<std::string> Create(std::string name, bool if_not_exists = false) {
    return ddl_.Create({.name = std::move(name), .if_not_exists = if_not_exists});
  }
  StatusOr<std::string> Drop(std::string name, bool if_exists = false, bool is_cascade = false) {
    return ddl_.Drop({.name = std::move(name), .if_exists = if_exists, .is_cascade = is_cascade});
  }
  NamespaceDdl ddl_{*catalog_, *dropper_};
};

TEST_F(NamespaceDdlTest, CreatesOnce) {
  EXPECT_EQ(Create("Chat").value(), "Namespace 'chat' created successfully");
  EXPECT_EQ(Create("chat").error().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(Create("chat", true).value(), "Namespace 'chat' already exists");
  EXPECT_EQ(Create("default", true).value(), "Namespace 'default' already exists");
}

TEST_F(NamespaceDdlTest, RefusesBadAndReservedNames) {
  for (const char* name : {"", "_x", "1x", "a-b", "a.b", "a b", "\xC3\xA9", "sys", "root", "main",
                           "sql", "admin", "pg_catalog", "select", "TABLE", "kalamdb"}) {
    EXPECT_EQ(Create(name).error().code(), StatusCode::kInvalidArgument) << name;
  }
  EXPECT_EQ(Create(std::string(65, 'x')).error().code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(Create(std::string(64, 'x')).has_value());
  EXPECT_EQ(Create("system").error().code(), StatusCode::kAlreadyExists);
}

TEST_F(NamespaceDdlTest, DropsWhatIsEmpty) {
  MakeNamespace("chat");
  EXPECT_EQ(Drop("chat").value(), "Namespace 'chat' dropped successfully");
  EXPECT_EQ(Drop("chat").error().code(), StatusCode::kNotFound);
  EXPECT_EQ(Drop("chat").error().message(), "Namespace 'chat' not found");
  EXPECT_EQ(Drop("chat", true).value(), "Namespace 'chat' does not exist");
  for (const char* name : {"default", "dba", "system", "information_schema"}) {
    EXPECT_EQ(Drop(name).error().code(), StatusCode::kInvalidOperation) << name;
  }
}

TEST_F(NamespaceDdlTest, NamesTheTablesThatAreInTheWay) {
  MakeNamespace("chat");
  for (int i = 10; i < 35; ++i) {
    MakeTable("chat", "t" + std::to_string(i));
  }
  const Status refused = Drop("chat").error();
  EXPECT_EQ(refused.code(), StatusCode::kInvalidOperation);
  EXPECT_THAT(refused.message(), HasSubstr("25 table(s): t10, t11,"));
  EXPECT_THAT(refused.message(), HasSubstr("t29, ..."));
  EXPECT_THAT(refused.message(), Not(HasSubstr("t30")));
  EXPECT_EQ(catalog_->CountTables("chat"), 25u);
}

TEST_F(NamespaceDdlTest, CascadeTakesTheTablesAlong) {
  MakeNamespace("chat");
  const catalog::TableDefPtr notes = MakeTable("chat", "notes");
  const catalog::TableDefPtr members = MakeTable("chat", "members");
  EXPECT_TRUE(Drop("chat", false, true).has_value());
  EXPECT_TRUE(notes->is_dropped->load() && members->is_dropped->load());
  EXPECT_EQ(catalog_->FindNamespace("chat"), nullptr);
  EXPECT_EQ(catalog_->StorageUsage("local"), 0u);
  EXPECT_EQ(Drop("chat", false, true).error().code(), StatusCode::kNotFound);
  Restart();
  EXPECT_EQ(catalog_->FindNamespace("chat"), nullptr);
  EXPECT_TRUE(catalog_->ListTables().empty());
}

TEST_F(NamespaceDdlTest, UseNeedsANamespace) {
  EXPECT_EQ(ddl_.Use({.name = "Default"}).value(), "Namespace switched to 'default'");
  EXPECT_TRUE(ddl_.Use({.name = "system"}).has_value());
  EXPECT_EQ(ddl_.Use({.name = "nowhere"}).error().code(), StatusCode::kNotFound);
}

TEST(Qualify, FoldsAndFillsIn) {
  EXPECT_EQ(Qualify({.namespace_id = "", .name = "Notes"}, "").Text(), "default.notes");
  EXPECT_EQ(Qualify({.namespace_id = "", .name = "notes"}, "chat").Text(), "chat.notes");
  EXPECT_EQ(Qualify({.namespace_id = "Blog", .name = "notes"}, "chat").Text(), "blog.notes");
}

}  // namespace
}  // namespace kalamdb::service
