// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include <gtest/gtest.h>

namespace kalamdb {
namespace {

class LogTest : public testing::Test {
 protected:
  LogTest() {
    std::string pattern = testing::TempDir() + "log-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    settings_.log_to_console = false;
  }
  ~LogTest() override {
    Settings::Logging quiet;
    quiet.log_to_file = false;
    EXPECT_TRUE(StartLog(quiet, "").ok());
    std::filesystem::remove_all(directory_);
  }

  std::string Read(const std::string& name) const {
    FlushLog();
    std::ifstream stream(directory_ + "/" + name);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  std::string directory_;
  Settings::Logging settings_;
};

TEST_F(LogTest, WritesCompactLines) {
  ASSERT_TRUE(StartLog(settings_, directory_).ok());
  LogInfo("jobs", "flush of {} took {} ms", "chat", 12);
  LogDebug("jobs", "not shown");
  const std::string text = Read("server.log");
  EXPECT_TRUE(std::regex_match(
      text,
      std::regex(
          R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO  jobs: flush of chat took 12 ms\n)")))
      << text;
}

TEST_F(LogTest, WritesJsonObjects) {
  settings_.format = LogFormat::kJson;
  ASSERT_TRUE(StartLog(settings_, directory_).ok());
  LogWarn("server", "say \"{}\"", "a\\b\nc");
  const std::string text = Read("server.jsonl");
  EXPECT_NE(text.find(R"("level":"WARN")"), text.npos) << text;
  EXPECT_NE(text.find(R"("target":"server","message":"say \"a\\b\nc\""})"), text.npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST_F(LogTest, KeepsAMessageOnOneLine) {
  for (const LogFormat format : {LogFormat::kCompact, LogFormat::kPretty}) {
    settings_.format = format;
    ASSERT_TRUE(StartLog(settings_, directory_).ok());
    LogError("sql", "{}", "x\n2026-01-01T00:00:00.000Z ERROR forged\x1b[0m");
  }
  const std::string text = Read("server.log");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
  EXPECT_EQ(text.find('\x1b'), text.npos);
}

TEST_F(LogTest, ModulesHaveLevelsOfTheirOwn) {
  settings_.level = LogLevel::kWarn;
  settings_.targets = {{"store", LogLevel::kDebug}, {"noise", LogLevel::kOff}};
  ASSERT_TRUE(StartLog(settings_, directory_).ok());
  EXPECT_TRUE(IsLogged("store", LogLevel::kDebug));
  EXPECT_FALSE(IsLogged("store", LogLevel::kTrace));
  EXPECT_FALSE(IsLogged("other", LogLevel::kInfo));
  EXPECT_TRUE(IsLogged("other", LogLevel::kWarn));
  EXPECT_FALSE(IsLogged("noise", LogLevel::kError));
}

TEST_F(LogTest, FilesAreBoundedInSizeAndNumber) {
  settings_.max_file_size = 1'000;
  settings_.max_files = 2;
  ASSERT_TRUE(StartLog(settings_, directory_).ok());
  for (int i = 0; i < 100; ++i) {
    LogInfo("test", "line {} of many, long enough to fill a file before long", i);
  }
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    ++files;
    EXPECT_LE(entry.file_size(), 1'000u);
  }
  EXPECT_EQ(files, 3u);  // The open one and two closed ones.
  EXPECT_NE(Read("server.log").find("line 99 "), std::string::npos);
}

TEST_F(LogTest, AnUnwritableFolderIsAnError) {
  std::ofstream(directory_ + "/file") << "x";
  const Status status = StartLog(settings_, directory_ + "/file");
  EXPECT_EQ(status.code(), StatusCode::kIoError);
}

}  // namespace
}  // namespace kalamdb
