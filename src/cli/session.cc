// SPDX-License-Identifier: Apache-2.0
#include "cli/session.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "cli/change_printer.h"
#include "cli/column_picker.h"
#include "cli/display_text.h"
#include "types/schema.h"

namespace kalamdb::cli {
namespace {

// The 1-based number in "Statement 3 failed: ..."; 1 for any other message.
size_t FailedStatement(std::string_view message) {
  constexpr std::string_view kStart = "Statement ";
  size_t number = 1;
  if (message.starts_with(kStart)) {
    message.remove_prefix(kStart.size());
    std::from_chars(message.data(), message.data() + message.size(), number);
  }
  return number;
}

std::string_view CodeOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kUnavailable:
      return "CONNECTION_FAILED";
    case StatusCode::kCorruption:
    case StatusCode::kResourceExhausted:
      return "INVALID_RESPONSE";
    case StatusCode::kInvalidArgument:
      return "INVALID_INPUT";
    default:
      return "CLIENT_ERROR";
  }
}

// Reads the one row that SUBSCRIBE TO answers: its column `subscription` is a JSON object.
class SubscriptionReader final : public ResultHandler {
 public:
  Status OnColumns(std::span<const Column> columns) override {
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [](const Column& c) { return c.name == "subscription"; });
    column_ = static_cast<size_t>(found - columns.begin());
    return {};
  }
  Status OnRow(std::span<const Cell> cells) override {
    simdjson::dom::parser parser;
    simdjson::dom::element subscription;
    std::string_view sql;
    if (column_ >= cells.size() ||
        parser.parse(cells[column_].text.data(), cells[column_].text.size()).get(subscription) !=
            simdjson::SUCCESS ||
        subscription["sql"].get(sql) != simdjson::SUCCESS) {
      return {};
    }
    sql_ = sql;
    simdjson::dom::object options;
    if (subscription["options"].get(options) == simdjson::SUCCESS) {
      options_ = simdjson::minify(options);
    }
    return {};
  }
  Status OnResultEnd(const ResultSummary&) override { return {}; }

  const std::string& sql() const { return sql_; }
  const std::string& options() const { return options_; }

 private:
  size_t column_ = 0;
  std::string sql_;
  std::string options_ = "{}";
};

}  // namespace

bool IsSubscribe(std::string_view sql) {
  constexpr std::string_view kWord = "subscribe";
  return sql.size() > kWord.size() && types::EqualsIgnoreCase(sql.substr(0, kWord.size()), kWord) &&
         std::isspace(static_cast<unsigned char>(sql[kWord.size()])) != 0;
}

int ExitCodeOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
    case Outcome::kOutputClosed:
    case Outcome::kQuit:
      return 0;
    case Outcome::kFailed:
      return 1;
    case Outcome::kUnreachable:
      return 3;
    case Outcome::kInterrupted:
      return 130;  // 128 + SIGINT, as shells report it.
  }
  return 1;
}

std::string ErrorText(const ServerError& error, std::string_view sql) {
  std::string text = fmt::format("ERROR {}: {}", error.code, error.message);
  // To administrators the server repeats the statement, which is in front of them.
  if (!error.details.empty() && sql.find(error.details) == std::string_view::npos) {
    text += "\nDETAIL: " + error.details;
  }
  return EscapeForTerminal(text, LineBreaks::kKeep);
}

Outcome Session::Run(const Request& request, const Source& source,
                     std::vector<std::string> columns) {
  const std::chrono::nanoseconds begin = clock_.Monotonic();
  std::unique_ptr<ResultHandler> printer = MakeResultPrinter(print_options_, output_, messages_);
  if (!columns.empty()) {
    printer = std::make_unique<ColumnPicker>(std::move(columns), std::move(printer));
  }
  const StatusOr<Envelope> envelope = api_.Run(request.sql, name_space_, *printer);
  if (!envelope.has_value()) {
    output_.Flush().Ignore("the error that ended the request matters more");
    return Report(envelope.error());
  }
  if (const Status status = output_.Flush(); !status.ok()) {
    return Report(status);
  }
  if (envelope->error.has_value()) {
    std::string where;
    const size_t number = FailedStatement(envelope->error->message);
    if (!source.file.empty() && number >= 1 && number <= request.lines.size()) {
      where = fmt::format("{}:{}: ", EscapeForTerminal(source.file, LineBreaks::kEscape),
                          request.lines[number - 1]);
    }
    return ReportText(where + ErrorText(*envelope->error, request.sql), Outcome::kFailed);
  }
  if (request.name_space.has_value()) {
    name_space_ = *request.name_space;
  }
  if (shows_timing_) {
    if (const Status status = PrintTiming(clock_.Monotonic() - begin, *envelope); !status.ok()) {
      return Report(status);
    }
  }
  return Outcome::kOk;
}

Outcome Session::Watch(std::string_view sql, std::string_view options) {
  ChangePrinter printer(print_options_, output_, messages_);
  const StatusOr<ServerError> error = live_.Watch(sql, options, printer);
  return error.has_value() ? Report(*error) : Report(error.error());
}

Outcome Session::Subscribe(std::string_view sql) {
  SubscriptionReader reader;
  const Outcome outcome = RunFor(sql, reader);
  if (outcome != Outcome::kOk) {
    return outcome;
  }
  if (reader.sql().empty()) {
    return Report(Corruption("the server did not say what to subscribe to"));
  }
  return Watch(reader.sql(), reader.options());
}

Outcome Session::RunFor(std::string_view sql, ResultHandler& handler) {
  const StatusOr<Envelope> envelope = api_.Run(sql, name_space_, handler);
  if (!envelope.has_value()) {
    return Report(envelope.error());
  }
  return envelope->error.has_value() ? Report(*envelope->error) : Outcome::kOk;
}

Status Session::PrintTiming(std::chrono::nanoseconds total, const Envelope& envelope) {
  const double total_ms = std::chrono::duration<double, std::milli>(total).count();
  std::string text = fmt::format("Time: {:.3f} ms", total_ms);
  if (envelope.took_ms.has_value()) {
    text += fmt::format(" (server {:.3f} ms)", *envelope.took_ms);
  }
  // Beside the data, unless the data is for people.
  Output& output = print_options_.format == OutputFormat::kTable ? output_ : messages_;
  KALAMDB_RETURN_IF_ERROR(output.Write(text + "\n"));
  return output.Flush();
}

Outcome Session::Report(const ServerError& error) {
  return ReportText(ErrorText(error, {}), Outcome::kFailed);
}

Outcome Session::Report(const Status& status) {
  if (output_.is_closed()) {
    return Outcome::kOutputClosed;
  }
  if (status.code() == StatusCode::kCancelled) {
    return Outcome::kInterrupted;
  }
  const bool is_unreachable = status.code() == StatusCode::kUnavailable;
  return ReportText(EscapeForTerminal(fmt::format("ERROR {}: {}", CodeOf(status), status.message()),
                                      LineBreaks::kKeep),
                    is_unreachable ? Outcome::kUnreachable : Outcome::kFailed);
}

Outcome Session::ReportText(std::string_view text, Outcome outcome) {
  messages_.Write(text).Ignore("nowhere else to report it");
  messages_.Write("\n").Ignore("nowhere else to report it");
  messages_.Flush().Ignore("nowhere else to report it");
  return outcome;
}

Outcome Session::Print(std::string_view text) {
  Status status = output_.Write(text);
  if (status.ok()) {
    status = output_.Flush();
  }
  return status.ok() ? Outcome::kOk : Report(status);
}

}  // namespace kalamdb::cli
