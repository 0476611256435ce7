// SPDX-License-Identifier: Apache-2.0
#include "service/storage_ddl.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/service_fixture.h"
#include "service/storage_probe.h"
#include "service/storage_rules.h"

namespace kalamdb::service {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class StorageDdlTest : public ::testing::Test, public ServiceFixture {
 protected:
  sql::CreateStorage Archive() {
    sql::CreateStorage statement;
    statement.id = "archive";
    statement.type = "Filesystem";
    statement.base_directory = (folder_.path() / "a" / "b").string();
    return statement;
  }
  StatusCode Refused(const sql::CreateStorage& statement) {
    const auto result = ddl_.Create(statement);
    EXPECT_FALSE(result.has_value());
    EXPECT_EQ(catalog_->FindStorage(statement.id), nullptr);
    return result.has_value() ? StatusCode::kOk : result.error().code();
  }
  std::string Own() const { return (folder_.path() / "rocksdb").string(); }

  struct NoFiles final : StorageDdl::Files {
    void Sweep() override {}
    StatusOr<size_t> CountWaiting(std::string_view) const override { return waiting; }
    size_t waiting = 0;
  };
  NoFiles files_;
  StorageDdl ddl_{*catalog_, rng_, files_, {Own()}};
};

TEST_F(StorageDdlTest, CreatesAStorageAndItsDirectory) {
  EXPECT_EQ(ddl_.Create(Archive()).value(), "Storage 'archive' created successfully");
  const catalog::StorageDefPtr storage = catalog_->FindStorage("archive");
  ASSERT_NE(storage, nullptr);
  EXPECT_EQ(storage->type, "filesystem");
  EXPECT_EQ(storage->base_directory, (folder_.path() / "a" / "b").string());
  EXPECT_EQ(storage->shared_tables_template, "{namespace}/{tableName}");
  EXPECT_TRUE(fs::is_empty(storage->base_directory)) << "the probe cleans up";
  EXPECT_EQ(ddl_.Create(Archive()).error().code(), StatusCode::kAlreadyExists);
}

TEST_F(StorageDdlTest, AStorageStaysAsLongAsFilesAreInItAndWhereItIs) {
  ASSERT_TRUE(ddl_.Create(Archive()).has_value());
  files_.waiting = 2;
  const auto refused = ddl_.Drop({.id = "archive"});
  EXPECT_EQ(refused.error().code(), StatusCode::kInvalidOperation);
  EXPECT_THAT(refused.error().message(), HasSubstr("2 file(s)"));
  files_.waiting = 0;

  sql::AlterStorage moved;
  moved.id = "archive";
  moved.base_directory = (folder_.path() / "c").string();
  EXPECT_EQ(ddl_.Alter(moved).error().code(), StatusCode::kInvalidOperation);
  EXPECT_FALSE(fs::exists(folder_.path() / "c"));
  EXPECT_TRUE(ddl_.Drop({.id = "archive"}).has_value());
}

TEST_F(StorageDdlTest, RefusesWhatItCannotDo) {
  sql::CreateStorage statement = Archive();
  for (const char* type : {"s3", "GCS", "azure"}) {
    statement.type = type;
    EXPECT_EQ(Refused(statement), StatusCode::kInvalidOperation) << type;
  }
  statement.type = "floppy";
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument);
  statement = Archive();
  statement.base_directory.reset();
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument);
  statement = Archive();
  statement.credentials = "{oops";
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument);
  for (const char* id : {"", "a b", "a/b", "..", "a.b"}) {
    statement = Archive();
    statement.id = id;
    EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument) << id;
  }
}

TEST_F(StorageDdlTest, RefusesDangerousDirectories) {
  sql::CreateStorage statement = Archive();
  for (const std::string& path : {std::string(),
                                  std::string("/"),
                                  std::string("/etc"),
                                  std::string("/etc/x"),
                                  std::string("/root/x"),
                                  std::string("/var/log/x"),
                                  std::string("/proc/self"),
                                  std::string("/sys"),
                                  std::string("/dev/shm"),
                                  std::string("//etc//x"),
                                  std::string("/tmp/../etc"),
                                  std::string("/tmp/x/.."),
                                  std::string("../x"),
                                  std::string("C:\\Windows\\x"),
                                  std::string("/tmp/a\0b", 8),
                                  std::string("/tmp/a\nb"),
                                  std::string("s3://bucket"),
                                  std::string("/tmp/\xFF"),
                                  std::string(2'000, 'x'),
                                  Own(),
                                  Own() + "/sub",
                                  folder_.path().string()}) {
    statement.base_directory = path;
    EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument) << path;
  }
  statement.base_directory = (folder_.path() / "etc").string();
  EXPECT_TRUE(ddl_.Create(statement).has_value());
}

