// SPDX-License-Identifier: Apache-2.0
#include "types/text_format.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/compile.h>
#include <fmt/format.h>

#include "base/check.h"
#include "types/byte_order.h"
#include "types/schema.h"
#include "types/text_scan.h"

namespace kalamdb::types {

namespace {

constexpr int kDecimalPrecisionMax = 38;
constexpr size_t kUuidBytes = 16;
constexpr std::string_view kHexDigits = "0123456789abcdef";

// Exponents beyond this are as good as it; keeps the arithmetic on digit counts from overflowing.
constexpr int64_t kExponentBound = 1'000'000'000;

// A number taken apart: sign, digits before and after the point, and the power of ten.
struct NumberParts {
  bool is_negative = false;
  std::string_view whole;
  std::string_view fraction;
  int64_t exponent = 0;

  size_t digit_count() const { return whole.size() + fraction.size(); }
  // Digit `i` counted over both parts.
  char Digit(size_t i) const { return i < whole.size() ? whole[i] : fraction[i - whole.size()]; }
};

std::string_view TakeDigits(std::string_view& rest) {
  const auto* const end = std::ranges::find_if_not(rest, IsDigit);
  const std::string_view digits = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

bool TakeSign(std::string_view& rest) {
  const bool is_negative = rest.starts_with('-');
  if (is_negative || rest.starts_with('+')) {
    rest.remove_prefix(1);
  }
  return is_negative;
}

// [+-]digits[.digits][(e|E)[+-]digits], with at least one digit before or after the point.
std::optional<NumberParts> SplitNumber(std::string_view text) {
  NumberParts parts;
  std::string_view rest = TrimSpaces(text);
  parts.is_negative = TakeSign(rest);
  parts.whole = TakeDigits(rest);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    parts.fraction = TakeDigits(rest);
  }
  if (parts.digit_count() == 0) {
    return std::nullopt;
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    const bool is_negative = TakeSign(rest);
    const std::string_view digits = TakeDigits(rest);
    if (digits.empty()) {
      return std::nullopt;
    }
    for (const char digit : digits) {
      parts.exponent = std::min(parts.exponent * 10 + (digit - '0'), kExponentBound);
    }
    parts.exponent = is_negative ? -parts.exponent : parts.exponent;
  }
  return rest.empty() ? std::optional(parts) : std::nullopt;
}

template <class T>
std::optional<T> ParseFloating(std::string_view text) {
  std::string_view rest = TrimSpaces(text);
  if (EqualsIgnoreCase(rest, "nan")) {
    return std::numeric_limits<T>::quiet_NaN();
  }
  const bool is_negative = TakeSign(rest);
  const T sign = is_negative ? T{-1} : T{1};
  if (EqualsIgnoreCase(rest, "infinity") || EqualsIgnoreCase(rest, "inf")) {
    return sign * std::numeric_limits<T>::infinity();
  }
  if (rest.empty() || (!IsDigit(rest[0]) && rest[0] != '.')) {
    return std::nullopt;  // from_chars takes "nan(1)" and a second sign.
  }
  T value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc() || end != rest.data() + rest.size()) {
    return std::nullopt;
  }
  return sign * value;
}

// The shortest text that reads back as `value`, in fixed notation where that is short.
template <class T>
void AppendFloating(T value, std::string* out) {
  if (!std::isfinite(value)) {
    *out += std::isnan(value) ? "NaN" : (value < 0 ? "-Infinity" : "Infinity");
    return;
  }
  char text[32];
  const char* const end = fmt::format_to(text, FMT_COMPILE("{}"), value);
  const std::string_view shortest(text, static_cast<size_t>(end - text));
  *out += shortest;
  if (shortest.find_first_of(".e") == std::string_view::npos) {
    *out += ".0";
  }
}

// Decimal digits of a magnitude, without leading zeros; "0" for zero. Returns their number.
size_t WriteDigits(UInt128 magnitude, char (&digits)[40]) {
  constexpr uint64_t kChunk = 10'000'000'000'000'000'000u;  // 10^19, the most that 64 bits hold.
  constexpr size_t kChunkDigits = 19;
  if (magnitude <= std::numeric_limits<uint64_t>::max()) {
    const auto result =
        std::to_chars(digits, digits + sizeof(digits), static_cast<uint64_t>(magnitude));
    return static_cast<size_t>(result.ptr - digits);
  }
  // At most 2^127 / 10^19 < 2^64.
  const auto high = static_cast<uint64_t>(magnitude / kChunk);
  auto low = static_cast<uint64_t>(magnitude % kChunk);
  const auto result = std::to_chars(digits, digits + sizeof(digits), high);
  const auto count = static_cast<size_t>(result.ptr - digits) + kChunkDigits;
  for (size_t i = 1; i <= kChunkDigits; ++i) {
    digits[count - i] = static_cast<char>('0' + low % 10);
    low /= 10;
  }
  return count;
}

std::string FormatBytes(std::string_view bytes) {
  std::string text = "\\x";
  text.reserve(2 + bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    text.push_back(kHexDigits[byte >> 4]);
    text.push_back(kHexDigits[byte & 15]);
  }
  return text;
}

std::string FormatEmbedding(std::string_view bytes) {
  std::string text = "[";
  for (size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
    if (at > 0) {
      text.push_back(',');
    }
    AppendFloat(std::bit_cast<float>(LoadLittle<uint32_t>(bytes.data() + at)), &text);
  }
  text.push_back(']');
  return text;
}

}  // namespace

