// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "types/schema.h"

namespace kalamdb::types {

// Stored form of a row. Integers little-endian.
//   0  u8   format, 1
//   1  u8   flags: bit 0 is `_deleted`
//   2  u16  reserved, 0
//   4  u32  schema version
//   8  null bitmap, one bit a column in schema order, 1 is NULL, padded to a byte
//   .  fixed part: fixed-width columns in schema order, zero when NULL
//   .  u32 end offset of each variable-width column, relative to the variable part
//   .  variable part
// The commit sequence is in the key.

constexpr size_t kRowHeaderBytes = 8;

// Where the columns of a *reading* schema are in rows written with a *written* schema: the way old
// rows are read through the current schema. Immutable after construction.
class RowLayout {
 public:
  struct Slot {
    enum class Kind : uint8_t { kAbsent, kFixed, kVariable };
    Kind kind = Kind::kAbsent;
    uint8_t width = 0;      // kFixed: bytes.
    TypeId written_type = TypeId::kText;
    TypeId read_type = TypeId::kText;
    uint32_t null_bit = 0;  // Position in the null bitmap.
    uint32_t offset = 0;    // kFixed: from the start of the row. kVariable: number of the column.
    Value missing;          // kAbsent: what the column reads as.
  };

  RowLayout(const Schema& written, const Schema& reading);

  uint32_t schema_version() const { return schema_version_; }
  const std::vector<Slot>& slots() const { return slots_; }
  uint32_t offsets_start() const { return offsets_start_; }    // Of the end-offset table.
  uint32_t variable_start() const { return variable_start_; }  // Of the variable part.
  uint32_t variable_count() const { return variable_count_; }

 private:
  uint32_t schema_version_ = 0;
  uint32_t offsets_start_ = 0;
  uint32_t variable_start_ = 0;
  uint32_t variable_count_ = 0;
  std::vector<Slot> slots_;  // One for each column of the reading schema.
};

// All layouts of a table: one for each schema version that rows may have been written with.
class TableLayout {
 public:
  // `versions` in ascending order; the last is the reading schema.
  explicit TableLayout(std::span<const Schema> versions);
  // Null when no such version exists.
  const RowLayout* Find(uint32_t version) const;
  const RowLayout& current() const { return layouts_.back(); }

 private:
  std::vector<RowLayout> layouts_;
};

// Appends the stored form. Precondition: `row` has one value a column, each of the column's type.
void EncodeRow(const Schema& schema, std::span<const Value> row, bool is_deleted, std::string* out);

// A stored row seen through a layout. Borrows both: lives no longer than the bytes it was given.
class RowView {
 public:
  RowView() = default;
  // Corruption when the bytes are not a row of a version in `layout`.
  static StatusOr<RowView> Open(const TableLayout& layout, std::string_view bytes);

  bool is_deleted() const { return (static_cast<uint8_t>(bytes_[1]) & 1u) != 0; }

  bool IsNull(size_t column) const {
    const RowLayout::Slot& slot = layout_->slots()[column];
    if (slot.kind == RowLayout::Slot::Kind::kAbsent) {
      return slot.missing.is_null();
    }
    const auto byte = static_cast<uint8_t>(bytes_[kRowHeaderBytes + slot.null_bit / 8]);
    return ((byte >> (slot.null_bit % 8)) & 1u) != 0;
  }
  // The typed readers require a column that is not NULL and whose Value kind is the one named.
  bool Bool(size_t column) const;
  int64_t Int(size_t column) const;
  double Double(size_t column) const;
  Int128 Decimal(size_t column) const;
  std::string_view Bytes(size_t column) const;
  Value ToValue(size_t column) const;
  // Every column of the reading schema.
  Row ToRow() const;

 private:
  RowView(const RowLayout* layout, std::string_view bytes) : layout_(layout), bytes_(bytes) {}
  const RowLayout* layout_ = nullptr;
  std::string_view bytes_;
};

// The same row with `_deleted` set: a tombstone keeps all values.
std::string AsTombstone(std::string_view row_bytes);

}  // namespace kalamdb::types
