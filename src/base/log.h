// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/settings.h"

// The log of the process. Thread-safe. Before StartLog(), warnings and errors go to standard error
// and the rest nowhere. A message is one line: control characters are escaped, so that text from a
// client cannot forge a line. Secrets have no formatter and cannot be logged.
//
//   LogInfo("jobs", "flush of {} took {} ms", name, ms);
namespace kalamdb {

// Opens the log, in the place of an earlier one. `logs_path` is where files go when
// settings.log_to_file.
Status StartLog(const Settings::Logging& settings, const std::string& logs_path);
// Writes out what is buffered: messages below info.
void FlushLog();

// The level of a module: its entry in logging.targets, else logging.level.
bool IsLogged(std::string_view module, LogLevel level);

// Writes without looking at levels; use the functions below.
void WriteLog(std::string_view module, LogLevel level, fmt::string_view format,
              fmt::format_args args);

template <class... Args>
void Log(LogLevel level, std::string_view module, fmt::format_string<Args...> format,
         Args&&... args) {
  if (IsLogged(module, level)) {
    WriteLog(module, level, format, fmt::make_format_args(args...));
  }
}

template <class... Args>
void LogTrace(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kTrace, module, format, std::forward<Args>(args)...);
}
template <class... Args>
void LogDebug(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kDebug, module, format, std::forward<Args>(args)...);
}
template <class... Args>
void LogInfo(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kInfo, module, format, std::forward<Args>(args)...);
}
template <class... Args>
void LogWarn(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kWarn, module, format, std::forward<Args>(args)...);
}
template <class... Args>
void LogError(std::string_view module, fmt::format_string<Args...> format, Args&&... args) {
  Log(LogLevel::kError, module, format, std::forward<Args>(args)...);
}

}  // namespace kalamdb