std::optional<std::string> ParseUuid(std::string_view text) {
  std::string_view rest = TrimSpaces(text);
  if (rest.size() >= 2 && rest.front() == '{' && rest.back() == '}') {
    rest = rest.substr(1, rest.size() - 2);
  }
  const bool has_hyphens = rest.size() == 36;
  if (!has_hyphens && rest.size() != 32) {
    return std::nullopt;
  }
  std::string bytes;
  bytes.reserve(kUuidBytes);
  for (size_t i = 0; i < rest.size();) {
    if (has_hyphens && (i == 8 || i == 13 || i == 18 || i == 23)) {
      if (rest[i++] != '-') {
        return std::nullopt;
      }
      continue;
    }
    // Both sizes are even between hyphens, so i + 1 is in bounds.
    const int high = HexDigit(rest[i]);
    const int low = HexDigit(rest[i + 1]);
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return bytes;
}

void AppendUuid(std::string_view bytes, std::string* out) {
  KALAMDB_CHECK(bytes.size() == kUuidBytes);
  char text[36];
  char* to = text;
  for (size_t i = 0; i < kUuidBytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) {
      *to++ = '-';
    }
    const auto byte = static_cast<uint8_t>(bytes[i]);
    *to++ = kHexDigits[byte >> 4];
    *to++ = kHexDigits[byte & 15];
  }
  out->append(text, sizeof(text));
}

std::string FormatUuid(std::string_view bytes) {
  std::string text;
  AppendUuid(bytes, &text);
  return text;
}

std::optional<Int128> ParseDecimal(std::string_view text, int precision, int scale) {
  const auto parts = SplitNumber(text);
  if (!parts) {
    return std::nullopt;
  }
  const size_t count = parts->digit_count();
  size_t first = 0;  // The first digit that counts.
  while (first < count && parts->Digit(first) == '0') {
    ++first;
  }
  if (first == count) {
    return 0;
  }
  const auto significant = static_cast<int64_t>(count - first);
  // Digits of the result: those of the text, moved by the exponent and the scale.
  const int64_t shift = parts->exponent + scale - static_cast<int64_t>(parts->fraction.size());
  const int64_t kept = significant + shift;
  const int precision_max = std::min(precision, kDecimalPrecisionMax);
  if (kept > precision_max) {
    return std::nullopt;
  }
  if (kept < 0) {
    return 0;
  }
  Int128 magnitude = 0;
  const size_t taken = static_cast<size_t>(std::min(kept, significant));
  for (size_t i = 0; i < taken; ++i) {
    magnitude = magnitude * 10 + (parts->Digit(first + i) - '0');
  }
  if (kept > significant) {
    magnitude *= PowerOfTen(static_cast<int>(kept - significant));
  } else if (kept < significant && parts->Digit(first + taken) >= '5') {
    ++magnitude;
  }
  if (magnitude >= PowerOfTen(precision_max)) {
    return std::nullopt;  // Rounded up to one digit more.
  }
  return parts->is_negative ? -magnitude : magnitude;
}

