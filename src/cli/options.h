// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/result_printer.h"

namespace kalamdb::cli {

// Exit code of a program that was called wrongly.
constexpr int kUsageError = 2;

// What the command line and the environment ask for.
struct Options {
  std::string url = "http://127.0.0.1:8080";
  std::string user;
  std::string name_space;
  std::vector<std::string> commands;  // -c
  std::vector<std::string> files;     // -f
  OutputFormat format = OutputFormat::kTable;
  bool shows_timing = false;
  bool reads_password = false;          // --password-stdin
  bool saves_login = false;             // --save-credentials
  bool forgets_login = false;           // --forget-credentials
  std::optional<std::string> password;  // KALAM_PASSWORD
};

// The options, or the exit code of a program that is done already: 0 after --help and --version, 2
// after a usage error, which is printed.
struct ParsedOptions {
  std::optional<Options> options;
  int exit_code = 0;
};
ParsedOptions ParseOptions(int argc, const char* const* argv);

}  // namespace kalamdb::cli
