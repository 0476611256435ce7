// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <vector>

#include <gtest/gtest.h>

namespace kalamdb::app {
namespace {

CommandLine Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "kalamdb-server");
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const CommandLine command =
      ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
  testing::internal::GetCapturedStdout();
  testing::internal::GetCapturedStderr();
  return command;
}

TEST(CommandLine, NeedsNoArguments) {
  const CommandLine command = Parse({});
  EXPECT_EQ(command.action, Action::kRun);
  EXPECT_FALSE(command.config_file.has_value());
}

TEST(CommandLine, TakesOneFile) {
  EXPECT_EQ(Parse({"my.toml"}).config_file, "my.toml");
  const CommandLine check = Parse({"--check-config", "my.toml"});
  EXPECT_EQ(check.action, Action::kCheckConfig);
  EXPECT_EQ(check.config_file, "my.toml");
}

TEST(CommandLine, AnswersQuestionsItself) {
  EXPECT_EQ(Parse({"--help"}).action, Action::kExit);
  EXPECT_EQ(Parse({"--help"}).exit_code, 0);
  EXPECT_EQ(Parse({"--version"}).exit_code, 0);
  EXPECT_EQ(Parse({"--print-config-docs"}).action, Action::kPrintConfigDocs);
  EXPECT_EQ(Parse({"--print-example-config"}).action, Action::kPrintExampleConfig);
}

TEST(CommandLine, RefusesMistakes) {
  for (const std::vector<const char*>& arguments : {std::vector<const char*>{"--port", "1"},
                                                    {"a.toml", "b.toml"},
                                                    {"--check-config", "--print-config-docs"}}) {
    const CommandLine command = Parse(arguments);
    EXPECT_EQ(command.action, Action::kExit);
    EXPECT_NE(command.exit_code, 0);
  }
}

}  // namespace
}  // namespace kalamdb::app
