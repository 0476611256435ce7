// SPDX-License-Identifier: Apache-2.0
#include "cli/statement_splitter.h"

#include <vector>

#include <gtest/gtest.h>

namespace kalamdb::cli {
namespace {

std::vector<std::string> SplitAt(std::string_view text, size_t cut) {
  StatementSplitter splitter;
  EXPECT_TRUE(splitter.Feed(text.substr(0, cut)).ok());
  EXPECT_TRUE(splitter.Feed(text.substr(cut)).ok());
  std::vector<std::string> out;
  const auto take = [&](const std::optional<Statement>& statement) {
    if (statement.has_value()) {
      out.push_back(std::to_string(statement->line) + ": " + statement->text);
    }
    return statement.has_value();
  };
  while (take(splitter.Next())) {
  }
  take(splitter.Finish());
  return out;
}

// The statements of `text` as "line: text"; fails when they depend on where the text is cut.
std::vector<std::string> Split(std::string_view text) {
  const std::vector<std::string> whole = SplitAt(text, 0);
  for (size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_EQ(SplitAt(text, cut), whole) << "cut at " << cut;
  }
  return whole;
}

using Statements = std::vector<std::string>;

TEST(StatementSplitter, CutsAtSemicolonsAndCountsLines) {
  EXPECT_EQ(Split("SELECT 1; SELECT 2;\n\n  SELECT\n3 ;\nSELECT 4"),
            (Statements{"1: SELECT 1", "1: SELECT 2", "3: SELECT\n3", "5: SELECT 4"}));
}

TEST(StatementSplitter, SkipsEmptyStatements) {
  EXPECT_EQ(Split(""), Statements{});
  EXPECT_EQ(Split(" ;\n; ;"), Statements{});
  EXPECT_EQ(Split("-- only a comment\n/* and another */ -- end"), Statements{});
}

TEST(StatementSplitter, IgnoresSemicolonsInQuotes) {
  EXPECT_EQ(Split("SELECT ';', 'it''s; ok'; x"),
            (Statements{"1: SELECT ';', 'it''s; ok'", "1: x"}));
  EXPECT_EQ(Split("SELECT \"a;\"\"b;\"; x"), (Statements{"1: SELECT \"a;\"\"b;\"", "1: x"}));
  EXPECT_EQ(Split("SELECT `a;b`; x"), (Statements{"1: SELECT `a;b`", "1: x"}));
  EXPECT_EQ(Split("SELECT '\\'; x"), (Statements{"1: SELECT '\\'", "1: x"}));
}

TEST(StatementSplitter, KnowsEscapeStrings) {
  EXPECT_EQ(Split("SELECT E'it\\'s; ok'; x"), (Statements{"1: SELECT E'it\\'s; ok'", "1: x"}));
  EXPECT_EQ(Split("SELECT e'a''\\';b'; x"), (Statements{"1: SELECT e'a''\\';b'", "1: x"}));
  // A word that ends in e is no escape mark.
  EXPECT_EQ(Split("SELECT date'\\'; x"), (Statements{"1: SELECT date'\\'", "1: x"}));
}

TEST(StatementSplitter, IgnoresSemicolonsInComments) {
  EXPECT_EQ(Split("SELECT 1 -- a; b'\n+ 2; x"), (Statements{"1: SELECT 1 -- a; b'\n+ 2", "2: x"}));
  EXPECT_EQ(Split("SELECT /* ; /* nested; */ ' */ 1; x"),
            (Statements{"1: SELECT /* ; /* nested; */ ' */ 1", "1: x"}));
  EXPECT_EQ(Split("SELECT 1 /*/ ; */; x"), (Statements{"1: SELECT 1 /*/ ; */", "1: x"}));
  EXPECT_EQ(Split("SELECT 5 - -3, 4 / 2; x"), (Statements{"1: SELECT 5 - -3, 4 / 2", "1: x"}));
}

TEST(StatementSplitter, DropsCommentsBeforeTheFirstWord) {
  EXPECT_EQ(Split("-- one\n/* two\n */ SELECT 1; -- three\nSELECT 2;"),
            (Statements{"3: SELECT 1", "4: SELECT 2"}));
}

TEST(StatementSplitter, TakesCarriageReturnsForLineEnds) {
  EXPECT_EQ(Split("SELECT 1 -- a;\r+ 2;\r\nx"), (Statements{"1: SELECT 1 -- a;\r+ 2", "2: x"}));
}

TEST(StatementSplitter, IgnoresSemicolonsInDollarQuotes) {
  EXPECT_EQ(Split("SELECT $$a;'b$$; x"), (Statements{"1: SELECT $$a;'b$$", "1: x"}));
  EXPECT_EQ(Split("SELECT $t$a;$$;$t$; x"), (Statements{"1: SELECT $t$a;$$;$t$", "1: x"}));
  EXPECT_EQ(Split("SELECT $t$;$tt$;$t$; x"), (Statements{"1: SELECT $t$;$tt$;$t$", "1: x"}));
}

TEST(StatementSplitter, DoesNotTakeParametersForDollarQuotes) {
  EXPECT_EQ(Split("SELECT $1, $2; SELECT $1;"), (Statements{"1: SELECT $1, $2", "1: SELECT $1"}));
  EXPECT_EQ(Split("SELECT a$b$; x"), (Statements{"1: SELECT a$b$", "1: x"}));
}

TEST(StatementSplitter, KeepsLoneOperators) {
  EXPECT_EQ(Split("-; /"), (Statements{"1: -", "1: /"}));
  EXPECT_EQ(Split("\n-1"), (Statements{"2: -1"}));
}

TEST(StatementSplitter, TellsWhatIsOpen) {
  const auto inside = [](std::string_view text) {
    StatementSplitter splitter;
    EXPECT_TRUE(splitter.Feed(text).ok());
    return splitter.inside();
  };
  using Inside = StatementSplitter::Inside;
  EXPECT_EQ(inside(""), Inside::kNothing);
  EXPECT_EQ(inside("SELECT 1;\n"), Inside::kNothing);
  EXPECT_EQ(inside("-- comment\n"), Inside::kNothing);
  EXPECT_EQ(inside("SELECT 1"), Inside::kStatement);
  EXPECT_EQ(inside("SELECT 'a"), Inside::kQuote);
  EXPECT_EQ(inside("SELECT $x$ $"), Inside::kQuote);
  EXPECT_EQ(inside("SELECT /* a"), Inside::kComment);
}

TEST(StatementSplitter, RefusesStatementsWithoutEnd) {
  StatementSplitter splitter;
  const std::string piece(1u << 20, 'x');
  Status status = splitter.Feed("SELECT '");
  for (int i = 0; i < 17 && status.ok(); ++i) {
    status = splitter.Feed(piece);
  }
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace kalamdb::cli
