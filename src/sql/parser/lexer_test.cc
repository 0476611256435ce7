// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/lexer.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kalamdb::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

LexedText LexOrFail(std::string_view text) {
  auto lexed = Lex(text);
  EXPECT_TRUE(lexed.has_value()) << text << ": " << lexed.error().ToString();
  return lexed.has_value() ? std::move(*lexed) : LexedText{};
}

std::vector<std::string> TokensOf(std::string_view text) {
  const LexedText lexed = LexOrFail(text);
  std::vector<std::string> tokens;
  for (const LexedStatement& statement : lexed.statements) {
    for (const Token& token : lexed.Tokens(statement)) {
      tokens.emplace_back(lexed.Text(token));
    }
    tokens.emplace_back(";");
  }
  return tokens;
}

std::vector<std::string> StatementsOf(std::string_view text) {
  const LexedText lexed = LexOrFail(text);
  std::vector<std::string> statements;
  for (const LexedStatement& statement : lexed.statements) {
    statements.emplace_back(lexed.Text(statement));
  }
  return statements;
}

Status ErrorOf(std::string_view text) {
  auto lexed = Lex(text);
  EXPECT_FALSE(lexed.has_value()) << text;
  return lexed.has_value() ? Status() : std::move(lexed).error();
}

TEST(Lexer, SplitsWordsNumbersAndOperators) {
  EXPECT_THAT(TokensOf("SELECT a1,b_2 FROM t$x"),
              ElementsAre("SELECT", "a1", ",", "b_2", "FROM", "t$x", ";"));
  EXPECT_THAT(TokensOf("1 1.5 .5 1e3 1.5E-3 1_000 0x1F 2e+4"),
              ElementsAre("1", "1.5", ".5", "1e3", "1.5E-3", "1_000", "0x1F", "2e+4", ";"));
  EXPECT_THAT(TokensOf("a.b.c t.1"), ElementsAre("a", ".", "b", ".", "c", "t", ".", "1", ";"));
  EXPECT_THAT(TokensOf("a<=b<>c!=d||e"),
              ElementsAre("a", "<=", "b", "<>", "c", "!=", "d", "||", "e", ";"));
  EXPECT_THAT(TokensOf("a->>'x'->b#>>c"),
              ElementsAre("a", "->>", "'x'", "->", "b", "#>>", "c", ";"));
  EXPECT_THAT(TokensOf("a::int[1:2]"),
              ElementsAre("a", ":", ":", "int", "[", "1", ":", "2", "]", ";"));
  EXPECT_THAT(TokensOf("$1+?||?"), ElementsAre("$1", "+", "?", "||", "?", ";"));
  EXPECT_THAT(TokensOf("naïve 表"), ElementsAre("naïve", "表", ";"));
}

// As in PostgreSQL: an operator ends in a sign only when it holds one of ~ ! @ # % ^ & |.
TEST(Lexer, SignsAfterOperators) {
  EXPECT_THAT(TokensOf("a<-1"), ElementsAre("a", "<", "-", "1", ";"));
  EXPECT_THAT(TokensOf("a*-1"), ElementsAre("a", "*", "-", "1", ";"));
  EXPECT_THAT(TokensOf("a->-1"), ElementsAre("a", "->", "-", "1", ";"));
  EXPECT_THAT(TokensOf("@-1"), ElementsAre("@-", "1", ";"));
  EXPECT_THAT(TokensOf("a--1\n"), ElementsAre("a", ";"));
  EXPECT_THAT(TokensOf("a</*x*/b"), ElementsAre("a", "<", "b", ";"));
}

TEST(Lexer, Strings) {
  EXPECT_THAT(TokensOf("'it''s' E'a\\'b' $$x'y$$ $q$ $$ $q$"),
              ElementsAre("'it''s'", "E'a\\'b'", "$$x'y$$", "$q$ $$ $q$", ";"));
  EXPECT_THAT(TokensOf(R"("a""b" `c``d` x'00' b'01')"),
              ElementsAre("\"a\"\"b\"", "`c``d`", "x'00'", "b'01'", ";"));
  EXPECT_THAT(TokensOf("'a\\' || 'b'"), ElementsAre("'a\\'", "||", "'b'", ";"));
}

TEST(Lexer, SplitsAtSemicolons) {
  EXPECT_THAT(StatementsOf("SELECT 1; SELECT 2"), ElementsAre("SELECT 1", "SELECT 2"));
  EXPECT_THAT(StatementsOf(";;  ; SELECT 1 ;; -- end\n ;"), ElementsAre("SELECT 1"));
  EXPECT_THAT(StatementsOf("SELECT ';', \";\", `;`, $$;$$, E';' /* ; */ -- ;\n"),
              ElementsAre("SELECT ';', \";\", `;`, $$;$$, E';'"));
  EXPECT_THAT(StatementsOf("/* a /* b ; */ ; */ SELECT 1"), ElementsAre("SELECT 1"));
  EXPECT_THAT(StatementsOf(" \t\n"), ElementsAre());
  EXPECT_THAT(StatementsOf("-- only a comment"), ElementsAre());
  EXPECT_THAT(StatementsOf("SELECT\xC2\xA0"
                           "1;\xEF\xBB\xBF SELECT\xE3\x80\x80"
                           "2"),
              ElementsAre("SELECT\xC2\xA0"
                          "1",
                          "SELECT\xE3\x80\x80"
                          "2"));
}

