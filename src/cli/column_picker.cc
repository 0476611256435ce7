// SPDX-License-Identifier: Apache-2.0
#include "cli/column_picker.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace kalamdb::cli {

ColumnPicker::ColumnPicker(std::vector<std::string> names, std::unique_ptr<ResultHandler> next)
    : names_(std::move(names)), next_(std::move(next)) {}

Status ColumnPicker::OnColumns(std::span<const Column> columns) {
  picked_.clear();
  for (size_t i = 0; i < columns.size(); ++i) {
    if (std::find(names_.begin(), names_.end(), columns[i].name) != names_.end()) {
      picked_.push_back(i);
    }
  }
  if (picked_.empty()) {
    picked_.resize(columns.size());
    std::iota(picked_.begin(), picked_.end(), size_t{0});
  }
  std::vector<Column> out;
  for (const size_t i : picked_) {
    out.push_back(columns[i]);
  }
  return next_->OnColumns(out);
}

Status ColumnPicker::OnRow(std::span<const Cell> cells) {
  std::vector<Cell> out;
  for (const size_t i : picked_) {
    out.push_back(cells[i]);
  }
  return next_->OnRow(out);
}

Status ColumnPicker::OnResultEnd(const ResultSummary& summary) {
  return next_->OnResultEnd(summary);
}

}  // namespace kalamdb::cli
