// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "sql/parser/keywords.h"

namespace kalamdb::sql {

enum class TokenKind : uint8_t {
  kEnd,
  kWord,    // Unquoted identifier or keyword.
  kQuoted,  // "..." or `...`.
  kString,  // '...', E'...', $tag$...$tag$, and the odd prefixes b, x, n, u&.
  kNumber,
  kParameter,  // $1 or ?; also $name, which is refused later.
  kOperator,   // A run of operator characters.
  kSymbol,     // One of ( ) [ ] { } , ; . :
};

// A token is a range of the text. `symbol` is the byte of a one-byte operator or symbol, else 0;
// for a string it is the first byte of the token, which tells the forms apart.
struct Token {
  uint32_t begin = 0;
  uint32_t end = 0;
  TokenKind kind = TokenKind::kEnd;
  char symbol = 0;
  Keyword keyword = Keyword::kNotKeyword;

  bool Is(Keyword k) const { return keyword == k; }
  bool IsSymbol(char c) const { return symbol == c && kind == TokenKind::kSymbol; }
  bool IsOperator(char c) const { return symbol == c && kind == TokenKind::kOperator; }
};

// The tokens of one statement, and what in it needs attention.
struct LexedStatement {
  uint32_t first_token = 0;  // Range in LexedText::tokens; never empty.
  uint32_t token_count = 0;
  // Something that the engine's parser must not see as written: comments, odd quotes, JSON arrows,
  // words to be quoted, exotic spaces.
  bool needs_rewriting = false;
  bool may_copy_trees = false;  // WITH or CASE: see CheckComplexity.
};

struct LexedText {
  std::string_view text;
  std::vector<Token> tokens;  // Each statement is followed by a kEnd token.
  std::vector<LexedStatement> statements;

  std::string_view Text(const Token& token) const {
    return text.substr(token.begin, token.end - token.begin);
  }
  std::span<const Token> Tokens(const LexedStatement& s) const {
    return {tokens.data() + s.first_token, s.token_count};
  }
  // The statement as written, without the semicolon and surrounding space and comments.
  std::string_view Text(const LexedStatement& s) const;
};

// Splits `text` into tokens and at semicolons. Empty statements are dropped. Refuses: more bytes or
// statements than base/limits.h allows, NUL, malformed UTF-8 (InvalidSql), an unterminated string,
// name or comment (BatchParseError), nesting beyond limits::kNestingMax and more than
// kConditionsMax ANDs and ORs in a statement (InvalidSql).
StatusOr<LexedText> Lex(std::string_view text);

// The engine's parser takes quadratic time for chains of AND and OR: 5,000 cost 40 ms.
inline constexpr uint32_t kConditionsMax = 5'000;

// Value of a string token: quotes removed, escapes resolved. InvalidSql for a malformed escape and
// for prefixes other than E.
StatusOr<std::string> StringValue(std::string_view token);
// Name that a word or quoted token means: words folded to lower case, quotes removed.
std::string NameValue(const Token& token, std::string_view text);

// "line 2, column 7", from 1, counted in bytes.
std::string Place(std::string_view text, size_t offset);

}  // namespace kalamdb::sql
