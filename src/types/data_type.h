// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kalamdb::types {

// Column types. The numbers are stored and sent.
enum class TypeId : uint8_t {
  kBoolean = 0x01,
  kInt = 0x02,
  kBigInt = 0x03,
  kDouble = 0x04,
  kFloat = 0x05,
  kText = 0x06,
  kTimestamp = 0x07,  // Microseconds since 1970, no zone.
  kDate = 0x08,       // Days since 1970.
  kDateTime = 0x09,   // Microseconds since 1970, UTC.
  kTime = 0x0A,       // Microseconds since midnight.
  kJson = 0x0B,
  kBytes = 0x0C,
  kEmbedding = 0x0D,
  kUuid = 0x0E,
  kDecimal = 0x0F,
  kSmallInt = 0x10,
  kFile = 0x11,
  kHugeInt = 0x40,  // Results only (SUM of integers): 128 bits, sent like BIGINT. Never a column.
};

struct DataType {
  TypeId id = TypeId::kText;
  uint8_t precision = 0;   // DECIMAL: digits in all, 1 to 38.
  uint8_t scale = 0;       // DECIMAL: digits after the point, at most `precision`.
  uint32_t dimension = 0;  // EMBEDDING: elements.
  bool operator==(const DataType&) const = default;
};

constexpr DataType TypeOf(TypeId id) { return {.id = id}; }

// "BIGINT", "DECIMAL(10,2)", "EMBEDDING(384)": as in CREATE TABLE.
std::string SqlName(const DataType& type);
// `"BigInt"`, `{"Decimal":{"precision":10,"scale":2}}`, `{"Embedding":384}`: JSON for `data_type`.
std::string WireName(const DataType& type);
// The column type that a name and its parenthesised numbers declare: ("varchar", {20}) is TEXT.
// `name` is matched without regard to case; words are separated by one space.
// InvalidSql names what is not supported and what to use instead.
StatusOr<DataType> DeclaredType(std::string_view name, const uint32_t* arguments,
                                size_t argument_count);

constexpr bool IsInteger(TypeId id) {
  return id == TypeId::kSmallInt || id == TypeId::kInt || id == TypeId::kBigInt;
}
constexpr bool IsFloating(TypeId id) { return id == TypeId::kFloat || id == TypeId::kDouble; }
// TEXT, JSON and FILE hold UTF-8.
constexpr bool IsUtf8(TypeId id) {
  return id == TypeId::kText || id == TypeId::kJson || id == TypeId::kFile;
}
constexpr bool IsTimestamp(TypeId id) {
  return id == TypeId::kTimestamp || id == TypeId::kDateTime;
}
// Held as int64_t in a Value.
constexpr bool IsInt64Backed(TypeId id) {
  return IsInteger(id) || IsTimestamp(id) || id == TypeId::kDate || id == TypeId::kTime;
}

}  // namespace kalamdb::types
