// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sql/parser/duck_parse.h"
#include "sql/parser/lexer.h"
#include "sql/parser/statement.h"

namespace kalamdb::sql {

// Reads the tokens of one statement front to back for the parsers of our own grammar. Errors name
// what was expected and where. Confined to one thread; borrows the range.
class TokenCursor {
 public:
  explicit TokenCursor(const TokenRange& range) : range_(range) {}

  const Token& Peek(size_t ahead = 0) const {
    static constexpr Token kNone;
    return position_ + ahead < range_.tokens.size() ? range_.tokens[position_ + ahead] : kNone;
  }
  bool AtEnd() const { return position_ >= range_.tokens.size(); }
  size_t position() const { return position_; }
  void Skip(size_t count = 1) { position_ += count; }
  std::string_view text() const { return range_.text; }
  std::string_view Text(const Token& token) const {
    return range_.text.substr(token.begin, token.end - token.begin);
  }
  // Tokens `[begin, end)` of this range.
  TokenRange Slice(size_t begin, size_t end) const {
    return {.text = range_.text,
            .tokens = range_.tokens.subspan(begin, end - begin),
            .needs_rewriting = range_.needs_rewriting};
  }

  bool At(Keyword keyword) const { return Peek().Is(keyword); }
  bool AtSymbol(char symbol) const { return Peek().IsSymbol(symbol); }
  // Words that are not keywords of the list, compared without regard to case.
  bool AtWord(std::string_view word) const;
  bool Accept(Keyword keyword);
  bool AcceptSymbol(char symbol);
  bool AcceptWord(std::string_view word);
  Status Expect(Keyword keyword);
  Status ExpectSymbol(char symbol);
  Status ExpectEnd() const;
  // IF NOT EXISTS, IF EXISTS: whether it was there.
  StatusOr<bool> AcceptIfNotExists();
  StatusOr<bool> AcceptIfExists();

  // A word (lower case) or a quoted name (as it is). `what` is for messages: "a column name".
  StatusOr<std::string> Name(std::string_view what);
  // A name or a string: user names, option values, ids.
  StatusOr<std::string> NameOrString(std::string_view what);
  StatusOr<std::string> String(std::string_view what);
  // Digits only, at most `max`.
  StatusOr<uint64_t> Integer(std::string_view what, uint64_t max);
  // [namespace.]name, lower case, checked against the name rules.
  StatusOr<TableName> Table();
  StatusOr<std::string> Namespace();

  // `syntax error at or near "x" (line 1, column 2): a name is expected`.
  Status Unexpected(std::string_view expected) const;

 private:
  const TokenRange& range_;
  size_t position_ = 0;
};

// Names of namespaces and tables: letters, digits and _, at most limits::kNameBytesMax, beginning
// with a letter. Lower case already. `what` is "namespace" or "table".
Status CheckObjectName(std::string_view what, std::string_view name);

}  // namespace kalamdb::sql