void AppendDecimal(Int128 unscaled, int scale, std::string* out) {
  char digits[40];
  const bool is_negative = unscaled < 0;
  const auto bits = static_cast<UInt128>(unscaled);
  const size_t count = WriteDigits(is_negative ? -bits : bits, digits);
  const size_t after_point = scale > 0 ? static_cast<size_t>(scale) : 0;
  if (is_negative) {
    out->push_back('-');
  }
  if (after_point == 0) {
    out->append(digits, count);
  } else if (count > after_point) {
    out->append(digits, count - after_point);
    out->push_back('.');
    out->append(digits + count - after_point, after_point);
  } else {
    out->append("0.");
    out->append(after_point - count, '0');
    out->append(digits, count);
  }
}

std::string FormatDecimal(Int128 unscaled, int scale) {
  std::string text;
  AppendDecimal(unscaled, scale, &text);
  return text;
}

std::optional<int64_t> ParseInt64(std::string_view text) {
  std::string_view rest = TrimSpaces(text);
  if (rest.starts_with('+') && rest.size() > 1 && IsDigit(rest[1])) {
    rest.remove_prefix(1);
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  if (error != std::errc() || end != rest.data() + rest.size()) {
    return std::nullopt;
  }
  return value;
}

void AppendInt64(int64_t value, std::string* out) {
  char text[24];
  const auto result = std::to_chars(text, text + sizeof(text), value);
  out->append(text, result.ptr);
}

std::optional<double> ParseDouble(std::string_view text) { return ParseFloating<double>(text); }

std::optional<float> ParseFloat(std::string_view text) {
  if (const auto value = ParseFloating<float>(text)) {
    return value;
  }
  const auto value = ParseFloating<double>(text);
  if (!value || std::abs(*value) > std::numeric_limits<float>::min()) {
    return std::nullopt;
  }
  return static_cast<float>(*value);
}

void AppendDouble(double value, std::string* out) { AppendFloating(value, out); }

void AppendFloat(float value, std::string* out) { AppendFloating(value, out); }

std::string FormatDouble(double value) {
  std::string text;
  AppendDouble(value, &text);
  return text;
}

std::string FormatFloat(float value) {
  std::string text;
  AppendFloat(value, &text);
  return text;
}

std::optional<std::string> ParseEmbedding(std::string_view text, uint32_t dimension) {
  std::string_view rest = TrimSpaces(text);
  if (rest.size() < 2 || rest.front() != '[' || rest.back() != ']') {
    return std::nullopt;
  }
  rest = rest.substr(1, rest.size() - 2);
  std::string bytes;
  bytes.reserve(std::min<size_t>(dimension, rest.size()) * sizeof(float));
  for (uint32_t i = 0; i < dimension; ++i) {
    const bool is_last = i + 1 == dimension;
    const size_t comma = rest.find(',');
    if ((comma == std::string_view::npos) != is_last) {
      return std::nullopt;
    }
    const auto element = ParseFloat(rest.substr(0, comma));
    if (!element || !std::isfinite(*element)) {
      return std::nullopt;
    }
    AppendLittle(std::bit_cast<uint32_t>(*element), &bytes);
    rest.remove_prefix(is_last ? rest.size() : comma + 1);
  }
  return dimension > 0 ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string FormatValue(const Value& value, const DataType& type) {
  if (value.is_null()) {
    return "NULL";
  }
  switch (type.id) {
    case TypeId::kBoolean:
      return value.AsBool() ? "true" : "false";
    case TypeId::kInt:
    case TypeId::kBigInt:
    case TypeId::kSmallInt: {
      std::string text;
      AppendInt64(value.AsInt(), &text);
      return text;
    }
    case TypeId::kDouble:
      return FormatDouble(value.AsDouble());
    case TypeId::kFloat:
      return FormatFloat(static_cast<float>(value.AsDouble()));
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kFile:
      return value.AsString();
    case TypeId::kTimestamp:
      return FormatTimestamp(value.AsInt());
    case TypeId::kDateTime:
      return FormatTimestamp(value.AsInt()) + "+00";
    case TypeId::kDate:
      return FormatDate(value.AsInt());
    case TypeId::kTime:
      return FormatTime(value.AsInt());
    case TypeId::kBytes:
      return FormatBytes(value.AsString());
    case TypeId::kEmbedding:
      return FormatEmbedding(value.AsString());
    case TypeId::kUuid:
      return FormatUuid(value.AsString());
    case TypeId::kDecimal:
      return FormatDecimal(value.AsInt128(), type.scale);
    case TypeId::kHugeInt:
      return FormatDecimal(value.AsInt128(), 0);
  }
  KALAMDB_CHECK(false);
  return {};
}

}  // namespace kalamdb::types
