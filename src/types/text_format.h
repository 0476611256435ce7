// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "types/value.h"

namespace kalamdb::types {

// Text forms of values. The Parse functions accept surrounding ASCII spaces and return nothing when
// the text is not such a value or is out of range; the Format functions are their inverse.

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;
constexpr int64_t kDateMin = -719'162;   // 0001-01-01, days since 1970.
constexpr int64_t kDateMax = 2'932'896;  // 9999-12-31.
constexpr int64_t kTimestampMin = kDateMin * kMicrosPerDay;
constexpr int64_t kTimestampMax = (kDateMax + 1) * kMicrosPerDay - 1;

// The day that a moment is in and the microseconds since its midnight, before 1970 too.
constexpr int64_t TimeOfDay(int64_t micros) {
  const int64_t rest = micros % kMicrosPerDay;
  return rest < 0 ? rest + kMicrosPerDay : rest;
}
constexpr int64_t DayOf(int64_t micros) {
  return micros / kMicrosPerDay - (micros % kMicrosPerDay < 0 ? 1 : 0);
}

// "2026-05-04". Years 0001 to 9999.
std::optional<int64_t> ParseDate(std::string_view text);
std::string FormatDate(int64_t days);
// "10:20[:30[.123456]]", hours 0 to 23 ("24:00:00" too). More digits are rounded.
std::optional<int64_t> ParseTime(std::string_view text);
std::string FormatTime(int64_t micros);
// "2026-05-04[( |T)10:20[:30[.123456]][ ][Z|+hh[:mm]|-hh[:mm]|UTC]]": an offset is converted to
// UTC.
std::optional<int64_t> ParseTimestamp(std::string_view text);
// "2026-05-04 10:20:30[.123456]". Years before 1 end in " BC", as in FormatDate.
std::string FormatTimestamp(int64_t micros);
// "2026-05-04T10:20:30+00:00", with up to six fraction digits: as in the auth answers.
std::string FormatRfc3339(int64_t micros);
// 36 characters with hyphens, 32 without, or either in braces; the value is 16 bytes.
std::optional<std::string> ParseUuid(std::string_view text);
std::string FormatUuid(std::string_view bytes);
// "-12.345" with rounding half away from zero to `scale`; nothing when it needs more than
// `precision` digits. Accepts an exponent.
std::optional<Int128> ParseDecimal(std::string_view text, int precision, int scale);
std::string FormatDecimal(Int128 unscaled, int scale);
std::optional<int64_t> ParseInt64(std::string_view text);
// Decimal or exponent form; "NaN", "Infinity" and "-Infinity" in any case.
std::optional<double> ParseDouble(std::string_view text);
// The nearest float, rounded once; numbers too small for a float become 0.
std::optional<float> ParseFloat(std::string_view text);
// Shortest text that reads back as the same number; always with ".0" or an exponent.
std::string FormatDouble(double value);
std::string FormatFloat(float value);
// "[0.1, 2, -3e4]" with exactly `dimension` finite numbers.
std::optional<std::string> ParseEmbedding(std::string_view text, uint32_t dimension);

// How a value is shown as text, as CAST(... AS TEXT) does: BYTES as "\x6869", DATETIME with "+00",
// EMBEDDING as "[0.1,2.0]". "NULL" for NULL.
std::string FormatValue(const Value& value, const DataType& type);

// The same texts, appended.
void AppendDecimal(Int128 unscaled, int scale, std::string* out);
void AppendInt64(int64_t value, std::string* out);
void AppendDouble(double value, std::string* out);
void AppendFloat(float value, std::string* out);
void AppendUuid(std::string_view bytes, std::string* out);

}  // namespace kalamdb::types
