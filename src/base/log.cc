// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <memory>
#include <vector>

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace kalamdb {

namespace {

// What StartLog() opened. Immutable.
struct OpenLog {
  LogLevel level = LogLevel::kOff;
  LogLevels targets;
  LogLevel lowest = LogLevel::kOff;  // Over `level` and `targets`: most calls need no look-up.
  std::vector<spdlog::sink_ptr> sinks;
  // Another thread may still be writing to a log that was replaced, so none is ever freed; a
  // process has one or two.
  const OpenLog* replaced = nullptr;
};

// Set by StartLog() with release, read with acquire by everybody.
std::atomic<const OpenLog*> current_log = nullptr;

void AppendEscapedControl(std::string& out, char c) {
  switch (c) {
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
  }
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string OneLine(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    if (IsControl(c)) {
      AppendEscapedControl(line, c);
    } else {
      line += c;
    }
  }
  return line;
}

std::string JsonString(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (IsControl(c)) {
      AppendEscapedControl(json, c);
    } else {
      if (c == '"' || c == '\\') {
        json += '\\';
      }
      json += c;
    }
  }
  return json + '"';
}

std::string_view UpperName(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return "TRACE";
    case spdlog::level::debug:
      return "DEBUG";
    case spdlog::level::info:
      return "INFO";
    case spdlog::level::warn:
      return "WARN";
    default:
      return "ERROR";
  }
}

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

// "2026-05-01T10:00:00.123Z".
std::string Timestamp(spdlog::log_clock::time_point time) {
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const time_t seconds = static_cast<time_t>(millis / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     millis % 1000);
}

std::string_view View(spdlog::string_view_t text) { return {text.data(), text.size()}; }

// One line of the log in one of the three formats. The module is spdlog's logger name.
class LineFormatter final : public spdlog::formatter {
 public:
  LineFormatter(LogFormat format, bool is_coloured) : format_(format), is_coloured_(is_coloured) {}

  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& out) override {
    const std::string line = Line(msg);
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<LineFormatter>(format_, is_coloured_);
  }

 private:
  std::string Line(const spdlog::details::log_msg& msg) const {
    const std::string_view level = UpperName(msg.level);
    const std::string_view module = View(msg.logger_name);
    const std::string_view text = View(msg.payload);
    switch (format_) {
      case LogFormat::kJson:
        return fmt::format(
            R"({{"timestamp":"{}","level":"{}","thread":"{}","target":{},"message":{}}})"
            "\n",
            Timestamp(msg.time), level, msg.thread_id, JsonString(module), JsonString(text));
      case LogFormat::kPretty: {
        const std::string_view colour = !is_coloured_ ? "" : Colour(msg.level);
        const std::string_view end = colour.empty() ? "" : "\033[0m";
        return fmt::format("{} {}{:<5}{} [{}] {}: {}\n", Timestamp(msg.time), colour, level, end,
                           msg.thread_id, module, OneLine(text));
      }
      case LogFormat::kCompact:
        break;
    }
    return fmt::format("{} {:<5} {}: {}\n", Timestamp(msg.time), level, module, OneLine(text));
  }

  static std::string_view Colour(spdlog::level::level_enum level) {
    return level >= spdlog::level::err    ? "\033[31m"
           : level == spdlog::level::warn ? "\033[33m"
           : level == spdlog::level::info ? "\033[32m"
                                          : "\033[2m";
  }

  const LogFormat format_;
  const bool is_coloured_;
};

StatusOr<spdlog::sink_ptr> OpenFile(const Settings::Logging& settings,
                                    const std::string& logs_path) {
  const std::string path =
      logs_path + (settings.format == LogFormat::kJson ? "/server.jsonl" : "/server.log");
  try {
    return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
        path, settings.max_file_size, static_cast<size_t>(settings.max_files));
  } catch (const std::exception& error) {
    return Error(IoError(fmt::format("cannot write the log file: {}", OneLine(error.what()))));
  }
}

}  // namespace

Status StartLog(const Settings::Logging& settings, const std::string& logs_path) {
  auto log = std::make_unique<OpenLog>();
  log->level = settings.level;
  log->targets = settings.targets;
  log->lowest = settings.level;
  for (const auto& [target, level] : settings.targets) {
    log->lowest = std::min(log->lowest, level);
  }
  if (settings.log_to_console) {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_formatter(
        std::make_unique<LineFormatter>(settings.format, isatty(fileno(stderr)) != 0));
    log->sinks.push_back(std::move(sink));
  }
  if (settings.log_to_file) {
    KALAMDB_ASSIGN_OR_RETURN(spdlog::sink_ptr sink, OpenFile(settings, logs_path));
    sink->set_formatter(std::make_unique<LineFormatter>(settings.format, false));
    log->sinks.push_back(std::move(sink));
  }
  log->replaced = current_log.load(std::memory_order_acquire);
  current_log.store(log.release(), std::memory_order_release);
  return {};
}

void FlushLog() {
  const OpenLog* log = current_log.load(std::memory_order_acquire);
  if (log == nullptr) {
    return;
  }
  for (const spdlog::sink_ptr& sink : log->sinks) {
    sink->flush();
  }
}

bool IsLogged(std::string_view module, LogLevel level) {
  const OpenLog* log = current_log.load(std::memory_order_acquire);
  if (log == nullptr) {
    return level >= LogLevel::kWarn;
  }
  if (level < log->lowest) {
    return false;
  }
  const auto found = log->targets.find(module);
  return level >= (found == log->targets.end() ? log->level : found->second);
}

void WriteLog(std::string_view module, LogLevel level, fmt::string_view format,
              fmt::format_args args) {
  const std::string text = fmt::vformat(format, args);
  const OpenLog* log = current_log.load(std::memory_order_acquire);
  if (log == nullptr) {
    fmt::print(stderr, "{}: {}\n", module, OneLine(text));
    return;
  }
  const spdlog::details::log_msg message(spdlog::string_view_t(module.data(), module.size()),
                                         ToSpdlog(level), text);
  for (const spdlog::sink_ptr& sink : log->sinks) {
    try {
      sink->log(message);
      if (level >= LogLevel::kInfo) {
        sink->flush();  // Info lines are rare, and an operator wants to see them now.
      }
    } catch (const std::exception& error) {
      // A full disk must not stop the server; the other sink may still work.
      fmt::print(stderr, "log: {}\n", OneLine(error.what()));
    }
  }
}

}  // namespace kalamdb
