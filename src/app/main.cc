// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "app/build_info.h"
#include "app/command_line.h"
#include "app/server_app.h"
#include "app/start_banner.h"
#include "app/stop_signals.h"
#include "base/data_dir.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/settings_docs.h"

namespace kalamdb::app {
namespace {

constexpr const char* kDefaultConfigFile = "server.toml";

// From the signal to the forced end. Sanitizers make everything several times slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::chrono::milliseconds kStopDeadline{15'000};
#else
constexpr std::chrono::milliseconds kStopDeadline{4'700};
#endif

int Fail(const Status& status) {
  fmt::print(stderr, "kalamdb-server: {}\n", status.message());
  return EXIT_FAILURE;
}

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (const size_t equals = text.find('='); equals != text.npos) {
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return variables;
}

StatusOr<LoadedSettings> Load(const CommandLine& command) {
  SettingsInput input{.file = command.config_file, .environment = Environment()};
  std::error_code ignored;
  if (!input.file.has_value() && std::filesystem::exists(kDefaultConfigFile, ignored)) {
    input.file = kDefaultConfigFile;
  }
  return LoadSettings(input);
}

// Each connection and each file of the store takes a descriptor.
void RaiseOpenFileLimit(const Settings& settings) {
  constexpr rlim_t kFewFiles = 4'096;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return;
  }
  rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  const rlim_t files = setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
  const auto wanted = static_cast<rlim_t>(settings.performance.max_connections +
                                          settings.storage.rocksdb.max_open_files + 256);
  if (files != RLIM_INFINITY && files < wanted) {
    Log(files < kFewFiles ? LogLevel::kWarn : LogLevel::kInfo, "app",
        "the system allows {} open files; {} connections and the store may need {}", files,
        settings.performance.max_connections, wanted);
  }
}

// Where log files go.
StatusOr<std::string> LogFolder(const Settings::Logging& settings, const DataDir& data) {
  if (settings.logs_path.empty()) {
    return data.Folder("logs");
  }
  if (Status status = CreateDirectory(settings.logs_path); !status.ok()) {
    return Error(IoError(fmt::format("cannot create the log directory {}: {}", settings.logs_path,
                                     status.message())));
  }
  return settings.logs_path;
}

Status OpenLog(const Settings::Logging& settings, const DataDir& data) {
  std::string folder;
  if (settings.log_to_file) {
    KALAMDB_ASSIGN_OR_RETURN(folder, LogFolder(settings, data));
  }
  return StartLog(settings, folder);
}

Status Run(LoadedSettings loaded, StopSignals& signals) {
  const Settings& settings = loaded.values;
  KALAMDB_ASSIGN_OR_RETURN(const DataDir data, DataDir::Open(settings.storage.data_path));
  KALAMDB_RETURN_IF_ERROR(OpenLog(settings.logging, data));
  LogInfo("app", "KalamDB {} starts on {}", BuildVersion(), data.path());
  for (const std::string& warning : loaded.warnings) {
    LogWarn("app", "{}", warning);
  }
  RaiseOpenFileLimit(settings);
  if (settings.auth.jwt_secret.empty()) {
    KALAMDB_ASSIGN_OR_RETURN(loaded.values.auth.jwt_secret, data.LoadOrCreateSecret("jwt"));
  }
  KALAMDB_ASSIGN_OR_RETURN(const std::unique_ptr<ServerApp> server, ServerApp::Start(loaded, data));
  LogInfo("app", "listening on {}", ServerUrl(settings.server.host, server->port()));
  fmt::print("{}",
             StartBanner(settings.server.host, server->port(), data.path(), server->needs_setup()));
  std::fflush(stdout);

  const std::string_view signal = signals.Wait();
  signals.ForceExitAfter(kStopDeadline);
  LogInfo("app", "{}: stopping", signal);
  KALAMDB_RETURN_IF_ERROR(server->Stop());
  LogInfo("app", "stopped");
  return {};
}

int Main(int argc, const char* const* argv) {
  StopSignals signals;  // First: threads inherit the blocked signals.
  const CommandLine command = ParseCommandLine(argc, argv);
  switch (command.action) {
    case Action::kExit:
      return command.exit_code;
    case Action::kPrintConfigDocs:
      fmt::print("{}", SettingsDocs());
      return EXIT_SUCCESS;
    case Action::kPrintExampleConfig:
      fmt::print("{}", ExampleSettingsFile());
      return EXIT_SUCCESS;
    case Action::kCheckConfig:
    case Action::kRun:
      break;
  }
  StatusOr<LoadedSettings> loaded = Load(command);
  if (!loaded.has_value()) {
    return Fail(loaded.error());
  }
  if (command.action == Action::kCheckConfig) {
    for (const std::string& warning : loaded->warnings) {
      fmt::print(stderr, "kalamdb-server: warning: {}\n", warning);
    }
    fmt::print("The configuration is valid.\n");
    return EXIT_SUCCESS;
  }
  const Status status = Run(std::move(*loaded), signals);
  FlushLog();
  return status.ok() ? EXIT_SUCCESS : Fail(status);
}

}  // namespace
}  // namespace kalamdb::app

int main(int argc, char** argv) { return kalamdb::app::Main(argc, argv); }