TEST_F(StorageDdlTest, FollowsLinksBeforeItJudges) {
  const fs::path link = folder_.path() / "link";
  fs::create_directory_symlink("/etc", link);
  sql::CreateStorage statement = Archive();
  statement.base_directory = (link / "x").string();
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument);
  const fs::path own = folder_.path() / "own";
  fs::create_directory(Own());
  fs::create_directory_symlink(Own(), own);
  statement.base_directory = own.string();
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidArgument);
}

TEST_F(StorageDdlTest, ADirectoryThatCannotBeUsedIsRefused) {
  const fs::path file = folder_.path() / "file";
  std::ofstream(file) << "not a directory";
  sql::CreateStorage statement = Archive();
  statement.base_directory = file.string();
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidOperation);
  statement.base_directory = (file / "below").string();
  EXPECT_EQ(Refused(statement), StatusCode::kInvalidOperation);
  if (geteuid() != 0) {  // Nothing is read-only for root.
    const fs::path locked = folder_.path() / "locked";
    fs::create_directory(locked);
    ASSERT_EQ(chmod(locked.c_str(), 0500), 0);
    statement.base_directory = locked.string();
    EXPECT_EQ(Refused(statement), StatusCode::kInvalidOperation);
  }
}

TEST_F(StorageDdlTest, TemplatesGiveEachTableAFolderOfItsOwn) {
  EXPECT_EQ(CheckedSharedTemplate("{namespace}/{tableName}").value(), "{namespace}/{tableName}");
  EXPECT_EQ(CheckedSharedTemplate("x/{namespace_id}/y-{table_name}/").value(),
            "x/{namespace}/y-{tableName}");
  EXPECT_EQ(CheckedUserTemplate("${namespaceId}/${table}/${user_id}").value(),
            "{namespace}/{tableName}/{userId}");
  EXPECT_EQ(CheckedUserTemplate("{namespace}/{tableName}/{shard}/{userId}").value(),
            "{namespace}/{tableName}/{shard}/{userId}");
  for (const char* text :
       {"", "{namespace}", "{tableName}/{namespace}", "{namespace}/{tableName}/{userId}",
        "/{namespace}/{tableName}", "../{namespace}/{tableName}", "{namespace}/../{tableName}",
        "{namespace}/{tableName}/{namespace}", "{namespace}/{table", "{namespace}/{nothing}",
        "{namespace} {tableName}", "{namespace}\\{tableName}"}) {
    EXPECT_EQ(CheckedSharedTemplate(text).error().code(), StatusCode::kInvalidArgument) << text;
  }
  for (const char* text : {"{userId}", "{userId}/{namespace}/{tableName}",
                           "{namespace}/{tableName}", "{shard}/{namespace}/{tableName}/{userId}"}) {
    EXPECT_EQ(CheckedUserTemplate(text).error().code(), StatusCode::kInvalidArgument) << text;
  }
}

TEST_F(StorageDdlTest, AltersWhatIsNamed) {
  ASSERT_TRUE(ddl_.Create(Archive()).has_value());
  sql::AlterStorage statement;
  statement.id = "archive";
  statement.description = "old rows";
  statement.user_template = "u/{namespace}/{tableName}/{userId}";
  clock_.Advance(std::chrono::minutes(1));
  EXPECT_EQ(ddl_.Alter(statement).value(), "Storage 'archive' altered successfully");
  const catalog::StorageDefPtr storage = catalog_->FindStorage("archive");
  EXPECT_EQ(storage->name, "archive");
  EXPECT_EQ(storage->description, "old rows");
  EXPECT_EQ(storage->user_tables_template, "u/{namespace}/{tableName}/{userId}");
  EXPECT_GT(storage->updated_at, storage->created_at);
  statement.user_template = "{userId}";
  EXPECT_EQ(ddl_.Alter(statement).error().code(), StatusCode::kInvalidArgument);
  statement.id = "nowhere";
  EXPECT_EQ(ddl_.Alter(statement).error().code(), StatusCode::kNotFound);
}

TEST_F(StorageDdlTest, DropsWhatNobodyUses) {
  ASSERT_TRUE(ddl_.Create(Archive()).has_value());
  catalog::TableDef def;
  def.namespace_id = "default";
  def.name = "old";
  def.options.storage_id = "archive";
  def.versions.push_back(NotesSchema());
  const catalog::TableDefPtr table = catalog_->CreateTable(std::move(def)).value();
  EXPECT_EQ(ddl_.Drop({.id = "archive", .if_exists = true}).error().message(),
            "Cannot drop storage 'archive': 1 table(s) still using it");
  ASSERT_TRUE(dropper_->Drop(table).ok());
  EXPECT_EQ(ddl_.Drop({.id = "archive"}).value(), "Storage 'archive' dropped successfully");
  EXPECT_EQ(ddl_.Drop({.id = "archive"}).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(ddl_.Drop({.id = "archive", .if_exists = true}).value(),
            "Storage 'archive' does not exist (skipped)");
  EXPECT_EQ(ddl_.Drop({.id = "local"}).error().code(), StatusCode::kInvalidOperation);
}

}  // namespace
}  // namespace kalamdb::service
