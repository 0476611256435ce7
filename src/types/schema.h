// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types/value.h"

namespace kalamdb::types {

// What an omitted column gets. The numbers are stored.
enum class DefaultKind : uint8_t {
  kNone = 0,         // NULL.
  kLiteral = 1,      // `literal`.
  kNow = 2,          // Statement time.
  kSnowflakeId = 3,  // A new 64-bit id.
  kUuidV7 = 4,
  kUlid = 5,
  kCurrentUser = 6,
  kSerial = 7,      // Next number of the table's counter.
  kExpression = 8,  // `expression`, evaluated for each row.
};

struct ColumnDefault {
  DefaultKind kind = DefaultKind::kNone;
  Value literal = {};  // kLiteral: of the column's type.
  // kExpression: SQL text. Otherwise the text as it was written, for display.
  std::string expression = {};
};

struct Column {
  // From 1, never reused in a table: renames and re-adds cannot surface old values.
  uint32_t id = 0;
  std::string name = {};  // Lower case unless it was quoted.
  DataType type = {};
  bool is_nullable = true;
  bool is_hidden = false;  // Not in SELECT *: the `_id` key of tables declared without one.
  ColumnDefault default_value = {};
};

// The columns of one version of a table. Immutable once built.
struct Schema {
  uint32_t version = 1;
  std::vector<Column> columns;
  std::vector<uint32_t> key;  // Positions of the primary key columns, in key order. Never empty.

  // Position of the column called `name`, compared without regard to ASCII case.
  std::optional<size_t> Find(std::string_view name) const;
  bool IsKey(size_t position) const;
};

// Columns that every table has and no row stores.
enum class SystemColumn : uint8_t { kSeq, kDeleted, kUpdated };
inline constexpr std::string_view kSeqName = "_seq";          // BIGINT
inline constexpr std::string_view kDeletedName = "_deleted";  // BOOLEAN
inline constexpr std::string_view kUpdatedName = "_updated";  // TIMESTAMP, the time inside _seq

std::optional<SystemColumn> FindSystemColumn(std::string_view name);

bool EqualsIgnoreCase(std::string_view a, std::string_view b);
std::string AsciiLower(std::string_view text);

// The binary form kept in the catalog, with a format byte in front. Readable by later versions.
void EncodeSchema(const Schema& schema, std::string* out);
// Corruption when `bytes` is not what EncodeSchema wrote.
StatusOr<Schema> DecodeSchema(std::string_view bytes);

}  // namespace kalamdb::types
