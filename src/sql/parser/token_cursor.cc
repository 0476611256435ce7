// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/token_cursor.h"

#include <algorithm>

#include "base/limits.h"

namespace kalamdb::sql {

bool TokenCursor::AtWord(std::string_view word) const {
  return Peek().kind == TokenKind::kWord && types::EqualsIgnoreCase(Text(Peek()), word);
}

bool TokenCursor::Accept(Keyword keyword) {
  if (!At(keyword)) {
    return false;
  }
  Skip();
  return true;
}

bool TokenCursor::AcceptSymbol(char symbol) {
  if (!AtSymbol(symbol)) {
    return false;
  }
  Skip();
  return true;
}

bool TokenCursor::AcceptWord(std::string_view word) {
  if (!AtWord(word)) {
    return false;
  }
  Skip();
  return true;
}

Status TokenCursor::Expect(Keyword keyword) {
  if (Accept(keyword)) {
    return {};
  }
  std::string upper(KeywordText(keyword));
  for (char& c : upper) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
  }
  return Unexpected(upper);
}

Status TokenCursor::ExpectSymbol(char symbol) {
  return AcceptSymbol(symbol) ? Status() : Unexpected("\"" + std::string(1, symbol) + "\"");
}

Status TokenCursor::ExpectEnd() const { return AtEnd() ? Status() : Unexpected("the end"); }

StatusOr<bool> TokenCursor::AcceptIfNotExists() {
  // A table may be called `if`.
  if (!At(Keyword::kIf) || !Peek(1).Is(Keyword::kNot)) {
    return false;
  }
  Skip(2);
  KALAMDB_RETURN_IF_ERROR(Expect(Keyword::kExists));
  return true;
}

StatusOr<bool> TokenCursor::AcceptIfExists() {
  if (!At(Keyword::kIf) || !Peek(1).Is(Keyword::kExists)) {
    return false;
  }
  Skip(2);
  return true;
}

StatusOr<std::string> TokenCursor::Name(std::string_view what) {
  const Token& token = Peek();
  const bool is_name =
      token.kind == TokenKind::kQuoted ||
      (token.kind == TokenKind::kWord && (KindOf(token.keyword) != KeywordKind::kReserved));
  if (!is_name) {
    return Error(Unexpected(what));
  }
  Skip();
  return NameValue(token, range_.text);
}

StatusOr<std::string> TokenCursor::NameOrString(std::string_view what) {
  if (Peek().kind == TokenKind::kString) {
    return String(what);
  }
  const Token& token = Peek();
  if (token.kind != TokenKind::kWord && token.kind != TokenKind::kQuoted) {
    return Error(Unexpected(what));
  }
  Skip();
  return NameValue(token, range_.text);
}

StatusOr<std::string> TokenCursor::String(std::string_view what) {
  if (Peek().kind != TokenKind::kString) {
    return Error(Unexpected(what));
  }
  const Token& token = Peek();
  Skip();
  return StringValue(Text(token));
}

StatusOr<uint64_t> TokenCursor::Integer(std::string_view what, uint64_t max) {
  const std::string_view digits = Text(Peek());
  const bool is_integer =
      Peek().kind == TokenKind::kNumber && digits.size() <= 18 &&
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_integer) {
    return Error(Unexpected(what));
  }
  uint64_t value = 0;
  for (const char c : digits) {
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  if (value > max) {
    return Error(InvalidSql(std::string(what) + " is at most " + std::to_string(max) + ", not " +
                            std::string(digits)));
  }
  Skip();
  return value;
}

StatusOr<std::string> TokenCursor::Namespace() {
  // `default` is a reserved word and the name of a namespace.
  const Token& token = Peek();
  if (token.kind != TokenKind::kQuoted && !token.Is(Keyword::kDefault) &&
      (token.kind != TokenKind::kWord || KindOf(token.keyword) == KeywordKind::kReserved)) {
    return Error(Unexpected("the name of a namespace"));
  }
  Skip();
  std::string name = types::AsciiLower(NameValue(token, range_.text));
  KALAMDB_RETURN_IF_ERROR(CheckObjectName("namespace", name));
  return name;
}

StatusOr<TableName> TokenCursor::Table() {
  TableName table;
  if (Peek(1).IsSymbol('.')) {
    KALAMDB_ASSIGN_OR_RETURN(table.namespace_id, Namespace());
    Skip();
  }
  KALAMDB_ASSIGN_OR_RETURN(const std::string name, Name("the name of a table"));
  table.name = types::AsciiLower(name);
  KALAMDB_RETURN_IF_ERROR(CheckObjectName("table", table.name));
  return table;
}

Status TokenCursor::Unexpected(std::string_view expected) const {
  const std::string what = " (" + std::string(expected) + " is expected)";
  if (AtEnd()) {
    return InvalidSql("syntax error at the end of the statement" + what);
  }
  std::string_view near = Text(Peek());
  near = near.substr(0, std::min<size_t>(near.size(), 60));
  return InvalidSql("syntax error at or near \"" + std::string(near) + "\" at " +
                    Place(range_.text, Peek().begin) + what);
}

Status CheckObjectName(std::string_view what, std::string_view name) {
  const bool is_valid = !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
                        std::all_of(name.begin(), name.end(), [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                        });
  if (!is_valid) {
    return InvalidSql(std::string(what) + " name \"" + std::string(name) +
                      "\" is not valid: letters, digits and _, beginning with a letter");
  }
  if (name.size() > limits::kNameBytesMax) {
    return InvalidSql(std::string(what) + " name \"" + std::string(name) + "\" has " +
                      std::to_string(name.size()) + " bytes; at most " +
                      std::to_string(limits::kNameBytesMax) + " are allowed");
  }
  return {};
}

}  // namespace kalamdb::sql
