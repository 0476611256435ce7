// SPDX-License-Identifier: Apache-2.0
#include "cli/result_printer.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/display_text.h"
#include "cli/table_printer.h"
#include "types/json_codec.h"

namespace kalamdb::cli {
namespace {

constexpr size_t kBlockBytesMax = 16u << 20;

// Text for a terminal if `output` is one; data as it is for files and pipes.
std::string ForOutput(std::string text, const Output& output) {
  return output.is_terminal() ? EscapeForTerminal(text, LineBreaks::kKeep) : text;
}

Status PrintMessage(const ResultSummary& summary, Output& output) {
  if (summary.has_columns) {
    return {};
  }
  const std::string text = summary.message.value_or(fmt::format("{} row(s)", summary.row_count));
  KALAMDB_RETURN_IF_ERROR(output.Write(EscapeForTerminal(text, LineBreaks::kKeep) + "\n"));
  return output.Flush();
}

class TableResultPrinter : public ResultHandler {
 public:
  TableResultPrinter(const PrintOptions& options, Output& output)
      : options_(options), output_(output) {}

  Status OnColumns(std::span<const Column> columns) override {
    columns_.assign(columns.begin(), columns.end());
    table_.emplace(columns, options_.has_colour);
    is_expanded_ = options_.expanded == Expanded::kOn;
    is_decided_ = options_.expanded != Expanded::kAsNeeded;
    row_count_ = 0;
    expanded_count_ = 0;
    return {};
  }

  Status OnRow(std::span<const Cell> cells) override {
    std::vector<TableCell> row;
    row.reserve(cells.size());
    for (size_t i = 0; i < cells.size(); ++i) {
      row.push_back(MakeTableCell(cells[i], columns_[i].kind));
    }
    table_->AddRow(std::move(row));
    ++row_count_;
    const bool is_full = table_->row_count() >= kBlockRowsMax || table_->bytes() >= kBlockBytesMax;
    return is_full ? PrintBlock() : Status();
  }

  Status OnResultEnd(const ResultSummary& summary) override {
    if (!summary.has_columns) {
      return PrintMessage(summary, output_);
    }
    if (row_count_ == 0 || table_->row_count() != 0) {
      KALAMDB_RETURN_IF_ERROR(PrintBlock());
    }
    KALAMDB_RETURN_IF_ERROR(
        output_.Write(fmt::format("({} {})\n\n", row_count_, row_count_ == 1 ? "row" : "rows")));
    table_.reset();
    return output_.Flush();
  }

 private:
  Status PrintBlock() {
    if (!is_decided_) {
      is_expanded_ = table_->width() > output_.columns();
      is_decided_ = true;
    }
    if (!is_expanded_) {
      KALAMDB_RETURN_IF_ERROR(output_.Write(table_->TakeBlock()));
      return output_.Flush();
    }
    for (const std::vector<TableCell>& row : table_->rows()) {
      KALAMDB_RETURN_IF_ERROR(output_.Write(Record(row)));
    }
    table_->TakeBlock();
    return output_.Flush();
  }

  // The row with one value a line.
  std::string Record(const std::vector<TableCell>& row) {
    std::vector<TableCell> names;
    size_t name_width = 0;
    for (const Column& column : columns_) {
      names.push_back(MakeTableCell({.json = Cell::Json::kString, .raw = {}, .text = column.name},
                                    ColumnKind::kText));
      name_width = std::max(name_width, names.back().width);
    }
    std::string out = fmt::format("-[ RECORD {} ]-\n", ++expanded_count_);
    for (size_t i = 0; i < row.size(); ++i) {
      out += PaddedCell(names[i], name_width, false, false) + " | ";
      out += PaddedCell(row[i], 0, false, options_.has_colour) + "\n";
    }
    return out;
  }

  PrintOptions options_;
  Output& output_;
  std::vector<Column> columns_;
  std::optional<TablePrinter> table_;
  bool is_expanded_ = false;
  bool is_decided_ = true;
  size_t row_count_ = 0;
  size_t expanded_count_ = 0;
};

// RFC 4180, with line feeds. NULL is an empty field, the empty string is "".
class CsvResultPrinter : public ResultHandler {
 public:
  CsvResultPrinter(Output& output, Output& messages) : output_(output), messages_(messages) {}

  Status OnColumns(std::span<const Column> columns) override {
    columns_.assign(columns.begin(), columns.end());
    std::string line;
    for (const Column& column : columns) {
      line += line.empty() ? "" : ",";
      line += Field(column.name);
    }
    return output_.Write(ForOutput(line + "\n", output_));
  }

  Status OnRow(std::span<const Cell> cells) override {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      line += i == 0 ? "" : ",";
      if (cells[i].json != Cell::Json::kNull) {
        line += Field(ReadableText(cells[i], columns_[i].kind));
      }
    }
    return output_.Write(ForOutput(line + "\n", output_));
  }

  Status OnResultEnd(const ResultSummary& summary) override {
    KALAMDB_RETURN_IF_ERROR(PrintMessage(summary, messages_));
    return output_.Flush();
  }

 private:
  static std::string Field(std::string_view text) {
    if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
      return std::string(text);
    }
    std::string out = "\"";
    for (const char c : text) {
      out += c;
      if (c == '"') {
        out += c;
      }
    }
    return out + "\"";
  }

  Output& output_;
  Output& messages_;
  std::vector<Column> columns_;
};

// One JSON object a line, the values exactly as the server sent them.
class JsonResultPrinter : public ResultHandler {
 public:
  JsonResultPrinter(Output& output, Output& messages) : output_(output), messages_(messages) {}

  Status OnColumns(std::span<const Column> columns) override {
    keys_.clear();
    for (const Column& column : columns) {
      std::string key = keys_.empty() ? "{" : ",";
      types::AppendJsonString(column.name, &key);
      keys_.push_back(key + ":");
    }
    return {};
  }

  Status OnRow(std::span<const Cell> cells) override {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      line += keys_[i];
      line += cells[i].raw;
    }
    // Line breaks between the parts of an array; strings hold none.
    std::replace(line.begin(), line.end(), '\n', ' ');
    return output_.Write(ForOutput(line + "}\n", output_));
  }

  Status OnResultEnd(const ResultSummary& summary) override {
    KALAMDB_RETURN_IF_ERROR(PrintMessage(summary, messages_));
    return output_.Flush();
  }

 private:
  Output& output_;
  Output& messages_;
  std::vector<std::string> keys_;
};

}  // namespace

std::unique_ptr<ResultHandler> MakeResultPrinter(const PrintOptions& options, Output& output,
                                                 Output& messages) {
  switch (options.format) {
    case OutputFormat::kCsv:
      return std::make_unique<CsvResultPrinter>(output, messages);
    case OutputFormat::kJson:
      return std::make_unique<JsonResultPrinter>(output, messages);
    case OutputFormat::kTable:
      break;
  }
  return std::make_unique<TableResultPrinter>(options, output);
}

}  // namespace kalamdb::cli
