// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kalamdb::app {

enum class Action : uint8_t {
  kRun,
  kCheckConfig,         // Read the settings, say whether they are good, end.
  kPrintConfigDocs,     // The tables of docs/configuration.md.
  kPrintExampleConfig,  // docs/kalamdb.example.toml.
  kExit,                // --help, --version or a mistake: all is said already.
};

struct CommandLine {
  Action action = Action::kRun;
  std::optional<std::string> config_file;
  int exit_code = 0;  // For kExit.
};

// Prints help, version and mistakes itself.
CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace kalamdb::app
