// SPDX-License-Identifier: Apache-2.0
#include "service/bootstrap.h"

#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace kalamdb::service {
namespace {

class BootstrapTest : public ::testing::Test, public ServiceFixture {};

TEST_F(BootstrapTest, MakesWhatEveryServerHas) {
  EXPECT_NE(catalog_->FindNamespace("default"), nullptr);
  EXPECT_NE(catalog_->FindNamespace("dba"), nullptr);
  const catalog::StorageDefPtr local = catalog_->FindStorage("local");
  ASSERT_NE(local, nullptr);
  EXPECT_EQ(local->type, "filesystem");
  EXPECT_EQ(local->user_tables_template, "{namespace}/{tableName}/{userId}");
  const catalog::UserDefPtr root = catalog_->FindUser({"root"});
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->role, Role::kSystem);
  EXPECT_EQ(root->auth_type, catalog::AuthType::kInternal);
  EXPECT_EQ(root->email, "root@localhost");
  EXPECT_EQ(root->password_hash, "");
}

TEST_F(BootstrapTest, ChangesNothingAtTheNextStart) {
  const int64_t made = catalog_->FindUser({"root"})->created_at;
  clock_.Advance(std::chrono::hours(1));
  Restart();
  EXPECT_EQ(catalog_->FindUser({"root"})->created_at, made);
  EXPECT_EQ(catalog_->FindStorage("local")->updated_at, made);
  EXPECT_EQ(catalog_->ListNamespaces().size(), 2u);
}

TEST_F(BootstrapTest, ConfiguredPasswordIsForARootWithoutOne) {
  BootstrapOptions options;
  options.storage_directory = "/elsewhere";
  options.root_password = Secret("first-one");
  ASSERT_TRUE(Bootstrap(*catalog_, hasher_, options).ok());
  EXPECT_TRUE(hasher_.Verify("first-one", catalog_->FindUser({"root"})->password_hash));
  EXPECT_EQ(catalog_->FindStorage("local")->base_directory, "/elsewhere");
  options.root_password = Secret("second-one");
  ASSERT_TRUE(Bootstrap(*catalog_, hasher_, options).ok());
  EXPECT_TRUE(hasher_.Verify("first-one", catalog_->FindUser({"root"})->password_hash));
}

TEST_F(BootstrapTest, APasswordThatCreateUserWouldRefuseStopsTheStart) {
  BootstrapOptions options;
  options.storage_directory = "/elsewhere";
  for (const std::string& bad : {std::string("tiny"), std::string("PassWord"),
                                 std::string(73, 'x'), std::string("null\0null", 9)}) {
    options.root_password = Secret(bad);
    const Status status = Bootstrap(*catalog_, hasher_, options);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << bad;
    EXPECT_TRUE(status.message().starts_with("auth.root_password: ")) << status.message();
    EXPECT_EQ(status.message().find(bad), std::string::npos);
  }
  options.root_password = Secret("long-enough");
  options.password_rules.is_complexity_enforced = true;
  EXPECT_EQ(Bootstrap(*catalog_, hasher_, options).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(catalog_->FindUser({"root"})->password_hash, "");
  EXPECT_NE(catalog_->FindStorage("local")->base_directory, "/elsewhere") << "nothing was made";
}

TEST_F(BootstrapTest, APasswordThatIsNotTakenOverIsNotChecked) {
  BootstrapOptions options;
  options.storage_directory = "/elsewhere";
  options.root_password = Secret("first-one");
  ASSERT_TRUE(Bootstrap(*catalog_, hasher_, options).ok());
  options.root_password = Secret("short");
  EXPECT_TRUE(Bootstrap(*catalog_, hasher_, options).ok());
}

}  // namespace
}  // namespace kalamdb::service
