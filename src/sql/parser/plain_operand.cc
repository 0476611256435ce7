// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/plain_operand.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "types/text_format.h"

namespace kalamdb::sql {
namespace {

using types::Parameter;
using types::TypeId;
using types::TypeOf;
using types::Value;

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Digits before and after the point: DECIMAL with as many digits as are written.
std::optional<Parameter> DecimalLiteral(std::string_view text, size_t point, bool is_negative) {
  constexpr size_t kDigitsMax = 38;
  const size_t digits = text.size() - 1;
  if (digits > kDigitsMax || !IsDigits(text.substr(0, point)) ||
      !IsDigits(text.substr(point + 1))) {
    return std::nullopt;
  }
  const auto precision = static_cast<uint8_t>(digits);
  const auto scale = static_cast<uint8_t>(digits - point);
  const auto unscaled = types::ParseDecimal(text, precision, scale);
  if (!unscaled.has_value()) {
    return std::nullopt;
  }
  return Parameter{.value = Value(is_negative ? -*unscaled : *unscaled),
                   .type = {.id = TypeId::kDecimal, .precision = precision, .scale = scale}};
}

std::optional<Parameter> DoubleLiteral(std::string_view text, bool is_negative) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
  });
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!is_plain || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return Parameter{.value = Value(is_negative ? -value : value), .type = TypeOf(TypeId::kDouble)};
}

std::optional<Parameter> NumberLiteral(std::string_view text, bool is_negative) {
  if (IsDigits(text)) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) {
      return std::nullopt;
    }
    const bool is_int = value <= std::numeric_limits<int32_t>::max();
    return Parameter{.value = Value(is_negative ? -value : value),
                     .type = TypeOf(is_int ? TypeId::kInt : TypeId::kBigInt)};
  }
  if (text.find_first_of("eE") != std::string_view::npos) {
    return DoubleLiteral(text, is_negative);
  }
  const size_t point = text.find('.');
  return point == std::string_view::npos ? std::nullopt : DecimalLiteral(text, point, is_negative);
}

std::optional<Operand> Literal(std::optional<Parameter> literal) {
  if (!literal.has_value()) {
    return std::nullopt;
  }
  return Operand{.parameter = std::nullopt, .literal = std::move(*literal)};
}

std::optional<Operand> StringLiteral(const Token& token, std::string_view text) {
  if (token.symbol != '\'' && token.symbol != '$' && (token.symbol | 0x20) != 'e') {
    return std::nullopt;
  }
  auto value = StringValue(text);
  if (!value.has_value()) {
    return std::nullopt;
  }
  return Literal(Parameter{.value = Value(std::move(*value)), .type = TypeOf(TypeId::kText)});
}

std::optional<Operand> WordLiteral(Keyword keyword) {
  switch (keyword) {
    case Keyword::kNull:
      return Literal(Parameter{.value = Value::Null(), .type = TypeOf(TypeId::kText)});
    case Keyword::kTrue:
    case Keyword::kFalse:
      return Literal(
          Parameter{.value = Value(keyword == Keyword::kTrue), .type = TypeOf(TypeId::kBoolean)});
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<Operand> PlainOperandReader::Read(TokenCursor& cursor) {
  const Token& token = cursor.Peek();
  const std::string_view text = cursor.Text(token);
  cursor.Skip();
  switch (token.kind) {
    case TokenKind::kNumber:
      return Literal(NumberLiteral(text, false));
    case TokenKind::kOperator:
      if (token.symbol == '-' && cursor.Peek().kind == TokenKind::kNumber) {
        const std::string_view number = cursor.Text(cursor.Peek());
        cursor.Skip();
        return Literal(NumberLiteral(number, true));
      }
      return std::nullopt;
    case TokenKind::kString:
      return StringLiteral(token, text);
    case TokenKind::kParameter:
      return Parameter(token, text);
    case TokenKind::kWord:
      return WordLiteral(token.keyword);
    default:
      return std::nullopt;
  }
}

std::optional<Operand> PlainOperandReader::Parameter(const Token& token, std::string_view text) {
  uint32_t number = 0;
  if (token.symbol == '?') {
    has_question_marks_ = true;
    number = parameter_count_ + 1;
  } else {
    has_numbers_ = true;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
      return std::nullopt;
    }
  }
  if (number == 0 || number > limits::kParametersMax) {
    return std::nullopt;
  }
  parameter_count_ = std::max(parameter_count_, number);
  return Operand{.parameter = number - 1, .literal = {}};
}

}  // namespace kalamdb::sql
