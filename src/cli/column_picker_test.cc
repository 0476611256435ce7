// SPDX-License-Identifier: Apache-2.0
#include "cli/column_picker.h"

#include <gtest/gtest.h>

namespace kalamdb::cli {
namespace {

class PickedLog : public ResultHandler {
 public:
  explicit PickedLog(std::string* log) : log_(log) {}
  Status OnColumns(std::span<const Column> columns) override {
    for (const Column& column : columns) {
      *log_ += column.name + " ";
    }
    return {};
  }
  Status OnRow(std::span<const Cell> cells) override {
    for (const Cell& cell : cells) {
      log_->append(cell.text).append(" ");
    }
    return {};
  }
  Status OnResultEnd(const ResultSummary& summary) override {
    *log_ += std::to_string(summary.row_count);
    return {};
  }

 private:
  std::string* log_;
};

std::string Pick(std::vector<std::string> names) {
  std::string log;
  ColumnPicker picker(std::move(names), std::make_unique<PickedLog>(&log));
  const std::vector<Column> columns = {{.name = "a"}, {.name = "b"}, {.name = "c"}};
  const std::vector<Cell> cells = {
      {.raw = "", .text = "1"}, {.raw = "", .text = "2"}, {.raw = "", .text = "3"}};
  EXPECT_TRUE(picker.OnColumns(columns).ok());
  EXPECT_TRUE(picker.OnRow(cells).ok());
  EXPECT_TRUE(picker.OnResultEnd({.row_count = 1, .message = {}, .has_columns = true}).ok());
  return log;
}

TEST(ColumnPicker, KeepsTheNamedColumns) { EXPECT_EQ(Pick({"c", "a", "x"}), "a c 1 3 1"); }

TEST(ColumnPicker, KeepsEverythingWhenItKnowsNothing) { EXPECT_EQ(Pick({"x"}), "a b c 1 2 3 1"); }

}  // namespace
}  // namespace kalamdb::cli
