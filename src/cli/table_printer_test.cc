// SPDX-License-Identifier: Apache-2.0
#include "cli/table_printer.h"

#include <gtest/gtest.h>

#include "cli/display_text.h"

namespace kalamdb::cli {
namespace {

class TableLayout : public testing::Test {
 protected:
  void SetUp() override { UseUtf8(); }

  static TableCell Text(std::string_view text, ColumnKind kind = ColumnKind::kText) {
    return MakeTableCell({.json = Cell::Json::kString, .raw = "", .text = text}, kind);
  }
  static TableCell Null() {
    return MakeTableCell({.json = Cell::Json::kNull, .raw = "null", .text = "null"},
                         ColumnKind::kText);
  }

  const std::vector<Column> columns_ = {{.name = "id", .kind = ColumnKind::kNumber},
                                        {.name = "title", .kind = ColumnKind::kText}};
};

TEST_F(TableLayout, AlignsNumbersRightAndTextLeft) {
  TablePrinter table(columns_, false);
  table.AddRow({Text("7"), Text("first")});
  table.AddRow({Text("1234"), Text("a longer title")});
  EXPECT_EQ(table.width(), 23u);
  EXPECT_EQ(table.TakeBlock(),
            "   id | title\n"
            "------+----------------\n"
            "    7 | first\n"
            " 1234 | a longer title\n");
}

TEST_F(TableLayout, CountsScreenColumns) {
  const std::vector<Column> columns = {{.name = "名", .kind = ColumnKind::kText},
                                       {.name = "n", .kind = ColumnKind::kNumber}};
  TablePrinter table(columns, false);
  table.AddRow({Text("日本語"), Text("1")});
  table.AddRow({Text("Grüße"), Text("2")});
  table.AddRow({Text("e\u0301😀"), Text("3")});
  EXPECT_EQ(table.TakeBlock(),
            " 名     | n\n"
            "--------+---\n"
            " 日本語 | 1\n"
            " Grüße  | 2\n"
            " e\u0301😀    | 3\n");
}

TEST_F(TableLayout, TellsNullFromText) {
  TablePrinter table(columns_, false);
  table.AddRow({Null(), Null()});
  table.AddRow({Text("1"), Text("NULL")});
  table.AddRow({Text("2"), Text("")});
  EXPECT_EQ(table.TakeBlock(),
            "   id | title\n"
            "------+--------\n"
            " NULL | NULL\n"
            "    1 | \"NULL\"\n"
            "    2 |\n");
  TablePrinter coloured(columns_, true);
  coloured.AddRow({Null(), Text("x")});
  EXPECT_EQ(coloured.TakeBlock(), "   id | title\n------+-------\n \x1b[2mNULL\x1b[0m | x\n");
}

TEST_F(TableLayout, LetsNoDataDriveTheTerminal) {
  const std::vector<Column> columns = {{.name = "a\x1b[2J", .kind = ColumnKind::kText}};
  TablePrinter table(columns, true);
  table.AddRow({Text("x\x1b]52;c;QQ==\x07\r\n\u009b0m")});
  EXPECT_EQ(table.TakeBlock().find('\x1b'), std::string::npos);
}

TEST_F(TableLayout, RepeatsTheHeaderOnlyWhenAColumnGrew) {
  TablePrinter table(columns_, false);
  table.AddRow({Text("7"), Text("first")});
  EXPECT_EQ(table.TakeBlock(), " id | title\n----+-------\n  7 | first\n");
  table.AddRow({Text("8"), Text("x")});
  EXPECT_EQ(table.row_count(), 1u);
  EXPECT_EQ(table.TakeBlock(), "  8 | x\n");
  table.AddRow({Text("1000"), Text("y")});
  EXPECT_EQ(table.TakeBlock(), "\n   id | title\n------+-------\n 1000 | y\n");
  EXPECT_EQ(table.row_count(), 0u);
  EXPECT_EQ(table.bytes(), 0u);
}

TEST_F(TableLayout, LetsLongValuesStickOut) {
  TablePrinter table(columns_, false);
  table.AddRow({Text("1"), Text(std::string(5000, 'x'))});
  table.AddRow({Text("2"), Text("y")});
  EXPECT_EQ(table.width(), TablePrinter::kColumnWidthMax + 7);
  const std::string block = table.TakeBlock();
  EXPECT_NE(block.find(std::string(5000, 'x')), std::string::npos);
  EXPECT_TRUE(block.ends_with("\n  2 | y\n"));
}

}  // namespace
}  // namespace kalamdb::cli
