// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/column_type.h"

namespace kalamdb::cli {

// One value, ready for a terminal: no control characters, NULL told apart from the text NULL.
struct TableCell {
  std::string text;
  size_t width = 0;  // Columns on the screen.
  bool is_null = false;
};

TableCell MakeTableCell(const Cell& cell, ColumnKind kind);

// `cell` padded to `width`, NULL dimmed when `has_colour`.
std::string PaddedCell(const TableCell& cell, size_t width, bool is_right_aligned, bool has_colour);

// Lays rows out as
//    id | title
//   ----+-------
//     7 | first
// in blocks: the widths come from the rows collected so far, and only grow. Thread-compatible.
class TablePrinter {
 public:
  // A longer value sticks out instead of pushing every row that wide.
  static constexpr size_t kColumnWidthMax = 400;

  TablePrinter(std::span<const Column> columns, bool has_colour);

  void AddRow(std::vector<TableCell> cells);
  size_t row_count() const { return rows_.size(); }
  // Text held in rows.
  size_t bytes() const { return bytes_; }
  // Columns on the screen that the widest line takes.
  size_t width() const;
  const std::vector<std::vector<TableCell>>& rows() const { return rows_; }
  // The rows collected, under a header when it is the first block or a column has grown since the
  // last one. Forgets the rows.
  std::string TakeBlock();

 private:
  std::string Header() const;
  std::string Line(const std::vector<TableCell>& cells, bool has_colour) const;

  std::vector<TableCell> names_;
  std::vector<bool> is_right_aligned_;
  std::vector<size_t> widths_;
  std::vector<size_t> header_widths_;  // When the last header was printed; empty before.
  std::vector<std::vector<TableCell>> rows_;
  size_t bytes_ = 0;
  bool has_colour_;
};

}  // namespace kalamdb::cli
