// SPDX-License-Identifier: Apache-2.0
#include "cli/result_stream.h"

#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "cli/envelope_scanner.h"

namespace kalamdb::cli {
namespace {

namespace ondemand = simdjson::ondemand;

Status Malformed(std::string_view what) {
  return Corruption("the answer of the server has a bad " + std::string(what));
}

std::string_view Trimmed(std::string_view json) {
  const size_t end = json.find_last_not_of(" \t\r\n");
  return json.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

// A JSON string; nothing when `json` is something else.
std::optional<std::string> ParseString(std::string_view json) {
  simdjson::dom::parser parser;
  std::string_view text;
  if (parser.parse(json.data(), json.size()).get(text) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return std::string(text);
}

// "BigInt", or the only key of {"Decimal": {...}}.
std::string_view WireTypeName(simdjson::dom::element type) {
  std::string_view name;
  simdjson::dom::object object;
  if (type.get(name) == simdjson::SUCCESS) {
    return name;
  }
  if (type.get(object) == simdjson::SUCCESS && object.begin() != object.end()) {
    return object.begin().key();
  }
  return {};
}

StatusOr<std::vector<Column>> ParseSchema(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::array entries;
  if (parser.parse(json.data(), json.size()).get(entries) != simdjson::SUCCESS) {
    return Error(Malformed("schema"));
  }
  std::vector<Column> columns;
  for (const simdjson::dom::element entry : entries) {
    std::string_view name;
    simdjson::dom::element type;
    if (entry["name"].get(name) != simdjson::SUCCESS) {
      return Error(Malformed("schema"));
    }
    const bool has_type = entry["data_type"].get(type) == simdjson::SUCCESS;
    columns.push_back({.name = std::string(name),
                       .kind = has_type ? KindOfWireType(WireTypeName(type)) : ColumnKind::kText});
  }
  return columns;
}

// Fills `error` from a parsed "error" member and a "message" beside it; false when there is none.
bool FillError(simdjson::dom::element member, std::string_view message, ServerError* error) {
  std::string_view text;
  if (member.get(text) == simdjson::SUCCESS) {
    error->code = text;
    error->message = message.empty() ? text : message;
    return true;
  }
  if (!member.is_object()) {
    return false;
  }
  for (const auto& [key, field] :
       {std::pair{"code", &error->code}, std::pair{"message", &error->message},
        std::pair{"details", &error->details}}) {
    if (member[key].get(text) == simdjson::SUCCESS) {
      *field = text;
    }
  }
  return true;
}

}  // namespace

class ResultStream::Impl : public EnvelopeSink {
 public:
  explicit Impl(ResultHandler& handler) : handler_(handler), scanner_(*this) {}

  Status Feed(std::string_view text) { return scanner_.Feed(text); }
  StatusOr<Envelope> Finish();

  Status OnMember(std::string_view key, std::string_view json) override;
  Status OnResultBegin() override;
  Status OnResultMember(std::string_view key, std::string_view json) override;
  Status OnRow(std::string_view json) override;
  Status OnResultEnd() override;

 private:
  // Text with the room behind it that simdjson needs.
  class PaddedText {
   public:
    simdjson::padded_string_view Set(std::string_view text) {
      text_.reserve(text.size() + simdjson::SIMDJSON_PADDING);
      text_ = text;
      return simdjson::padded_string_view(text_.data(), text_.size(), text_.capacity());
    }

   private:
    std::string text_;
  };

  Status ParseRow(std::string_view json);
  Status ParseCell(ondemand::value value);

  ResultHandler& handler_;
  EnvelopeScanner scanner_;
  Envelope envelope_;
  ResultSummary summary_;
  size_t column_count_ = 0;
  bool has_rows_ = false;
  std::vector<Cell> cells_;
  PaddedText padded_;
  ondemand::parser parser_;
};

StatusOr<Envelope> ResultStream::Impl::Finish() {
  if (!scanner_.complete()) {
    return Error(Corruption("the answer of the server ended early"));
  }
  return std::move(envelope_);
}

Status ResultStream::Impl::OnMember(std::string_view key, std::string_view json) {
  if (key == "took") {
    simdjson::dom::parser parser;
    double took = 0;
    if (parser.parse(json.data(), json.size()).get(took) == simdjson::SUCCESS) {
      envelope_.took_ms = took;
    }
  } else if (key == "error" && json != "null") {
    envelope_.error = ParseServerError(0, fmt::format(R"({{"error":{}}})", json));
  }
  return {};
}

Status ResultStream::Impl::OnResultBegin() {
  summary_ = {};
  column_count_ = 0;
  has_rows_ = false;
  return {};
}

Status ResultStream::Impl::OnResultMember(std::string_view key, std::string_view json) {
  if (key == "schema" && !has_rows_ && json != "null") {
    KALAMDB_ASSIGN_OR_RETURN(const std::vector<Column> columns, ParseSchema(json));
    if (!columns.empty()) {
      summary_.has_columns = true;
      column_count_ = columns.size();
      return handler_.OnColumns(columns);
    }
  } else if (key == "row_count") {
    simdjson::dom::parser parser;
    uint64_t count = 0;
    if (parser.parse(json.data(), json.size()).get(count) == simdjson::SUCCESS) {
      summary_.row_count = count;
    }
  } else if (key == "message") {
    summary_.message = ParseString(json);
  }
  return {};
}

Status ResultStream::Impl::OnRow(std::string_view json) {
  KALAMDB_RETURN_IF_ERROR(ParseRow(json));
  has_rows_ = true;
  if (!summary_.has_columns) {
    std::vector<Column> columns;
    for (size_t i = 1; i <= cells_.size(); ++i) {
      columns.push_back({.name = fmt::format("column{}", i), .kind = ColumnKind::kText});
    }
    summary_.has_columns = true;
    column_count_ = columns.size();
    KALAMDB_RETURN_IF_ERROR(handler_.OnColumns(columns));
  }
  if (cells_.size() != column_count_) {
    return Malformed("row");
  }
  return handler_.OnRow(cells_);
}

Status ResultStream::Impl::ParseRow(std::string_view json) {
  cells_.clear();
  ondemand::document document;
  ondemand::array row;
  if (parser_.iterate(padded_.Set(json)).get(document) != simdjson::SUCCESS ||
      document.get_array().get(row) != simdjson::SUCCESS) {
    return Malformed("row");
  }
  for (auto element : row) {
    ondemand::value value;
    if (element.get(value) != simdjson::SUCCESS) {
      return Malformed("row");
    }
    KALAMDB_RETURN_IF_ERROR(ParseCell(value));
  }
  return {};
}

Status ResultStream::Impl::ParseCell(ondemand::value value) {
  ondemand::json_type type{};
  if (value.type().get(type) != simdjson::SUCCESS) {
    return Malformed("value");
  }
  Cell cell;
  simdjson::error_code error = simdjson::SUCCESS;
  switch (type) {
    case ondemand::json_type::array: {
      ondemand::array array;
      error = value.get_array().get(array);
      if (error == simdjson::SUCCESS) {
        error = array.raw_json().get(cell.raw);
      }
      cell.json = Cell::Json::kContainer;
      break;
    }
    case ondemand::json_type::object: {
      ondemand::object object;
      error = value.get_object().get(object);
      if (error == simdjson::SUCCESS) {
        error = object.raw_json().get(cell.raw);
      }
      cell.json = Cell::Json::kContainer;
      break;
    }
    case ondemand::json_type::string:
      cell.raw = value.raw_json_token();
      error = value.get_string().get(cell.text);
      cell.json = Cell::Json::kString;
      break;
    case ondemand::json_type::number:
      // Not read as a number: 64 bits or a double may be too few for it.
      cell.raw = value.raw_json_token();
      if (Trimmed(cell.raw).find_first_not_of("+-.0123456789Ee") != std::string_view::npos) {
        error = simdjson::NUMBER_ERROR;
      }
      cell.json = Cell::Json::kNumber;
      break;
    case ondemand::json_type::boolean: {
      bool ignored = false;
      cell.raw = value.raw_json_token();
      error = value.get_bool().get(ignored);
      cell.json = Cell::Json::kBoolean;
      break;
    }
    case ondemand::json_type::null:
      cell.raw = value.raw_json_token();
      if (Trimmed(cell.raw) != "null") {
        error = simdjson::N_ATOM_ERROR;
      }
      cell.json = Cell::Json::kNull;
      break;
  }
  if (error != simdjson::SUCCESS) {
    return Malformed("value");
  }
  cell.raw = Trimmed(cell.raw);
  if (cell.json != Cell::Json::kString) {
    cell.text = cell.raw;
  }
  cells_.push_back(cell);
  return {};
}

Status ResultStream::Impl::OnResultEnd() { return handler_.OnResultEnd(summary_); }

ResultStream::ResultStream(ResultHandler& handler) : impl_(std::make_unique<Impl>(handler)) {}
ResultStream::~ResultStream() = default;
Status ResultStream::Feed(std::string_view text) { return impl_->Feed(text); }
StatusOr<Envelope> ResultStream::Finish() { return impl_->Finish(); }

ServerError ParseServerError(int http_status, std::string_view body) {
  ServerError error{.http_status = http_status, .code = {}, .message = {}, .details = {}};
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::element member;
  if (parser.parse(body.data(), body.size()).get(document) == simdjson::SUCCESS &&
      document["error"].get(member) == simdjson::SUCCESS) {
    std::string_view message;
    if (document["message"].get(message) != simdjson::SUCCESS) {
      message = {};
    }
    if (FillError(member, message, &error)) {
      return error;
    }
  }
  constexpr size_t kShownMax = 300;
  error.code = fmt::format("HTTP_{}", http_status);
  error.message = Trimmed(body).substr(0, kShownMax);
  if (error.message.empty()) {
    error.message = "the server gave no reason";
  }
  return error;
}

}  // namespace kalamdb::cli
