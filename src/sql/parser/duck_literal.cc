// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/duck_literal.h"

#include <charconv>

#include "duckdb/common/types/decimal.hpp"
#include "duckdb/parser/expression/cast_expression.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/expression/parameter_expression.hpp"

#include "types/text_format.h"

namespace kalamdb::sql {
namespace {

using types::Int128;
using types::Parameter;
using types::TypeId;
using types::TypeOf;
using types::Value;

Int128 ToInt128(const duckdb::hugeint_t& value) {
  return static_cast<Int128>(value.upper) * (static_cast<Int128>(1) << 64) +
         static_cast<Int128>(value.lower);
}

std::optional<Parameter> Decimal(const duckdb::Value& value) {
  const auto width = duckdb::DecimalType::GetWidth(value.type());
  const auto scale = duckdb::DecimalType::GetScale(value.type());
  Int128 unscaled = 0;
  switch (value.type().InternalType()) {
    case duckdb::PhysicalType::INT16:
      unscaled = value.GetValueUnsafe<int16_t>();
      break;
    case duckdb::PhysicalType::INT32:
      unscaled = value.GetValueUnsafe<int32_t>();
      break;
    case duckdb::PhysicalType::INT64:
      unscaled = value.GetValueUnsafe<int64_t>();
      break;
    case duckdb::PhysicalType::INT128:
      unscaled = ToInt128(value.GetValueUnsafe<duckdb::hugeint_t>());
      break;
    default:
      return std::nullopt;
  }
  return Parameter{.value = Value(unscaled),
                   .type = {.id = TypeId::kDecimal, .precision = width, .scale = scale}};
}

std::optional<Parameter> Constant(const duckdb::Value& value) {
  if (value.IsNull()) {
    return Parameter{.value = Value::Null(), .type = TypeOf(TypeId::kText)};
  }
  switch (value.type().id()) {
    case duckdb::LogicalTypeId::BOOLEAN:
      return Parameter{.value = Value(value.GetValueUnsafe<bool>()),
                       .type = TypeOf(TypeId::kBoolean)};
    case duckdb::LogicalTypeId::INTEGER:
      return Parameter{.value = Value(int64_t{value.GetValueUnsafe<int32_t>()}),
                       .type = TypeOf(TypeId::kInt)};
    case duckdb::LogicalTypeId::BIGINT:
      return Parameter{.value = Value(value.GetValueUnsafe<int64_t>()),
                       .type = TypeOf(TypeId::kBigInt)};
    case duckdb::LogicalTypeId::HUGEINT:
      return Parameter{.value = Value(ToInt128(value.GetValueUnsafe<duckdb::hugeint_t>())),
                       .type = TypeOf(TypeId::kHugeInt)};
    case duckdb::LogicalTypeId::DOUBLE:
      return Parameter{.value = Value(value.GetValueUnsafe<double>()),
                       .type = TypeOf(TypeId::kDouble)};
    case duckdb::LogicalTypeId::DECIMAL:
      return Decimal(value);
    case duckdb::LogicalTypeId::VARCHAR:
      return Parameter{.value = Value(duckdb::StringValue::Get(value)),
                       .type = TypeOf(TypeId::kText)};
    case duckdb::LogicalTypeId::BLOB:
      return Parameter{.value = Value(duckdb::StringValue::Get(value)),
                       .type = TypeOf(TypeId::kBytes)};
    default:
      return std::nullopt;
  }
}

std::optional<Parameter> Parsed(std::optional<int64_t> value, TypeId type) {
  if (!value.has_value()) {
    return std::nullopt;
  }
  return Parameter{.value = Value(*value), .type = TypeOf(type)};
}

// DATE '2026-05-04' and the like. The engine accepts more spellings than we do.
std::optional<Parameter> TypedLiteral(const duckdb::CastExpression& cast) {
  if (cast.try_cast || cast.child->GetExpressionClass() != duckdb::ExpressionClass::CONSTANT) {
    return std::nullopt;
  }
  const duckdb::Value& value = cast.child->Cast<duckdb::ConstantExpression>().value;
  if (value.IsNull() || value.type().id() != duckdb::LogicalTypeId::VARCHAR) {
    return std::nullopt;
  }
  const std::string& text = duckdb::StringValue::Get(value);
  if (cast.cast_type.IsJSONType()) {
    return Parameter{.value = Value(text), .type = TypeOf(TypeId::kJson)};
  }
  switch (cast.cast_type.id()) {
    case duckdb::LogicalTypeId::BOOLEAN:
      // Also what the engine's grammar makes of TRUE and FALSE.
      if (text == "t" || text == "true" || text == "f" || text == "false") {
        return Parameter{.value = Value(text[0] == 't'), .type = TypeOf(TypeId::kBoolean)};
      }
      return std::nullopt;
    case duckdb::LogicalTypeId::DATE:
      return Parsed(types::ParseDate(text), TypeId::kDate);
    case duckdb::LogicalTypeId::TIME:
      return Parsed(types::ParseTime(text), TypeId::kTime);
    case duckdb::LogicalTypeId::TIMESTAMP:
      return Parsed(types::ParseTimestamp(text), TypeId::kTimestamp);
    case duckdb::LogicalTypeId::UUID: {
      auto bytes = types::ParseUuid(text);
      if (!bytes.has_value()) {
        return std::nullopt;
      }
      return Parameter{.value = Value(std::move(*bytes)), .type = TypeOf(TypeId::kUuid)};
    }
    case duckdb::LogicalTypeId::VARCHAR:
      return Parameter{.value = Value(text), .type = TypeOf(TypeId::kText)};
    default:
      return std::nullopt;
  }
}

std::optional<Operand> Literal(std::optional<Parameter> constant) {
  if (!constant.has_value()) {
    return std::nullopt;
  }
  return Operand{.parameter = std::nullopt, .literal = std::move(*constant)};
}

// The engine's grammar folds the sign of `-5` into the constant, but not that of `- (5)`.
std::optional<Operand> Negated(const duckdb::FunctionExpression& call) {
  if (call.function_name != "-" || call.children.size() != 1 ||
      call.children[0]->GetExpressionClass() != duckdb::ExpressionClass::CONSTANT) {
    return std::nullopt;
  }
  auto constant = Constant(call.children[0]->Cast<duckdb::ConstantExpression>().value);
  if (!constant.has_value() || constant->type.id == TypeId::kHugeInt) {
    return std::nullopt;
  }
  Value& value = constant->value;
  if (value.is_double()) {
    value = Value(-value.AsDouble());
  } else if (value.is_int() && value.AsInt() > 0) {
    value = Value(-value.AsInt());
  } else if (value.is_int128()) {
    value = Value(-value.AsInt128());
  } else {
    return std::nullopt;
  }
  return Literal(std::move(constant));
}

}  // namespace

std::optional<Operand> AsOperand(const duckdb::ParsedExpression& expression) {
  switch (expression.GetExpressionClass()) {
    case duckdb::ExpressionClass::CONSTANT:
      return Literal(Constant(expression.Cast<duckdb::ConstantExpression>().value));
    case duckdb::ExpressionClass::CAST:
      return Literal(TypedLiteral(expression.Cast<duckdb::CastExpression>()));
    case duckdb::ExpressionClass::FUNCTION:
      return Negated(expression.Cast<duckdb::FunctionExpression>());
    case duckdb::ExpressionClass::PARAMETER: {
      const std::string& name = expression.Cast<duckdb::ParameterExpression>().identifier;
      uint32_t number = 0;
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
      if (error != std::errc() || number == 0) {
        return std::nullopt;
      }
      return Operand{.parameter = number - 1, .literal = {}};
    }
    default:
      return std::nullopt;
  }
}

}  // namespace kalamdb::sql
