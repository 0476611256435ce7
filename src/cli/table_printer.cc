// SPDX-License-Identifier: Apache-2.0
#include "cli/table_printer.h"

#include <algorithm>
#include <utility>

#include "cli/display_text.h"

namespace kalamdb::cli {
namespace {

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kNormal = "\x1b[0m";
constexpr std::string_view kNull = "NULL";

TableCell TextCell(std::string_view text) {
  TableCell cell{.text = EscapeForTerminal(text, LineBreaks::kEscape)};
  cell.width = DisplayWidth(cell.text);
  return cell;
}

}  // namespace

TableCell MakeTableCell(const Cell& cell, ColumnKind kind) {
  if (cell.json == Cell::Json::kNull) {
    return {.text = std::string(kNull), .width = kNull.size(), .is_null = true};
  }
  const std::string text = ReadableText(cell, kind);
  return text == kNull ? TextCell("\"NULL\"") : TextCell(text);
}

std::string PaddedCell(const TableCell& cell, size_t width, bool is_right_aligned,
                       bool has_colour) {
  const std::string padding(width - std::min(width, cell.width), ' ');
  std::string text = cell.text;
  if (cell.is_null && has_colour) {
    text.insert(0, kDim).append(kNormal);
  }
  return is_right_aligned ? padding + text : text + padding;
}

TablePrinter::TablePrinter(std::span<const Column> columns, bool has_colour)
    : has_colour_(has_colour) {
  for (const Column& column : columns) {
    names_.push_back(TextCell(column.name));
    is_right_aligned_.push_back(IsRightAligned(column.kind));
    widths_.push_back(std::min(names_.back().width, kColumnWidthMax));
  }
}

void TablePrinter::AddRow(std::vector<TableCell> cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    widths_[i] = std::max(widths_[i], std::min(cells[i].width, kColumnWidthMax));
    bytes_ += cells[i].text.size() + sizeof(TableCell);
  }
  rows_.push_back(std::move(cells));
}

size_t TablePrinter::width() const {
  size_t sum = 0;
  for (const size_t width : widths_) {
    sum += width + 3;  // A space on both sides and the line between.
  }
  return sum == 0 ? 0 : sum - 1;
}

std::string TablePrinter::Line(const std::vector<TableCell>& cells, bool has_colour) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    line += i == 0 ? " " : " | ";
    line += PaddedCell(cells[i], widths_[i], is_right_aligned_[i], has_colour);
  }
  while (line.ends_with(' ')) {
    line.pop_back();
  }
  return line + "\n";
}

std::string TablePrinter::Header() const {
  std::string out = Line(names_, false);
  for (size_t i = 0; i < widths_.size(); ++i) {
    out += i == 0 ? "" : "+";
    out.append(widths_[i] + 2, '-');
  }
  return out + "\n";
}

std::string TablePrinter::TakeBlock() {
  std::string out;
  if (header_widths_ != widths_) {
    out = header_widths_.empty() ? Header() : "\n" + Header();
    header_widths_ = widths_;
  }
  for (const std::vector<TableCell>& row : rows_) {
    out += Line(row, has_colour_);
  }
  rows_.clear();
  bytes_ = 0;
  return out;
}

}  // namespace kalamdb::cli
