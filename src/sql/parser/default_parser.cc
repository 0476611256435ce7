// SPDX-License-Identifier: Apache-2.0
// DEFAULT of a column.
#include <string>
#include <utility>

#include "sql/parser/column_parser.h"
#include "types/coerce.h"

namespace kalamdb::sql {
namespace {

using types::ColumnDefault;
using types::DefaultKind;
using types::TypeId;

// End of the expression at the cursor: a comma, parenthesis or constraint outside of parentheses.
size_t FindEnd(const TokenCursor& cursor) {
  size_t depth = 0;
  for (size_t i = 0;; ++i) {
    const Token& token = cursor.Peek(i);
    if (token.kind == TokenKind::kEnd) {
      return i;
    }
    if (token.IsSymbol('(') || token.IsSymbol('[') || token.IsSymbol('{')) {
      ++depth;
    } else if (token.IsSymbol(')') || token.IsSymbol(']') || token.IsSymbol('}')) {
      if (depth == 0) {
        return i;
      }
      --depth;
    }
    if (depth > 0 || i == 0) {
      continue;
    }
    const Token& before = cursor.Peek(i - 1);
    switch (token.keyword) {
      case Keyword::kNull:
        if (before.Is(Keyword::kIs) || before.Is(Keyword::kNot) ||
            before.kind == TokenKind::kOperator) {
          break;
        }
        return i;
      case Keyword::kNot:
        if (cursor.Peek(i + 1).Is(Keyword::kNull) && !before.Is(Keyword::kIs)) {
          return i;
        }
        break;
      case Keyword::kPrimary:
      case Keyword::kUnique:
      case Keyword::kCheck:
      case Keyword::kReferences:
      case Keyword::kConstraint:
      case Keyword::kDefault:
      case Keyword::kGenerated:
      case Keyword::kAutoIncrement:
      case Keyword::kAutoincrement:
        return i;
      default:
        if (token.IsSymbol(',')) {
          return i;
        }
        break;
    }
  }
}

// The default that a call without arguments stands for; kNone for any other expression. Some need a
// column of a certain type, else they are expressions like any other.
DefaultKind KnownCall(const TokenRange& range, TypeId type) {
  const size_t count = range.tokens.size();
  const bool has_parentheses =
      count == 3 && range.tokens[1].IsSymbol('(') && range.tokens[2].IsSymbol(')');
  if (range.tokens[0].kind != TokenKind::kWord || (count != 1 && !has_parentheses)) {
    return DefaultKind::kNone;
  }
  const std::string name = NameValue(range.tokens[0], range.text);
  const bool is_text = type == TypeId::kText;
  if (name == "current_timestamp" || (name == "now" && has_parentheses)) {
    return types::IsTimestamp(type) ? DefaultKind::kNow : DefaultKind::kNone;
  }
  if (name == "current_user" || (name == "current_user_id" && has_parentheses)) {
    return is_text ? DefaultKind::kCurrentUser : DefaultKind::kNone;
  }
  if (!has_parentheses) {
    return DefaultKind::kNone;
  }
  if (name == "snowflake_id" && type == TypeId::kBigInt) {
    return DefaultKind::kSnowflakeId;
  }
  if (name == "uuid_v7" && (is_text || type == TypeId::kUuid)) {
    return DefaultKind::kUuidV7;
  }
  if (name == "ulid" && is_text) {
    return DefaultKind::kUlid;
  }
  return DefaultKind::kNone;
}

}  // namespace

StatusOr<ColumnDefault> ParseDefault(TokenCursor& cursor, const types::Column& column) {
  const size_t count = FindEnd(cursor);
  if (count == 0) {
    return Error(cursor.Unexpected("the default of column `" + column.name + "`"));
  }
  const TokenRange range = cursor.Slice(cursor.position(), cursor.position() + count);
  cursor.Skip(count);
  ColumnDefault value;
  value.expression = std::string(range.Text());
  value.kind = KnownCall(range, column.type.id);
  if (value.kind != DefaultKind::kNone) {
    return value;
  }
  if (range.tokens[0].Is(Keyword::kNull) && count == 1) {
    return value;
  }
  if (range.tokens[0].kind == TokenKind::kWord && types::IsInteger(column.type.id) &&
      NameValue(range.tokens[0], range.text) == "snowflake_id") {
    return Error(InvalidSql("column `" + column.name + "`: SNOWFLAKE_ID() does not fit " +
                            types::SqlName(column.type) + "; use BIGINT"));
  }
  auto node = ParseEngineExpression(range);
  if (!node.has_value()) {
    return Error(
        InvalidSql("the default of column `" + column.name + "`: " + node.error().message()));
  }
  auto constant = AsConstant(*node);
  if (!constant.has_value()) {
    value.kind = DefaultKind::kExpression;
    return value;
  }
  value.kind = DefaultKind::kLiteral;
  KALAMDB_ASSIGN_OR_RETURN(
      value.literal, types::CoerceToColumn(std::move(constant->value), constant->type, column));
  return value;
}

}  // namespace kalamdb::sql
