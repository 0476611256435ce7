// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "types/byte_order.h"
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

// True when values stored as `written` can be read as `reading` without rewriting rows and without
// losing anything: the type changes that ALTER TABLE may allow.
bool CanReadAs(const DataType& written, const DataType& reading);

// Where the columns of a *reading* schema are in rows written with a *written* schema: the way old
// rows are read through the current schema. Immutable after construction.
class RowLayout {
 public:
  struct Slot {
    enum class Kind : uint8_t { kAbsent, kFixed, kVariable };
    Kind kind = Kind::kAbsent;
    uint8_t width = 0;      // kFixed: bytes.
    bool converts = false;  // Stored in another form than the reading type has.
    uint8_t scale_up = 0;   // Read as DECIMAL: powers of ten to multiply by.
    TypeId written_type = TypeId::kText;
    TypeId read_type = TypeId::kText;
    uint32_t null_bit = 0;  // Position in the null bitmap.
    uint32_t offset = 0;    // kFixed: from the start of the row. kVariable: number of the column.
    Value missing;          // kAbsent: what the column reads as.
  };

  // Columns that `written` lacks read as their literal default in `reading`, else as NULL.
  // Precondition: CanReadAs() for every column that both have.
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
  // `versions` in ascending order; the last is the reading schema. A row older than a column reads
  // the default that the column was added with: a later SET DEFAULT is for new rows only.
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

  using Slot = RowLayout::Slot;
  const Slot& SlotOf(size_t column) const { return layout_->slots()[column]; }
  // Little-endian integer of 2, 4 or 8 bytes.
  int64_t StoredInt(const Slot& slot) const;
  int64_t IntConverted(const Slot& slot) const;
  double DoubleConverted(const Slot& slot) const;
  Int128 DecimalConverted(const Slot& slot) const;

  const RowLayout* layout_ = nullptr;
  std::string_view bytes_;  // Checked by Open(): all offsets inside are in bounds.
};

// The `_deleted` flag of a stored row.
inline bool IsTombstone(std::string_view row_bytes) {
  return row_bytes.size() > 1 && (static_cast<uint8_t>(row_bytes[1]) & 1u) != 0;
}
// The same row with `_deleted` set: a tombstone keeps all values.
std::string AsTombstone(std::string_view row_bytes);

inline int64_t RowView::StoredInt(const Slot& slot) const {
  const char* at = bytes_.data() + slot.offset;
  switch (slot.width) {
    case 8:
      return static_cast<int64_t>(LoadLittle<uint64_t>(at));
    case 4:
      return static_cast<int32_t>(LoadLittle<uint32_t>(at));
    default:
      return static_cast<int16_t>(LoadLittle<uint16_t>(at));
  }
}

inline bool RowView::Bool(size_t column) const {
  const Slot& slot = SlotOf(column);
  if (slot.kind == Slot::Kind::kAbsent) [[unlikely]] {
    return slot.missing.AsBool();
  }
  return bytes_[slot.offset] != 0;
}

inline int64_t RowView::Int(size_t column) const {
  const Slot& slot = SlotOf(column);
  if (slot.kind == Slot::Kind::kAbsent || slot.converts) [[unlikely]] {
    return IntConverted(slot);
  }
  return StoredInt(slot);
}

inline double RowView::Double(size_t column) const {
  const Slot& slot = SlotOf(column);
  if (slot.kind == Slot::Kind::kAbsent || slot.converts) [[unlikely]] {
    return DoubleConverted(slot);
  }
  const char* at = bytes_.data() + slot.offset;
  return slot.width == sizeof(double) ? std::bit_cast<double>(LoadLittle<uint64_t>(at))
                                      : std::bit_cast<float>(LoadLittle<uint32_t>(at));
}

inline Int128 RowView::Decimal(size_t column) const {
  const Slot& slot = SlotOf(column);
  if (slot.kind == Slot::Kind::kAbsent || slot.converts) [[unlikely]] {
    return DecimalConverted(slot);
  }
  return LoadLittle128(bytes_.data() + slot.offset);
}

inline std::string_view RowView::Bytes(size_t column) const {
  const Slot& slot = SlotOf(column);
  if (slot.kind == Slot::Kind::kVariable) [[likely]] {
    const char* ends = bytes_.data() + layout_->offsets_start();
    const uint32_t begin =
        slot.offset == 0 ? 0 : LoadLittle<uint32_t>(ends + (slot.offset - 1) * sizeof(uint32_t));
    const uint32_t end = LoadLittle<uint32_t>(ends + slot.offset * sizeof(uint32_t));
    return bytes_.substr(layout_->variable_start() + begin, end - begin);
  }
  return slot.kind == Slot::Kind::kFixed ? bytes_.substr(slot.offset, slot.width)
                                         : std::string_view(slot.missing.AsString());
}

}  // namespace kalamdb::types
