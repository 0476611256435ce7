// SPDX-License-Identifier: Apache-2.0
#include "cli/change_printer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "types/json_codec.h"

namespace kalamdb::cli {
namespace {

using simdjson::dom::element;

// Rows of several answers as if they were one.
class OnePiece final : public ResultHandler {
 public:
  explicit OnePiece(std::unique_ptr<ResultHandler> next) : next_(std::move(next)) {}
  Status OnColumns(std::span<const Column> columns) override {
    return std::exchange(has_columns_, true) ? Status() : next_->OnColumns(columns);
  }
  Status OnRow(std::span<const Cell> cells) override { return next_->OnRow(cells); }
  Status OnResultEnd(const ResultSummary&) override { return {}; }

 private:
  std::unique_ptr<ResultHandler> next_;
  bool has_columns_ = false;
};

}  // namespace

ChangePrinter::ChangePrinter(const PrintOptions& options, Output& output, Output& messages)
    : options_(options), output_(output), messages_(messages) {
  if (options.format != OutputFormat::kTable) {
    one_piece_ = std::make_unique<OnePiece>(MakeResultPrinter(options, output, messages));
  }
}

Status ChangePrinter::OnSchema(std::string_view schema) {
  simdjson::dom::parser parser;
  simdjson::dom::array columns;
  if (parser.parse(schema.data(), schema.size()).get(columns) != simdjson::SUCCESS) {
    return Corruption("the server sent a malformed schema");
  }
  names_.clear();
  schema_ = R"([{"name":"change","data_type":"Text","index":0})";
  for (const element column : columns) {
    std::string_view name;
    if (column["name"].get(name) != simdjson::SUCCESS) {
      return Corruption("the server sent a malformed schema");
    }
    names_.emplace_back(name);
    schema_ += "," + std::string(simdjson::minify(column));
  }
  // In every row, named or not: where to resume.
  if (std::find(names_.begin(), names_.end(), "_seq") == names_.end()) {
    names_.emplace_back("_seq");
    schema_ += R"(,{"name":"_seq","data_type":"BigInt","index":0})";
  }
  schema_ += "]";
  return {};
}

Status ChangePrinter::OnRows(std::string_view change, std::string_view rows) {
  simdjson::dom::parser parser;
  simdjson::dom::array objects;
  if (parser.parse(rows.data(), rows.size()).get(objects) != simdjson::SUCCESS) {
    return Corruption("the server sent malformed rows");
  }
  if (objects.size() == 0) {
    return {};
  }
  std::string answer = R"({"status":"success","results":[{"schema":)" + schema_ + R"(,"rows":[)";
  bool is_first = true;
  for (const element object : objects) {
    answer += std::exchange(is_first, false) ? "[" : ",[";
    types::AppendJsonString(change, &answer);
    for (const std::string& name : names_) {
      element value;
      const bool has_value = object.at_key(name).get(value) == simdjson::SUCCESS;
      answer += ",";
      answer += has_value ? std::string(simdjson::minify(value)) : "null";
    }
    answer += "]";
  }
  answer += fmt::format(R"(],"row_count":{}}}],"took":0}})", objects.size());

  std::unique_ptr<ResultHandler> table;
  if (one_piece_ == nullptr) {
    table = MakeResultPrinter(options_, output_, messages_);
  }
  ResultStream stream(one_piece_ == nullptr ? *table : *one_piece_);
  KALAMDB_RETURN_IF_ERROR(stream.Feed(answer));
  const StatusOr<Envelope> envelope = stream.Finish();
  return envelope.has_value() ? output_.Flush() : envelope.error();
}

}  // namespace kalamdb::cli
