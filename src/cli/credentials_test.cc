// SPDX-License-Identifier: Apache-2.0
#include "cli/credentials.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace kalamdb::cli {
namespace {

namespace fs = std::filesystem;

class Credentials : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "kalam-credentials-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ / "config" / "kalam" / "credentials.json";
  }
  void TearDown() override { fs::remove_all(folder_); }

  CredentialStore NewStore() const { return CredentialStore(path_.string()); }

  // The access token found, or "none", or the name of the error.
  std::string Found(std::string_view url, std::string_view user) const {
    const StatusOr<std::optional<Login>> login = NewStore().Find(url, user);
    if (!login.has_value()) {
      return std::string(StatusCodeName(login.error().code()));
    }
    return login->has_value() ? (*login)->access_token : "none";
  }

  static Login LoginOf(std::string user, std::string token) {
    return {.user = std::move(user),
            .access_token = std::move(token),
            .refresh_token = "refresh",
            .expires_at = "2026-05-06T10:00:00+00:00",
            .refresh_expires_at = ""};
  }

  static unsigned ModeOf(const fs::path& path) {
    struct stat info{};
    EXPECT_EQ(stat(path.c_str(), &info), 0);
    return info.st_mode & 07777;
  }

  fs::path folder_;
  fs::path path_;
};

TEST_F(Credentials, AreFoundByServerAndUser) {
  CredentialStore store = NewStore();
  EXPECT_EQ(Found("http://a", ""), "none");
  ASSERT_TRUE(store.Store("http://a", LoginOf("alice", "t1")).ok());
  ASSERT_TRUE(store.Store("http://a", LoginOf("bob \"quote\"", "t2")).ok());
  ASSERT_TRUE(store.Store("http://b", LoginOf("alice", "t3")).ok());
  EXPECT_EQ(Found("http://a", "alice"), "t1");
  EXPECT_EQ(Found("http://a", "bob \"quote\""), "t2");
  EXPECT_EQ(Found("http://a", ""), "t2");  // The newest of that server.
  EXPECT_EQ(Found("http://b", ""), "t3");
  EXPECT_EQ(Found("http://b", "bob"), "none");
  ASSERT_TRUE(store.Store("http://a", LoginOf("alice", "t4")).ok());
  EXPECT_EQ(Found("http://a", "alice"), "t4");
  EXPECT_EQ(Found("http://a", ""), "t4");
}

TEST_F(Credentials, AreRemovedByServerAndUser) {
  CredentialStore store = NewStore();
  EXPECT_EQ(store.Remove("http://a", ""), false);
  ASSERT_TRUE(store.Store("http://a", LoginOf("alice", "t1")).ok());
  ASSERT_TRUE(store.Store("http://b", LoginOf("alice", "t2")).ok());
  EXPECT_EQ(store.Remove("http://a", "bob"), false);
  EXPECT_EQ(store.Remove("http://a", "alice"), true);
  EXPECT_EQ(Found("http://a", ""), "none");
  EXPECT_EQ(Found("http://b", ""), "t2");
}

TEST_F(Credentials, AreWrittenForTheirOwnerOnly) {
  const mode_t old_mask = umask(0);
  fs::create_directories(path_.parent_path());
  ASSERT_TRUE(NewStore().Store("http://a", LoginOf("alice", "t1")).ok());
  umask(old_mask);
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_EQ(ModeOf(path_.parent_path()), 0700u);
  EXPECT_EQ(std::distance(fs::directory_iterator(path_.parent_path()), fs::directory_iterator()), 1)
      << "a temporary file was left behind";
}

TEST_F(Credentials, AreRefusedWhenOthersCanReadThem) {
  CredentialStore store = NewStore();
  ASSERT_TRUE(store.Store("http://a", LoginOf("alice", "t1")).ok());
  for (const mode_t mode : {0640u, 0604u, 0620u, 0602u, 0644u, 0601u}) {
    ASSERT_EQ(chmod(path_.c_str(), mode), 0);
    EXPECT_EQ(Found("http://a", ""), "PermissionDenied") << std::oct << mode;
    EXPECT_EQ(store.Store("http://b", LoginOf("alice", "t2")).code(),
              StatusCode::kPermissionDenied);
  }
  const StatusOr<std::optional<Login>> refused = store.Find("http://a", "");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().message().find("chmod 600 " + path_.string()), std::string::npos);
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_EQ(Found("http://a", ""), "t1");
}

TEST_F(Credentials, AreRefusedWhenDamaged) {
  ASSERT_TRUE(NewStore().Store("http://a", LoginOf("alice", "t1")).ok());
  for (const char* content :
       {"", "{", "[]", R"({"version": 2, "logins": []})", R"({"version": 1})",
        R"({"version": 1, "logins": [{"url": "http://a"}]})", R"({"version": 1, "logins": [7]})"}) {
    std::ofstream(path_, std::ios::trunc) << content;
    EXPECT_EQ(Found("http://a", ""), "Corruption") << content;
  }
}

TEST_F(Credentials, AreRefusedWhenNoRegularFile) {
  fs::create_directories(path_);
  EXPECT_EQ(Found("http://a", ""), "PermissionDenied");
}

TEST_F(Credentials, CannotBeStoredWithoutAPlace) {
  CredentialStore store("");
  EXPECT_EQ(store.Find("http://a", "")->has_value(), false);
  EXPECT_EQ(store.Store("http://a", LoginOf("alice", "t1")).code(), StatusCode::kNotFound);
}

TEST_F(Credentials, HaveTheirPlaceFromTheEnvironment) {
  setenv("HOME", "/home/x", 1);
  unsetenv("XDG_CONFIG_HOME");
  EXPECT_EQ(CredentialStore::DefaultPath(), "/home/x/.config/kalam/credentials.json");
  setenv("XDG_CONFIG_HOME", "/cfg", 1);
  EXPECT_EQ(CredentialStore::DefaultPath(), "/cfg/kalam/credentials.json");
  setenv("XDG_CONFIG_HOME", "relative", 1);
  EXPECT_EQ(CredentialStore::DefaultPath(), "/home/x/.config/kalam/credentials.json");
  unsetenv("HOME");
  EXPECT_EQ(CredentialStore::DefaultPath(), "");
}

}  // namespace
}  // namespace kalamdb::cli
