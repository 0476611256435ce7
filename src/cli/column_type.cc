// SPDX-License-Identifier: Apache-2.0
#include "cli/column_type.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "types/text_format.h"

namespace kalamdb::cli {
namespace {

// Years 0001 to 9999: what an ISO date can show.
constexpr int64_t kDaysMin = -719'162;
constexpr int64_t kDaysMax = 2'932'896;
constexpr int64_t kMicrosPerDay = 86'400'000'000;

template <class Integer>
std::optional<Integer> ParseWhole(std::string_view text) {
  Integer value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

std::string TimestampText(int64_t micros) {
  if (micros < kDaysMin * kMicrosPerDay || micros >= (kDaysMax + 1) * kMicrosPerDay) {
    return fmt::to_string(micros);
  }
  return types::FormatTimestamp(micros);
}

std::string DateText(int64_t days) {
  return days < kDaysMin || days > kDaysMax ? fmt::to_string(days) : types::FormatDate(days);
}

std::string TimeText(int64_t micros) {
  return micros < 0 || micros > kMicrosPerDay ? fmt::to_string(micros) : types::FormatTime(micros);
}

// "[222, 173]" as "\xdead"; nothing when an element is no byte.
std::optional<std::string> HexText(std::string_view array) {
  std::string out = "\\x";
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
  std::string digits;
  for (const char c : array) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c == ',' || c == ']') {
      const std::optional<uint8_t> byte = ParseWhole<uint8_t>(digits);
      if (byte.has_value()) {
        out += fmt::format("{:02x}", *byte);
      } else if (!digits.empty() || c == ',' || out.size() > 2) {
        return std::nullopt;
      }
      digits.clear();
    } else if (c != '[' && !is_space(c)) {
      return std::nullopt;
    }
  }
  return out;
}

}  // namespace

ColumnKind KindOfWireType(std::string_view name) {
  using Entry = std::pair<std::string_view, ColumnKind>;
  static constexpr std::array<Entry, 14> kKinds = {{
      {"Boolean", ColumnKind::kBoolean},
      {"SmallInt", ColumnKind::kNumber},
      {"Int", ColumnKind::kNumber},
      {"BigInt", ColumnKind::kNumber},
      {"HugeInt", ColumnKind::kNumber},
      {"Float", ColumnKind::kNumber},
      {"Double", ColumnKind::kNumber},
      {"Decimal", ColumnKind::kNumber},
      {"Timestamp", ColumnKind::kTimestamp},
      {"DateTime", ColumnKind::kTimestamp},
      {"Date", ColumnKind::kDate},
      {"Time", ColumnKind::kTime},
      {"Bytes", ColumnKind::kBytes},
      {"Embedding", ColumnKind::kArray},
  }};
  const auto* found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const Entry& e) { return e.first == name; });
  return found == kKinds.end() ? ColumnKind::kText : found->second;
}

std::string ReadableText(const Cell& cell, ColumnKind kind) {
  if (cell.json == Cell::Json::kNull) {
    return {};
  }
  if (kind == ColumnKind::kBytes && cell.json == Cell::Json::kContainer) {
    return HexText(cell.raw).value_or(std::string(cell.raw));
  }
  // Older servers may send 64-bit numbers as strings, hence also kString.
  const std::optional<int64_t> number = ParseWhole<int64_t>(cell.text);
  if (number.has_value()) {
    switch (kind) {
      case ColumnKind::kTimestamp:
        return TimestampText(*number);
      case ColumnKind::kDate:
        return DateText(*number);
      case ColumnKind::kTime:
        return TimeText(*number);
      default:
        break;
    }
  }
  return std::string(cell.text);
}

}  // namespace kalamdb::cli
