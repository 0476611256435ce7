// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/insert_values.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "base/limits.h"
#include "sql/parser/token_cursor.h"
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

// A number with the type that the engine's parser gives it.
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
  if (const size_t point = text.find('.');
      point != std::string_view::npos && text.find_first_of("eE") == std::string_view::npos) {
    return DecimalLiteral(text, point, is_negative);
  }
  return text.find_first_of("eE") == std::string_view::npos ? std::nullopt
                                                            : DoubleLiteral(text, is_negative);
}

class InsertReader {
 public:
  explicit InsertReader(const TokenRange& range) : cursor_(range) {}

  std::optional<Statement> Read() {
    InsertStatement insert;
    if (!ReadHead(&insert)) {
      return std::nullopt;
    }
    do {
      std::vector<Cell> row;
      row.reserve(insert.rows.empty() ? 8 : insert.rows[0].size());
      if (!ReadRow(&row) || (!insert.rows.empty() && row.size() != insert.rows[0].size())) {
        return std::nullopt;
      }
      insert.rows.push_back(std::move(row));
    } while (cursor_.AcceptSymbol(','));
    if (!cursor_.AtEnd() || (has_question_marks_ && has_numbers_)) {
      return std::nullopt;
    }
    Statement statement;
    statement.parameter_count = parameter_count_;
    statement.body = std::move(insert);
    return statement;
  }

 private:
  bool ReadHead(InsertStatement* insert) {
    if (!cursor_.Accept(Keyword::kInsert) || !cursor_.Accept(Keyword::kInto)) {
      return false;
    }
    auto table = cursor_.Table();
    if (!table.has_value()) {
      return false;
    }
    insert->table = std::move(*table);
    if (cursor_.AcceptSymbol('(')) {
      do {
        auto column = cursor_.Name("a column name");
        if (!column.has_value()) {
          return false;
        }
        insert->columns.push_back(std::move(*column));
      } while (cursor_.AcceptSymbol(','));
      if (!cursor_.AcceptSymbol(')')) {
        return false;
      }
    }
    return cursor_.Accept(Keyword::kValues);
  }

  bool ReadRow(std::vector<Cell>* row) {
    if (!cursor_.AcceptSymbol('(')) {
      return false;
    }
    do {
      auto cell = ReadCell();
      if (!cell.has_value()) {
        return false;
      }
      row->push_back(std::move(*cell));
    } while (cursor_.AcceptSymbol(','));
    return cursor_.AcceptSymbol(')');
  }

  std::optional<Cell> ReadCell() {
    const Token& token = cursor_.Peek();
    const std::string_view text = cursor_.Text(token);
    cursor_.Skip();
    switch (token.kind) {
      case TokenKind::kNumber:
        return Literal(NumberLiteral(text, false));
      case TokenKind::kOperator:
        if (token.symbol == '-' && cursor_.Peek().kind == TokenKind::kNumber) {
          const std::string_view number = cursor_.Text(cursor_.Peek());
          cursor_.Skip();
          return Literal(NumberLiteral(number, true));
        }
        return std::nullopt;
      case TokenKind::kString:
        return String(token, text);
      case TokenKind::kParameter:
        return ParameterCell(token, text);
      case TokenKind::kWord:
        return Word(token.keyword);
      default:
        return std::nullopt;
    }
  }

  static std::optional<Cell> Literal(std::optional<Parameter> literal) {
    if (!literal.has_value()) {
      return std::nullopt;
    }
    return Cell(Operand{.parameter = std::nullopt, .literal = std::move(*literal)});
  }

  static std::optional<Cell> String(const Token& token, std::string_view text) {
    if (token.symbol != '\'' && token.symbol != '$' && (token.symbol | 0x20) != 'e') {
      return std::nullopt;
    }
    auto value = StringValue(text);
    if (!value.has_value()) {
      return std::nullopt;
    }
    return Literal(Parameter{.value = Value(std::move(*value)), .type = TypeOf(TypeId::kText)});
  }

  static std::optional<Cell> Word(Keyword keyword) {
    switch (keyword) {
      case Keyword::kNull:
        return Literal(Parameter{.value = Value::Null(), .type = TypeOf(TypeId::kText)});
      case Keyword::kTrue:
      case Keyword::kFalse:
        return Literal(
            Parameter{.value = Value(keyword == Keyword::kTrue), .type = TypeOf(TypeId::kBoolean)});
      case Keyword::kDefault:
        return Cell(DefaultMarker{});
      default:
        return std::nullopt;
    }
  }

  std::optional<Cell> ParameterCell(const Token& token, std::string_view text) {
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
    return Cell(Operand{.parameter = number - 1, .literal = {}});
  }

  TokenCursor cursor_;
  uint32_t parameter_count_ = 0;
  bool has_question_marks_ = false;
  bool has_numbers_ = false;
};

}  // namespace

std::optional<Statement> ParseInsertValues(const TokenRange& range) {
  auto statement = InsertReader(range).Read();
  if (statement.has_value()) {
    statement->text = std::string(range.Text());
  }
  return statement;
}

}  // namespace kalamdb::sql
