// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kalamdb::cli {

// What a column's `data_type` means for showing its values.
enum class ColumnKind : uint8_t {
  kText,
  kBoolean,
  kNumber,
  kTimestamp,  // Microseconds since 1970.
  kDate,       // Days since 1970.
  kTime,       // Microseconds since midnight.
  kBytes,      // Array of numbers 0 to 255.
  kArray,      // EMBEDDING: array of numbers.
};

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::kText;
};

// The kind for a type name as the wire has it: "BigInt", or "Decimal" out of {"Decimal": {...}}.
// Unknown names are text.
ColumnKind KindOfWireType(std::string_view name);

// One value of a row. The views live as long as the call that hands them over.
struct Cell {
  enum class Json : uint8_t { kNull, kBoolean, kNumber, kString, kContainer };
  Json json = Json::kNull;
  std::string_view raw;   // As the server sent it.
  std::string_view text;  // The string without quotes and escapes; otherwise as `raw`.
};

// The cell as people read it: times in ISO form, bytes as \x and hex digits, everything else as
// sent. A value that does not fit its column's type is shown as sent. NULL gives nothing.
std::string ReadableText(const Cell& cell, ColumnKind kind);

// Numbers stand at the right edge of their column.
inline bool IsRightAligned(ColumnKind kind) { return kind == ColumnKind::kNumber; }

}  // namespace kalamdb::cli
