// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cli/live_api.h"
#include "cli/request_grouper.h"
#include "cli/result_printer.h"
#include "cli/sql_api.h"

namespace kalamdb::cli {

// How a step of the program ended, and what that means for going on.
enum class Outcome : uint8_t {
  kOk,
  kFailed,        // The statement failed, or something else that was asked for.
  kUnreachable,   // The server could not be reached, or was lost.
  kInterrupted,   // Ctrl-C.
  kOutputClosed,  // Nobody reads our output any more.
  kQuit,          // \q.
};

// The exit code of a program that ends with `outcome`.
int ExitCodeOf(Outcome outcome);

// "ERROR code: message" and, when it says something new, a line with the details.
std::string ErrorText(const ServerError& error, std::string_view sql);

// Whether a statement is SUBSCRIBE TO ...
bool IsSubscribe(std::string_view sql);

// Where a request came from: "file.sql" and the lines of its statements, or nothing to show.
struct Source {
  std::string file;  // Empty for -c, standard input and the keyboard.
};

// Runs requests and shows what comes back, with the settings that \x, \timing, \c and so on change.
// Confined to the main thread.
class Session {
 public:
  // All outlive this object.
  Session(SqlApi& api, LiveApi& live, Output& output, Output& messages, const Clock& clock)
      : api_(api), live_(live), output_(output), messages_(messages), clock_(clock) {}

  // Shows only `columns` of the result, if it has any of them; all without.
  Outcome Run(const Request& request, const Source& source, std::vector<std::string> columns = {});
  // Shows the rows of a SELECT and then each change of them, until Ctrl-C. `options` is a JSON
  // object.
  Outcome Watch(std::string_view sql, std::string_view options);
  // The same for SUBSCRIBE TO, whose SELECT and options the server tells.
  Outcome Subscribe(std::string_view sql);
  // Runs `sql` for `handler` instead of the screen; reports errors as Run() does.
  Outcome RunFor(std::string_view sql, ResultHandler& handler);

  // Prints "ERROR code: message".
  Outcome Report(const ServerError& error);
  // Prints an error of this side and says what it means.
  Outcome Report(const Status& status);
  Outcome Print(std::string_view text);

  PrintOptions& print_options() { return print_options_; }
  bool shows_timing() const { return shows_timing_; }
  void set_shows_timing(bool shows_timing) { shows_timing_ = shows_timing; }
  const std::string& name_space() const { return name_space_; }
  void set_name_space(std::string name_space) { name_space_ = std::move(name_space); }
  SqlApi& api() { return api_; }

 private:
  Status PrintTiming(std::chrono::nanoseconds total, const Envelope& envelope);
  Outcome ReportText(std::string_view text, Outcome outcome);

  SqlApi& api_;
  LiveApi& live_;
  Output& output_;
  Output& messages_;
  const Clock& clock_;
  PrintOptions print_options_;
  bool shows_timing_ = false;
  std::string name_space_;  // Empty until somebody chooses one: the server's default.
};

}  // namespace kalamdb::cli
