// SPDX-License-Identifier: Apache-2.0
#include "cli/display_text.h"

#include <gtest/gtest.h>

namespace kalamdb::cli {
namespace {

class DisplayText : public testing::Test {
 protected:
  void SetUp() override { UseUtf8(); }
};

TEST_F(DisplayText, MeasuresColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth(""), 0u);
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("Grüße"), 5u);
  EXPECT_EQ(DisplayWidth("日本"), 4u);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1u);  // A combining accent.
  EXPECT_EQ(DisplayWidth("😀"), 2u);
}

TEST_F(DisplayText, MakesControlCharactersVisible) {
  const auto escape = [](std::string_view text) {
    return EscapeForTerminal(text, LineBreaks::kEscape);
  };
  EXPECT_EQ(escape("plain Grüße 日本 😀"), "plain Grüße 日本 😀");
  EXPECT_EQ(escape("\x1b]0;title\x07"), "\\x1b]0;title\\x07");
  EXPECT_EQ(escape("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(escape(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(escape("\x7f"), "\\x7f");
  EXPECT_EQ(escape("\u009b31m"), "\\u009b31m");  // CSI as one C1 character.
  EXPECT_EQ(escape("\u202egpj.exe"), "\\u202egpj.exe");
}

TEST_F(DisplayText, KeepsLineBreaksWhenAsked) {
  EXPECT_EQ(EscapeForTerminal("a\n\tb\x1b", LineBreaks::kKeep), "a\n\tb\\x1b");
}

TEST_F(DisplayText, ShowsBytesThatAreNoUtf8) {
  const auto escape = [](std::string_view text) {
    return EscapeForTerminal(text, LineBreaks::kEscape);
  };
  EXPECT_EQ(escape("\xff"), "\\xff");
  EXPECT_EQ(escape("\xc0\xaf"), "\\xc0\\xaf");           // Overlong '/'.
  EXPECT_EQ(escape("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // A surrogate.
  EXPECT_EQ(escape("\xe6\x97"), "\\xe6\\x97");           // Cut off.
  EXPECT_EQ(DisplayWidth("\xff"), 1u);
}

}  // namespace
}  // namespace kalamdb::cli
