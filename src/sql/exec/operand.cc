// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/operand.h"

#include <cmath>
#include <limits>

#include "types/text_format.h"

namespace kalamdb::sql {

namespace {

using types::DataType;
using types::Parameter;
using types::TypeId;
using types::Value;

constexpr int64_t kExactDoubleMax = int64_t{1} << 53;

std::optional<Value> ComparableToInteger(const Parameter& value) {
  if (types::IsInteger(value.type.id)) {
    return value.value;
  }
  if (value.type.id == TypeId::kText) {
    const auto parsed = types::ParseInt64(value.value.AsString());
    return parsed.has_value() ? std::optional<Value>(Value(*parsed)) : std::nullopt;
  }
  return std::nullopt;
}

std::optional<Value> ComparableToDouble(const Parameter& value) {
  if (types::IsInteger(value.type.id)) {
    const int64_t number = value.value.AsInt();
    if (number > kExactDoubleMax || number < -kExactDoubleMax) {
      return std::nullopt;
    }
    return Value(static_cast<double>(number));
  }
  if (value.type.id == TypeId::kDouble && !std::isnan(value.value.AsDouble())) {
    return value.value;
  }
  return std::nullopt;
}

// Only scales that lose nothing: otherwise the engine compares at the larger scale.
std::optional<Value> ComparableToDecimal(const Parameter& value, const DataType& type) {
  types::Int128 unscaled = 0;
  int scale = 0;
  if (types::IsInteger(value.type.id)) {
    unscaled = value.value.AsInt();
  } else if (value.type.id == TypeId::kDecimal && value.type.scale <= type.scale) {
    unscaled = value.value.AsInt128();
    scale = value.type.scale;
  } else {
    return std::nullopt;
  }
  // 10^20 times a 64-bit number or a literal of a few digits stays far inside 128 bits; larger
  // constants are left to the engine.
  constexpr types::Int128 kLarge = types::Int128{std::numeric_limits<int64_t>::max()};
  if (unscaled > kLarge || unscaled < -kLarge || type.scale - scale > 18) {
    return std::nullopt;
  }
  for (; scale < type.scale; ++scale) {
    unscaled *= 10;
  }
  return Value(unscaled);
}

std::optional<Value> FromText(const Parameter& value,
                              std::optional<int64_t> (*parse)(std::string_view)) {
  if (value.type.id != TypeId::kText) {
    return std::nullopt;
  }
  const auto parsed = parse(value.value.AsString());
  return parsed.has_value() ? std::optional<Value>(Value(*parsed)) : std::nullopt;
}

}  // namespace

StatusOr<Parameter> OperandValue(const Operand& operand, std::span<const Parameter> parameters) {
  if (!operand.parameter.has_value()) {
    return operand.literal;
  }
  if (*operand.parameter >= parameters.size()) {
    return Error(InvalidParameter("the statement uses $" +
                                  std::to_string(*operand.parameter + 1) + ", but " +
                                  std::to_string(parameters.size()) + " parameter(s) were given"));
  }
  return parameters[*operand.parameter];
}

std::optional<Value> ComparableValue(const Parameter& value, const DataType& type) {
  if (value.value.is_null()) {
    return Value::Null();
  }
  switch (type.id) {
    case TypeId::kSmallInt:
    case TypeId::kInt:
    case TypeId::kBigInt: return ComparableToInteger(value);
    case TypeId::kDouble: return ComparableToDouble(value);
    case TypeId::kDecimal: return ComparableToDecimal(value, type);
    case TypeId::kText:
    case TypeId::kBoolean:
      return value.type.id == type.id ? std::optional<Value>(value.value) : std::nullopt;
    case TypeId::kTimestamp:
      if (value.type.id == TypeId::kTimestamp) {
        return value.value;
      }
      return FromText(value, types::ParseTimestamp);
    case TypeId::kDateTime:
      if (value.type.id == TypeId::kDateTime) {
        return value.value;
      }
      return FromText(value, types::ParseTimestamp);
    case TypeId::kDate:
      if (value.type.id == TypeId::kDate) {
        return value.value;
      }
      return FromText(value, types::ParseDate);
    case TypeId::kTime:
      if (value.type.id == TypeId::kTime) {
        return value.value;
      }
      return FromText(value, types::ParseTime);
    case TypeId::kUuid:
      if (value.type.id == TypeId::kUuid) {
        return value.value;
      }
      if (value.type.id == TypeId::kText) {
        auto parsed = types::ParseUuid(value.value.AsString());
        return parsed.has_value() ? std::optional<Value>(Value(std::move(*parsed)))
                                  : std::nullopt;
      }
      return std::nullopt;
    case TypeId::kFloat:
    case TypeId::kJson:
    case TypeId::kBytes:
    case TypeId::kEmbedding:
    case TypeId::kFile:
    case TypeId::kHugeInt: return std::nullopt;
  }
  return std::nullopt;
}

StatusOr<std::optional<uint64_t>> RowCountValue(const Parameter& value, std::string_view clause) {
  if (value.value.is_null()) {
    return std::nullopt;
  }
  if (!types::IsInteger(value.type.id) || value.value.AsInt() < 0) {
    return Error(InvalidSql(std::string(clause) + " must be a whole number from 0"));
  }
  return static_cast<uint64_t>(value.value.AsInt());
}

}  // namespace kalamdb::sql
