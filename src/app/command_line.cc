// SPDX-License-Identifier: Apache-2.0
#include "app/command_line.h"

#include <CLI/CLI.hpp>

#include "app/build_info.h"

namespace kalamdb::app {

namespace {

constexpr int kUsageExitCode = 2;
constexpr const char* kFooter =
    "Settings come from the file, then from KALAMDB_* variables, which win.\n"
    "Without an argument, ./server.toml is read if it exists. See docs/configuration.md.";

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CLI::App parser("KalamDB server", "kalamdb-server");
  std::string file;
  bool is_check = false;
  bool is_docs = false;
  bool is_example = false;
  parser.add_option("config", file, "Configuration file (TOML)");
  auto* check = parser.add_flag("--check-config", is_check, "Check the settings and exit");
  auto* docs = parser.add_flag("--print-config-docs", is_docs,
                               "Print the settings as tables for the documentation and exit");
  auto* example = parser.add_flag("--print-example-config", is_example,
                                  "Print a configuration file with every setting and exit");
  check->excludes(docs)->excludes(example);
  docs->excludes(example);
  parser.set_version_flag("--version", "kalamdb-server " + std::string(BuildVersion()));
  parser.footer(kFooter);
  try {
    parser.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const bool is_mistake = parser.exit(error) != 0;
    return {
        .action = Action::kExit, .config_file = {}, .exit_code = is_mistake ? kUsageExitCode : 0};
  }
  CommandLine command;
  if (!file.empty()) {
    command.config_file = file;
  }
  command.action = is_check     ? Action::kCheckConfig
                   : is_docs    ? Action::kPrintConfigDocs
                   : is_example ? Action::kPrintExampleConfig
                                : Action::kRun;
  return command;
}

}  // namespace kalamdb::app