TEST(Lexer, RefusesWhatDoesNotEnd) {
  for (const char* text :
       {"SELECT 'abc", "SELECT E'abc\\'", "SELECT \"abc", "SELECT `abc", "SELECT $$abc",
        "SELECT $t$abc$$", "SELECT /* abc", "SELECT /* /* */", "SELECT 'a''", "SELECT E'\\"}) {
    EXPECT_EQ(ErrorOf(text).code(), StatusCode::kBatchParse) << text;
  }
  EXPECT_EQ(ErrorOf("SELECT 1;\n  SELECT 'x").message(),
            "unterminated string that starts at line 2, column 10");
}

TEST(Lexer, RefusesBytesThatAreNotText) {
  for (const std::string& text :
       {std::string("SELECT '\0'", 10), std::string("SELECT 1\0", 9), std::string("\0", 1),
        std::string("SELECT 12345678901234567890\0 1", 30)}) {
    EXPECT_THAT(ErrorOf(text).message(), HasSubstr("NUL"));
  }
  for (const char* text :
       {"SELECT '\x80'", "SELECT '\xC0\xAF'", "SELECT '\xC3'", "SELECT '\xE0\x80\xAF'",
        "SELECT '\xED\xA0\x80'", "SELECT '\xF0\x80\x80\xAF'", "SELECT '\xF4\x90\x80\x80'",
        "SELECT '\xF8\x88\x80\x80\x80'", "SELECT \xFF", "SELECT 'ok', 'not \xFE ok'"}) {
    EXPECT_THAT(ErrorOf(text).message(), HasSubstr("UTF-8")) << text;
  }
  LexOrFail("SELECT '\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xED\x9F\xBF \xF4\x8F\xBF\xBF'");
}

TEST(Lexer, FindsKeywordsInAnyCase) {
  const LexedText lexed = LexOrFail("select SELECT SeLeCt selec selectt _select base_directory");
  const auto tokens = lexed.Tokens(lexed.statements[0]);
  EXPECT_TRUE(tokens[0].Is(Keyword::kSelect));
  EXPECT_TRUE(tokens[1].Is(Keyword::kSelect));
  EXPECT_TRUE(tokens[2].Is(Keyword::kSelect));
  EXPECT_EQ(tokens[3].keyword, Keyword::kNotKeyword);
  EXPECT_EQ(tokens[4].keyword, Keyword::kNotKeyword);
  EXPECT_EQ(tokens[5].keyword, Keyword::kNotKeyword);
  EXPECT_TRUE(tokens[6].Is(Keyword::kBaseDirectory));
}

TEST(Lexer, EveryKeywordIsFound) {
  struct Row {
    Keyword keyword;
    std::string_view text;
    KeywordKind kind;
  };
  constexpr Row kRows[] = {
#define KALAMDB_SQL_ROW(id, text, kind) {Keyword::id, text, KeywordKind::kind},
      KALAMDB_SQL_KEYWORDS(KALAMDB_SQL_ROW)
#undef KALAMDB_SQL_ROW
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(FindKeyword(row.text, KeywordHash(row.text)), row.keyword) << row.text;
    EXPECT_EQ(KeywordText(row.keyword), row.text);
    EXPECT_EQ(KindOf(row.keyword), row.kind) << row.text;
  }
}

TEST(Lexer, StringValues) {
  const auto value = [](std::string_view token) {
    auto result = StringValue(token);
    return result.has_value() ? *result : "error: " + result.error().message();
  };
  EXPECT_EQ(value("'it''s'"), "it's");
  EXPECT_EQ(value("''"), "");
  EXPECT_EQ(value("'a\\n'"), "a\\n");
  EXPECT_EQ(value(R"(E'a\n\t\\\'\"\x41\101\u00e9\U0001F600')"),
            "a\n\t\\'\"AA\xC3\xA9\xF0\x9F\x98\x80");
  EXPECT_EQ(value("$$it's$$"), "it's");
  EXPECT_EQ(value("$q$a$$b$q$"), "a$$b");
  for (const char* bad : {R"(E'\u12')", R"(E'\uD800')", R"(E'\U00110000')", R"(E'\x00')",
                          R"(E'\xFF')", R"(E'\0')", "x'00'"}) {
    EXPECT_THAT(value(bad), HasSubstr("error")) << bad;
  }
}

TEST(Lexer, NameValues) {
  const auto name = [](std::string_view text) {
    const LexedText lexed = LexOrFail(text);
    return NameValue(lexed.tokens[0], text);
  };
  EXPECT_EQ(name("MyTable"), "mytable");
  EXPECT_EQ(name("\"MyTable\""), "MyTable");
  EXPECT_EQ(name("\"a\"\"b\""), "a\"b");
  EXPECT_EQ(name("`a``b`"), "a`b");
}

TEST(Lexer, Places) {
  EXPECT_EQ(Place("abc", 0), "line 1, column 1");
  EXPECT_EQ(Place("a\nbc\nd", 3), "line 2, column 2");
  EXPECT_EQ(Place("a\n", 99), "line 2, column 1");
}

}  // namespace
}  // namespace kalamdb::sql
