// SPDX-License-Identifier: Apache-2.0
#include "base/data_dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace kalamdb {
namespace {

class DataDirTest : public testing::Test {
 protected:
  DataDirTest() {
    std::string pattern = testing::TempDir() + "data-dir-XXXXXX";
    directory_ = std::filesystem::canonical(mkdtemp(pattern.data())).string();
    path_ = directory_ + "/a/b";
  }
  ~DataDirTest() override { std::filesystem::remove_all(directory_); }

  static mode_t ModeOf(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777u;
  }

  std::string directory_;
  std::string path_;
};

TEST_F(DataDirTest, CreatesPrivateDirectories) {
  const auto data = DataDir::Open(path_);
  ASSERT_TRUE(data.has_value()) << data.error().ToString();
  EXPECT_EQ(data->path(), path_);
  EXPECT_EQ(ModeOf(path_), 0700u);
  const auto folder = data->Folder("rocksdb");
  ASSERT_TRUE(folder.has_value());
  EXPECT_EQ(ModeOf(*folder), 0700u);
}

TEST_F(DataDirTest, LeavesTheModeOfAnExistingDirectoryAlone) {
  std::filesystem::create_directories(path_);
  chmod(path_.c_str(), 0750);
  ASSERT_TRUE(DataDir::Open(path_).has_value());
  EXPECT_EQ(ModeOf(path_), 0750u);
}

TEST_F(DataDirTest, HasOneOwnerAtATime) {
  {
    const auto first = DataDir::Open(path_);
    ASSERT_TRUE(first.has_value());
    const auto second = DataDir::Open(path_ + "/../b");
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().message(),
              "data directory " + path_ + " is in use by process " + std::to_string(getpid()));
  }
  EXPECT_TRUE(DataDir::Open(path_).has_value());
}

TEST_F(DataDirTest, SaysWhyItCannotBeUsed) {
  std::ofstream(directory_ + "/a") << "a file";
  const auto below_file = DataDir::Open(path_);
  ASSERT_FALSE(below_file.has_value());
  EXPECT_EQ(below_file.error().message(),
            "cannot create data directory " + path_ + ": Not a directory");
  const auto is_file = DataDir::Open(directory_ + "/a");
  ASSERT_FALSE(is_file.has_value());
  EXPECT_EQ(is_file.error().message(),
            "cannot create data directory " + directory_ + "/a: not a directory");
  EXPECT_FALSE(DataDir::Open("/proc/kalamdb").has_value());
}

TEST_F(DataDirTest, KnowsTheFreeSpace) {
  const auto data = DataDir::Open(path_);
  ASSERT_TRUE(data.has_value());
  const auto free_bytes = data->FreeBytes();
  ASSERT_TRUE(free_bytes.has_value());
  EXPECT_GT(*free_bytes, 0u);
}

TEST_F(DataDirTest, SecretsAreMadeOnceAndKept) {
  std::string first;
  {
    const auto data = DataDir::Open(path_);
    ASSERT_TRUE(data.has_value());
    const auto secret = data->LoadOrCreateSecret("jwt");
    ASSERT_TRUE(secret.has_value()) << secret.error().ToString();
    first = secret->Reveal();
    EXPECT_EQ(first.size(), 64u);
    EXPECT_EQ(ModeOf(path_ + "/secrets/jwt"), 0600u);
    EXPECT_EQ(ModeOf(path_ + "/secrets"), 0700u);
    const auto other = data->LoadOrCreateSecret("other");
    ASSERT_TRUE(other.has_value());
    EXPECT_NE(other->Reveal(), first);
  }
  chmod((path_ + "/secrets/jwt").c_str(), 0644);
  const auto data = DataDir::Open(path_);
  ASSERT_TRUE(data.has_value());
  const auto secret = data->LoadOrCreateSecret("jwt");
  ASSERT_TRUE(secret.has_value());
  EXPECT_EQ(secret->Reveal(), first);
  EXPECT_EQ(ModeOf(path_ + "/secrets/jwt"), 0600u);
}

TEST_F(DataDirTest, ADamagedSecretIsNotReplaced) {
  const auto data = DataDir::Open(path_);
  ASSERT_TRUE(data.has_value());
  ASSERT_TRUE(data->Folder("secrets").has_value());
  std::ofstream(path_ + "/secrets/jwt") << "short\n";
  const auto secret = data->LoadOrCreateSecret("jwt");
  ASSERT_FALSE(secret.has_value());
  EXPECT_EQ(secret.error().code(), StatusCode::kCorruption);
}

}  // namespace
}  // namespace kalamdb
