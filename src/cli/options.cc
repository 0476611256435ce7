// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace kalamdb::cli {
namespace {

constexpr const char* kFooter = R"(
Without -c and -f, statements come from standard input: interactively from a terminal, or piped.

The password comes from KALAM_PASSWORD, --password-stdin or a prompt; stored logins need none.
KALAM_URL and KALAM_USER stand for -h and -u.

Exit codes: 0 success; 1 a statement or the login failed; 2 usage error; 3 the server could not be
reached; 130 interrupted.)";

// Empty when `path` can be opened for reading, as CLI11 wants it.
std::string CheckReadable(const std::string& path) {
  std::error_code error;
  if (path == "-" || std::filesystem::exists(path, error)) {
    return "";
  }
  return "there is no file " + path;
}

void Declare(CLI::App& app, Options* options) {
  app.set_help_flag("--help", "Show this help and exit");
  app.set_version_flag("--version", "kalam " KALAMDB_VERSION);
  app.add_option("-h,--url", options->url, "The server")
      ->type_name("URL")
      ->envname("KALAM_URL")
      ->capture_default_str();
  app.add_option("-u,--user", options->user, "The user")->type_name("NAME")->envname("KALAM_USER");
  app.add_option("-n,--namespace", options->name_space, "Namespace of unqualified names")
      ->type_name("NAME");
  CLI::Option* command =
      app.add_option("-c,--command", options->commands, "Run these statements and exit")
          ->type_name("SQL")
          ->allow_extra_args(false);
  app.add_option("-f,--file", options->files,
                 "Run the statements of this file and exit; - is "
                 "standard input")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->check(CheckReadable)
      ->excludes(command);
  CLI::Option* json = app.add_flag_callback(
      "--json", [options] { options->format = OutputFormat::kJson; },
      "Print rows as JSON objects, one a line");
  app.add_flag_callback(
         "--csv", [options] { options->format = OutputFormat::kCsv; },
         "Print rows as CSV with a header line")
      ->excludes(json);
  app.add_flag("--timing", options->shows_timing, "Show how long each statement takes");
  app.add_flag("--password-stdin", options->reads_password,
               "Take the password from the first line of standard input");
  CLI::Option* save = app.add_flag("--save-credentials", options->saves_login,
                                   "Keep the tokens of this login for later runs");
  app.add_flag("--forget-credentials", options->forgets_login, "Remove the stored login and exit")
      ->excludes(save);
  app.footer(kFooter);
}

}  // namespace

ParsedOptions ParseOptions(int argc, const char* const* argv) {
  Options options;
  CLI::App app("kalam: SQL shell for KalamDB", "kalam");
  try {
    Declare(app, &options);
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {  // --help, --version
    return {.options = std::nullopt, .exit_code = app.exit(done)};
  } catch (const CLI::Error& error) {
    fmt::print(stderr, "kalam: {}\nRun kalam --help for the options.\n", error.what());
    return {.options = std::nullopt, .exit_code = kUsageError};
  }
  if (const char* password = std::getenv("KALAM_PASSWORD"); password != nullptr) {
    options.password = password;
  }
  return {.options = std::move(options), .exit_code = 0};
}

}  // namespace kalamdb::cli
