// SPDX-License-Identifier: Apache-2.0
#include "types/coerce.h"

#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "types/byte_order.h"
#include "types/text_format.h"
#include "types/text_scan.h"

namespace kalamdb::types {

namespace {

constexpr size_t kShownBytesMax = 40;  // Of a value, in error messages.
constexpr size_t kUuidBytes = 16;

// One coercion: what came, and where it goes. Lives for one call of CoerceToColumn.
struct Coercion {
  Value& value;  // Not NULL, of a kind that `from` has.
  const DataType& from;
  const Column& column;

  const DataType& to() const { return column.type; }
};

Status Refuse(const Column& column, std::string_view why) {
  return ConstraintViolation(fmt::format("column `{}`: {}", column.name, why));
}

std::string_view TypeNoun(TypeId id) { return IsUtf8(id) ? "text" : "value"; }

StatusOr<Value> RefuseType(const Coercion& c, std::string_view hint = "") {
  const std::string came = c.from.id == TypeId::kText ? "text" : SqlName(c.from);
  return Error(Refuse(c.column, fmt::format("{} where {} expected{}{}", came, SqlName(c.to()),
                                            hint.empty() ? "" : ": ", hint)));
}

// The value for messages: short, and well-formed UTF-8 whatever came.
std::string Shown(const Coercion& c) {
  if (IsUtf8(c.from.id) || c.from.id == TypeId::kBytes) {
    std::string_view text = c.value.AsString();
    if (!IsCleanUtf8(text) || c.from.id == TypeId::kBytes) {
      return fmt::format("{} of {} bytes", TypeNoun(c.from.id), text.size());
    }
    if (text.size() <= kShownBytesMax) {
      return fmt::format("'{}'", text);
    }
    size_t end = kShownBytesMax;
    while ((static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) {
      --end;  // Not in the middle of a character.
    }
    return fmt::format("'{}...'", text.substr(0, end));
  }
  return FormatValue(c.value, c.from);
}

StatusOr<Value> RefuseText(const Coercion& c, std::string_view expected) {
  return Error(Refuse(c.column, fmt::format("{} is not {}", Shown(c), expected)));
}

StatusOr<Value> RefuseRange(const Coercion& c, std::string_view range) {
  return Error(Refuse(
      c.column, fmt::format("{} is out of range for {} ({})", Shown(c), SqlName(c.to()), range)));
}

StatusOr<Value> RefuseNotFinite(const Coercion& c) {
  return Error(Refuse(c.column, fmt::format("{} is not allowed: {} columns hold finite numbers",
                                            FormatDouble(c.value.AsDouble()), SqlName(c.to()))));
}

// `value` / 10^`scale`, rounded half away from zero.
Int128 DivideRounded(Int128 value, int scale) {
  const Int128 divisor = PowerOfTen(scale);
  const Int128 quotient = value / divisor;
  const Int128 rest = value % divisor;
  // Twice a number below 10^38 fits 128 bits without a sign only.
  const auto magnitude = static_cast<UInt128>(rest < 0 ? -rest : rest);
  if (magnitude * 2 < static_cast<UInt128>(divisor)) {
    return quotient;
  }
  return quotient + (value < 0 ? -1 : 1);
}

StatusOr<Value> ToBoolean(const Coercion& c) {
  if (c.from.id == TypeId::kBoolean) {
    return std::move(c.value);
  }
  if (!IsUtf8(c.from.id)) {
    return RefuseType(c, "write true or false");
  }
  const std::string_view text = TrimSpaces(c.value.AsString());
  for (const std::string_view word : {"t", "true", "y", "yes", "on", "1"}) {
    if (EqualsIgnoreCase(text, word)) {
      return Value(true);
    }
  }
  for (const std::string_view word : {"f", "false", "n", "no", "off", "0"}) {
    if (EqualsIgnoreCase(text, word)) {
      return Value(false);
    }
  }
  return RefuseText(c, "a BOOLEAN (true or false)");
}

struct IntRange {
  int64_t min;
  int64_t max;
  std::string ToString() const { return fmt::format("{} to {}", min, max); }
};

template <class T>
constexpr IntRange RangeOf() {
  return {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

IntRange RangeOf(TypeId id) {
  switch (id) {
    case TypeId::kSmallInt:
      return RangeOf<int16_t>();
    case TypeId::kInt:
      return RangeOf<int32_t>();
    case TypeId::kDate:
      return {kDateMin, kDateMax};
    case TypeId::kTime:
      return {0, kMicrosPerDay};
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
      return {kTimestampMin, kTimestampMax};
    default:
      return RangeOf<int64_t>();
  }
}

StatusOr<Value> InRange(const Coercion& c, Int128 number) {
  const IntRange range = RangeOf(c.to().id);
  if (number < range.min || number > range.max) {
    return RefuseRange(c, range.ToString());
  }
  return Value(static_cast<int64_t>(number));
}

StatusOr<Value> ToInteger(const Coercion& c) {
  if (IsInteger(c.from.id)) {
    return InRange(c, c.value.AsInt());
  }
  if (c.from.id == TypeId::kHugeInt) {
    return InRange(c, c.value.AsInt128());
  }
  if (c.from.id == TypeId::kDecimal) {
    return InRange(c, DivideRounded(c.value.AsInt128(), c.from.scale));
  }
  const IntRange range = RangeOf(c.to().id);
  if (IsFloating(c.from.id)) {
    // Half away from zero. 2^63 itself is out of range, and exact as a double.
    const double rounded = std::round(c.value.AsDouble());
    if (!(rounded >= -0x1p63 && rounded < 0x1p63)) {
      return RefuseRange(c, range.ToString());
    }
    return InRange(c, static_cast<int64_t>(rounded));
  }
  if (!IsUtf8(c.from.id)) {
    return RefuseType(c);
  }
  if (const auto number = ParseInt64(c.value.AsString())) {
    return InRange(c, *number);
  }
  return RefuseText(c,
                    fmt::format("a whole number for {} ({})", SqlName(c.to()), range.ToString()));
}

double DecimalToDouble(Int128 unscaled, int scale) {
  constexpr Int128 kExactMax = Int128{1} << std::numeric_limits<double>::digits;
  constexpr int kExactPowerMax = 22;  // 10^22 is a double, so the one division is rounded once.
  if (unscaled <= kExactMax && unscaled >= -kExactMax && scale <= kExactPowerMax) {
    return static_cast<double>(unscaled) / static_cast<double>(PowerOfTen(scale));
  }
  return *ParseDouble(FormatDecimal(unscaled, scale));
}

// FLOAT and DOUBLE. A FLOAT is rounded once, from what came.
StatusOr<Value> ToFloating(const Coercion& c) {
  const bool is_float = c.to().id == TypeId::kFloat;
  double number = 0;
  if (IsFloating(c.from.id)) {
    number = c.value.AsDouble();
    if (!std::isfinite(number)) {
      return RefuseNotFinite(c);
    }
    if (is_float) {
      // Not a cast at once: beyond the range that would be undefined.
      number = std::abs(number) < 0x1.ffffffp127 ? static_cast<float>(number)
                                                 : std::numeric_limits<double>::infinity();
    }
  } else if (IsInteger(c.from.id)) {
    const int64_t whole = c.value.AsInt();
    number = is_float ? static_cast<float>(whole) : static_cast<double>(whole);
  } else if (c.value.is_int128()) {
    const int scale = c.from.id == TypeId::kDecimal ? c.from.scale : 0;
    const Int128 unscaled = c.value.AsInt128();
    number =
        is_float ? *ParseFloat(FormatDecimal(unscaled, scale)) : DecimalToDouble(unscaled, scale);
  } else if (IsUtf8(c.from.id)) {
    const auto as_double = ParseDouble(c.value.AsString());
    const auto as_float = is_float ? ParseFloat(c.value.AsString()) : std::nullopt;
    if (as_double && !std::isfinite(*as_double)) {
      return Error(Refuse(c.column, fmt::format("{} is not allowed: {} columns hold finite numbers",
                                                FormatDouble(*as_double), SqlName(c.to()))));
    }
    if (is_float ? !as_float.has_value() : !as_double.has_value()) {
      return RefuseText(c, fmt::format("a number for {}", SqlName(c.to())));
    }
    number = is_float ? static_cast<double>(*as_float) : *as_double;
  } else {
    return RefuseType(c);
  }
  if (!std::isfinite(number)) {
    return RefuseRange(c, is_float ? "at most 3.4e38" : "at most 1.8e308");
  }
  return Value(number);
}

StatusOr<Value> RefusePrecision(const Coercion& c) {
  return Error(
      Refuse(c.column, fmt::format("{} does not fit {}: at most {} digits before the point",
                                   Shown(c), SqlName(c.to()), c.to().precision - c.to().scale)));
}

// `unscaled` with `scale` digits after the point, as the column holds it.
StatusOr<Value> Rescaled(const Coercion& c, Int128 unscaled, int scale) {
  const DataType& to = c.to();
  const Int128 limit = PowerOfTen(to.precision);
  if (scale > to.scale) {
    unscaled = DivideRounded(unscaled, scale - to.scale);
  } else {
    const Int128 factor = PowerOfTen(to.scale - scale);
    const Int128 largest = (limit - 1) / factor;
    if (unscaled > largest || unscaled < -largest) {
      return RefusePrecision(c);
    }
    unscaled *= factor;
  }
  if (unscaled >= limit || unscaled <= -limit) {
    return RefusePrecision(c);
  }
  return Value(unscaled);
}

StatusOr<Value> ToDecimal(const Coercion& c) {
  if (IsInteger(c.from.id)) {
    return Rescaled(c, c.value.AsInt(), 0);
  }
  if (c.value.is_int128()) {
    return Rescaled(c, c.value.AsInt128(), c.from.id == TypeId::kDecimal ? c.from.scale : 0);
  }
  std::string text;
  if (IsFloating(c.from.id)) {
    if (!std::isfinite(c.value.AsDouble())) {
      return RefuseNotFinite(c);
    }
    // By way of the shortest text: 0.1 is 0.1, not 0.1000000000000000055.
    text = FormatValue(c.value, c.from);
  } else if (IsUtf8(c.from.id)) {
    text = c.value.AsString();
  } else {
    return RefuseType(c);
  }
  if (const auto unscaled = ParseDecimal(text, c.to().precision, c.to().scale)) {
    return Value(*unscaled);
  }
  // A number that is too long, or no number at all?
  const auto number = ParseDouble(text);
  if (number && std::isfinite(*number)) {
    return RefusePrecision(c);
  }
  return RefuseText(c, fmt::format("a number for {}", SqlName(c.to())));
}

StatusOr<Value> ToTimestamp(const Coercion& c) {
  if (IsTimestamp(c.from.id) || IsInteger(c.from.id)) {
    return InRange(c, c.value.AsInt());
  }
  if (c.from.id == TypeId::kDate) {
    return InRange(c, static_cast<Int128>(c.value.AsInt()) * kMicrosPerDay);
  }
  if (!IsUtf8(c.from.id)) {
    return RefuseType(c, "write '2026-05-04 10:20:30'");
  }
  if (const auto micros = ParseTimestamp(c.value.AsString())) {
    return Value(*micros);
  }
  return RefuseText(c, fmt::format("a {} such as '2026-05-04 10:20:30'", SqlName(c.to())));
}

StatusOr<Value> ToDate(const Coercion& c) {
  if (c.from.id == TypeId::kDate || IsInteger(c.from.id)) {
    return InRange(c, c.value.AsInt());
  }
  if (IsTimestamp(c.from.id)) {
    return InRange(c, DayOf(c.value.AsInt()));
  }
  if (!IsUtf8(c.from.id)) {
    return RefuseType(c, "write '2026-05-04'");
  }
  if (const auto days = ParseDate(c.value.AsString())) {
    return Value(*days);
  }
  if (const auto micros = ParseTimestamp(c.value.AsString())) {
    return Value(DayOf(*micros));
  }
  return RefuseText(c, "a DATE such as '2026-05-04'");
}

StatusOr<Value> ToTime(const Coercion& c) {
  if (c.from.id == TypeId::kTime || IsInteger(c.from.id)) {
    return InRange(c, c.value.AsInt());
  }
  if (IsTimestamp(c.from.id)) {
    return Value(TimeOfDay(c.value.AsInt()));
  }
  if (!IsUtf8(c.from.id)) {
    return RefuseType(c, "write '10:20:30'");
  }
  if (const auto micros = ParseTime(c.value.AsString())) {
    return Value(*micros);
  }
  return RefuseText(c, "a TIME such as '10:20:30'");
}

StatusOr<Value> ToUuid(const Coercion& c) {
  if (c.from.id == TypeId::kUuid) {
    return std::move(c.value);
  }
  if (c.from.id == TypeId::kBytes && c.value.AsString().size() == kUuidBytes) {
    return std::move(c.value);
  }
  if (!IsUtf8(c.from.id)) {
    return RefuseType(c, c.from.id == TypeId::kBytes ? "a UUID has 16 bytes" : "");
  }
  if (auto bytes = ParseUuid(c.value.AsString())) {
    return Value(*std::move(bytes));
  }
  return RefuseText(c, "a UUID such as '0190a5c8-7d3e-7f00-8000-1f2e3d4c5b6a'");
}

// "\xDEAD" as PostgreSQL writes it; other text stands for its own bytes.
StatusOr<Value> ToBytes(const Coercion& c) {
  if (c.from.id == TypeId::kBytes) {
    return std::move(c.value);
  }
  if (!IsUtf8(c.from.id)) {
    return RefuseType(c);
  }
  std::string_view digits = c.value.AsString();
  if (!digits.starts_with("\\x")) {
    return std::move(c.value);
  }
  digits.remove_prefix(2);
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    const int high = HexDigit(digits[i]);
    const int low = HexDigit(digits[i + 1]);
    if (high < 0 || low < 0) {
      return RefuseText(c, "pairs of hexadecimal digits after \\x");
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  if (digits.size() % 2 != 0) {
    return RefuseText(c, "pairs of hexadecimal digits after \\x");
  }
  return Value(std::move(bytes));
}

Status CheckText(const Coercion& c) {
  const std::string& text = c.value.AsString();
  if (IsCleanUtf8(text)) {
    return {};
  }
  return Refuse(c.column, text.find('\0') != std::string::npos ? "text must not contain NUL"
                                                               : "text must be well-formed UTF-8");
}

StatusOr<Value> ToText(const Coercion& c) {
  if (IsUtf8(c.from.id)) {
    KALAMDB_RETURN_IF_ERROR(CheckText(c));
    return std::move(c.value);
  }
  if (c.from.id == TypeId::kBytes) {
    return RefuseType(c, "convert it with a function, such as encode()");
  }
  return Value(FormatValue(c.value, c.from));
}

// JSON and FILE.
StatusOr<Value> ToJson(const Coercion& c) {
  if (!IsUtf8(c.from.id)) {
    return RefuseType(c, "write the JSON as text");
  }
  KALAMDB_RETURN_IF_ERROR(CheckText(c));
  if (!IsWellFormedJson(c.value.AsString())) {
    return RefuseText(c, "well-formed JSON");
  }
  return std::move(c.value);
}

bool HoldsFiniteFloats(std::string_view bytes) {
  for (size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
    if (!std::isfinite(std::bit_cast<float>(LoadLittle<uint32_t>(bytes.data() + at)))) {
      return false;
    }
  }
  return true;
}

StatusOr<Value> ToEmbedding(const Coercion& c) {
  const uint32_t dimension = c.to().dimension;
  if (c.from.id == TypeId::kEmbedding) {
    if (c.value.AsString().size() != dimension * sizeof(float)) {
      return RefuseType(c);
    }
    if (!HoldsFiniteFloats(c.value.AsString())) {
      return Error(Refuse(c.column, "EMBEDDING columns hold finite numbers"));
    }
    return std::move(c.value);
  }
  if (!IsUtf8(c.from.id)) {
    return RefuseType(c, "write it as text: '[0.1, 0.2]'");
  }
  if (auto bytes = ParseEmbedding(c.value.AsString(), dimension)) {
    return Value(*std::move(bytes));
  }
  return RefuseText(c, fmt::format("an array of {} finite numbers", dimension));
}

}  // namespace

StatusOr<Value> CoerceToColumn(Value value, const DataType& from, const Column& column) {
  if (value.is_null()) {
    return value;
  }
  if (!IsKindOf(value, from.id)) {
    return Error(
        Internal(fmt::format("column `{}`: value is not of type {}", column.name, SqlName(from))));
  }
  const Coercion coercion{value, from, column};
  switch (column.type.id) {
    case TypeId::kBoolean:
      return ToBoolean(coercion);
    case TypeId::kInt:
    case TypeId::kBigInt:
    case TypeId::kSmallInt:
      return ToInteger(coercion);
    case TypeId::kDouble:
    case TypeId::kFloat:
      return ToFloating(coercion);
    case TypeId::kText:
      return ToText(coercion);
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
      return ToTimestamp(coercion);
    case TypeId::kDate:
      return ToDate(coercion);
    case TypeId::kTime:
      return ToTime(coercion);
    case TypeId::kJson:
    case TypeId::kFile:
      return ToJson(coercion);
    case TypeId::kBytes:
      return ToBytes(coercion);
    case TypeId::kEmbedding:
      return ToEmbedding(coercion);
    case TypeId::kUuid:
      return ToUuid(coercion);
    case TypeId::kDecimal:
      return ToDecimal(coercion);
    case TypeId::kHugeInt:
      break;
  }
  return Error(Internal(
      fmt::format("column `{}`: no column has type {}", column.name, SqlName(column.type))));
}

Status CheckNotNull(const Schema& schema, const Row& row) {
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    if (row[i].is_null() && (!column.is_nullable || schema.IsKey(i))) {
      return Refuse(column, schema.IsKey(i) ? "NULL in the primary key" : "NULL is not allowed");
    }
  }
  return {};
}

}  // namespace kalamdb::types
