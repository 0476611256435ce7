// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kalamdb::cli {

struct Statement {
  std::string text;  // Without the semicolon, and without space and comments before it.
  size_t line = 1;   // Where its first word stands, counted from 1.
};

// Cuts SQL text into statements at each `;` outside quotes, comments and dollar quotes. Text may
// arrive in pieces of any size; the answer does not depend on where they are cut. Knows '...',
// E'...\'...', "...", `...`, $tag$...$tag$, -- to the end of the line and nested /* ... */.
// A statement that grows beyond kStatementBytesMax is refused. Thread-compatible.
class StatementSplitter {
 public:
  // What is open at the end of the text fed so far; chooses the prompt.
  enum class Inside { kNothing, kStatement, kQuote, kComment };

  // Far above what a server takes (limits::kSqlBytesMax), so that its own message is seen.
  static constexpr size_t kStatementBytesMax = 16u << 20;

  Status Feed(std::string_view text);
  // The next statement that ended with a semicolon.
  std::optional<Statement> Next();
  // What stands after the last semicolon, taken as a statement; nothing when that is only space
  // and comments. Call after Next() returned nothing.
  std::optional<Statement> Finish();
  Inside inside() const;
  // Forgets everything, line numbers too.
  void Clear() { *this = StatementSplitter(); }

 private:
  enum class State {
    kPlain,
    kDash,   // "-" seen.
    kSlash,  // "/" seen.
    kLineComment,
    kBlockComment,
    kSingleQuote,
    kEscapeString,  // E'...', where a backslash takes the next character along.
    kDoubleQuote,
    kBacktick,
    kDollarTag,  // "$" and the start of a tag seen.
    kDollarQuote,
  };

  void Take(char c);
  void TakePlain(char c);
  void TakeBlockComment(char c);
  void TakeEscapeString(char c);
  void TakeDollarTag(char c);
  void TakeDollarQuote(char c);
  void Append(char c);
  // Ends a comment: one that stands before the first word leaves no trace.
  void EndComment();
  void EndStatement();

  State state_ = State::kPlain;
  std::string text_;           // The statement so far.
  size_t line_ = 1;            // Of the next character.
  size_t statement_line_ = 0;  // 0 while no word was seen.
  size_t comment_depth_ = 0;   // Of nested block comments.
  char comment_previous_ = 0;  // Last character in a block comment, 0 after a pair was used up.
  bool escaped_ = false;       // In an escape string, after a backslash.
  bool escape_string_ended_ = false;  // The last character closed an escape string.
  std::string dollar_tag_;            // "$tag$", or what of it was seen.
  size_t dollar_body_ = 0;            // Where in text_ the quoted text begins.
  std::deque<Statement> done_;
};

}  // namespace kalamdb::cli
