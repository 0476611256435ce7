// SPDX-License-Identifier: Apache-2.0
#include "types/row_codec.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "types/coerce.h"
#include "types/text_format.h"

namespace kalamdb::types {

namespace {

constexpr char kRowFormat = 1;
constexpr uint8_t kDeletedFlag = 1;

// Bytes in the fixed part; 0 for variable-width types.
uint8_t FixedWidth(TypeId id) {
  switch (id) {
    case TypeId::kBoolean:
      return 1;
    case TypeId::kSmallInt:
      return 2;
    case TypeId::kInt:
    case TypeId::kFloat:
    case TypeId::kDate:
      return 4;
    case TypeId::kBigInt:
    case TypeId::kDouble:
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
    case TypeId::kTime:
      return 8;
    case TypeId::kUuid:
    case TypeId::kDecimal:
    case TypeId::kHugeInt:
      return 16;
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kBytes:
    case TypeId::kEmbedding:
    case TypeId::kFile:
      return 0;
  }
  return 0;
}

// Digits that every value of an integer type fits in.
int IntegerDigits(TypeId id) {
  return id == TypeId::kSmallInt ? 5 : (id == TypeId::kInt ? 10 : 19);
}

bool IntegerCanReadAs(TypeId written, const DataType& reading) {
  switch (reading.id) {
    case TypeId::kInt:
    case TypeId::kBigInt:
      return FixedWidth(written) <= FixedWidth(reading.id);
    case TypeId::kFloat:
      return written == TypeId::kSmallInt;
    case TypeId::kDouble:
      return written != TypeId::kBigInt;
    case TypeId::kDecimal:
      return reading.precision - reading.scale >= IntegerDigits(written);
    default:
      return false;
  }
}

// Another representation than `reading` has, so that the readers must compute.
bool NeedsConversion(TypeId written, TypeId reading) {
  if (IsInteger(written) && IsInteger(reading)) {
    return false;  // The width of the slot says it all.
  }
  if (IsFloating(written) && IsFloating(reading)) {
    return false;
  }
  return IsInteger(written) ? !IsInteger(reading)
                            : written == TypeId::kDate && IsTimestamp(reading);
}

template <class Narrow>
void StoreInt(int64_t value, char* to) {
  KALAMDB_CHECK(std::in_range<Narrow>(value));  // Coercion to the column has made sure.
  StoreLittle(static_cast<std::make_unsigned_t<Narrow>>(value), to);
}

void StoreFixed(const Value& value, TypeId id, char* to) {
  KALAMDB_CHECK(IsKindOf(value, id));
  switch (id) {
    case TypeId::kBoolean:
      *to = value.AsBool() ? '\1' : '\0';
      return;
    case TypeId::kSmallInt:
      StoreInt<int16_t>(value.AsInt(), to);
      return;
    case TypeId::kInt:
    case TypeId::kDate:
      StoreInt<int32_t>(value.AsInt(), to);
      return;
    case TypeId::kBigInt:
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
    case TypeId::kTime:
      StoreInt<int64_t>(value.AsInt(), to);
      return;
    case TypeId::kFloat:
      StoreLittle(std::bit_cast<uint32_t>(static_cast<float>(value.AsDouble())), to);
      return;
    case TypeId::kDouble:
      StoreLittle(std::bit_cast<uint64_t>(value.AsDouble()), to);
      return;
    case TypeId::kDecimal:
    case TypeId::kHugeInt:
      StoreLittle128(value.AsInt128(), to);
      return;
    case TypeId::kUuid:
      std::memcpy(to, value.AsString().data(), value.AsString().size());
      return;
    default:
      KALAMDB_CHECK(false);
  }
}

size_t BitmapBytes(size_t column_count) { return (column_count + 7) / 8; }

}  // namespace

bool CanReadAs(const DataType& written, const DataType& reading) {
  if (written == reading) {
    return true;
  }
  if (IsInteger(written.id)) {
    return IntegerCanReadAs(written.id, reading);
  }
  switch (written.id) {
    case TypeId::kFloat:
      return reading.id == TypeId::kDouble;
    case TypeId::kDecimal:
      return reading.id == TypeId::kDecimal && reading.scale >= written.scale &&
             reading.precision - reading.scale >= written.precision - written.scale;
    case TypeId::kDate:
      return IsTimestamp(reading.id);
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
      return IsTimestamp(reading.id);
    case TypeId::kJson:
    case TypeId::kFile:
      return reading.id == TypeId::kText || reading.id == TypeId::kJson;
    default:
      return false;
  }
}

RowLayout::RowLayout(const Schema& written, const Schema& reading)
    : schema_version_(written.version) {
  std::unordered_map<uint32_t, uint32_t> position_of;  // Column id to position in `written`.
  std::vector<uint32_t> offsets;                       // As Slot::offset, in written order.
  auto at = static_cast<uint32_t>(kRowHeaderBytes + BitmapBytes(written.columns.size()));
  for (const Column& column : written.columns) {
    const uint8_t width = FixedWidth(column.type.id);
    position_of.emplace(column.id, static_cast<uint32_t>(offsets.size()));
    offsets.push_back(width == 0 ? variable_count_++ : at);
    at += width;
  }
  offsets_start_ = at;
  variable_start_ = at + variable_count_ * static_cast<uint32_t>(sizeof(uint32_t));

  slots_.reserve(reading.columns.size());
  for (const Column& column : reading.columns) {
    Slot& slot = slots_.emplace_back();
    slot.read_type = column.type.id;
    const auto found = position_of.find(column.id);
    if (found == position_of.end()) {
      slot.written_type = slot.read_type;
      slot.missing = column.default_value.kind == DefaultKind::kLiteral
                         ? column.default_value.literal
                         : Value::Null();
      continue;
    }
    const DataType& stored = written.columns[found->second].type;
    KALAMDB_CHECK(CanReadAs(stored, column.type));
    slot.written_type = stored.id;
    slot.width = FixedWidth(stored.id);
    slot.kind = slot.width == 0 ? Slot::Kind::kVariable : Slot::Kind::kFixed;
    slot.null_bit = found->second;
    slot.offset = offsets[found->second];
    slot.converts = NeedsConversion(stored.id, column.type.id);
    if (column.type.id == TypeId::kDecimal) {
      slot.scale_up = static_cast<uint8_t>(column.type.scale - stored.scale);
      slot.converts = slot.converts || slot.scale_up > 0;
    }
  }
}

TableLayout::TableLayout(std::span<const Schema> versions) {
  KALAMDB_CHECK(!versions.empty());
  Schema reading = versions.back();
  for (Column& column : reading.columns) {
    for (const Schema& version : versions) {
      const auto first = std::ranges::find(version.columns, column.id, &Column::id);
      if (first == version.columns.end()) {
        continue;
      }
      column.default_value = first->default_value;
      if (first->default_value.kind == DefaultKind::kLiteral && first->type != column.type) {
        auto literal = CoerceToColumn(first->default_value.literal, first->type, column);
        KALAMDB_CHECK(literal.has_value());  // CanReadAs() types lose nothing.
        column.default_value.literal = *std::move(literal);
      }
      break;
    }
  }
  layouts_.reserve(versions.size());
  for (const Schema& version : versions) {
    KALAMDB_CHECK(layouts_.empty() || layouts_.back().schema_version() < version.version);
    layouts_.emplace_back(version, reading);
  }
}

const RowLayout* TableLayout::Find(uint32_t version) const {
  if (layouts_.back().schema_version() == version) [[likely]] {
    return &layouts_.back();
  }
  const auto found = std::ranges::lower_bound(layouts_, version, {}, &RowLayout::schema_version);
  return found != layouts_.end() && found->schema_version() == version ? &*found : nullptr;
}

void EncodeRow(const Schema& schema, std::span<const Value> row, bool is_deleted,
               std::string* out) {
  KALAMDB_CHECK(row.size() == schema.columns.size());
  size_t fixed_bytes = kRowHeaderBytes + BitmapBytes(row.size());
  size_t variable_bytes = 0;
  size_t variable_count = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    const uint8_t width = FixedWidth(schema.columns[i].type.id);
    fixed_bytes += width;
    if (width == 0) {
      ++variable_count;
      variable_bytes += row[i].is_null() ? 0 : row[i].AsString().size();
    }
  }
  KALAMDB_CHECK(variable_bytes <= std::numeric_limits<uint32_t>::max());

  const size_t start = out->size();
  const size_t variable_start = fixed_bytes + variable_count * sizeof(uint32_t);
  out->resize(start + variable_start + variable_bytes);
  char* const base = out->data() + start;
  base[0] = kRowFormat;
  base[1] = static_cast<char>(is_deleted ? kDeletedFlag : 0);
  StoreLittle(schema.version, base + 4);
  char* fixed = base + kRowHeaderBytes + BitmapBytes(row.size());
  char* ends = base + fixed_bytes;
  char* variable = base + variable_start;
  for (size_t i = 0; i < row.size(); ++i) {
    const TypeId id = schema.columns[i].type.id;
    const uint8_t width = FixedWidth(id);
    if (row[i].is_null()) {
      char& byte = base[kRowHeaderBytes + i / 8];
      byte = static_cast<char>(static_cast<uint8_t>(byte) | (1u << (i % 8)));
    } else if (width != 0) {
      StoreFixed(row[i], id, fixed);
    } else {
      const std::string& text = row[i].AsString();
      std::memcpy(variable, text.data(), text.size());
      variable += text.size();
    }
    fixed += width;
    if (width == 0) {
      StoreLittle(static_cast<uint32_t>(variable - (base + variable_start)), ends);
      ends += sizeof(uint32_t);
    }
  }
}

StatusOr<RowView> RowView::Open(const TableLayout& layout, std::string_view bytes) {
  if (bytes.size() < kRowHeaderBytes || bytes[0] != kRowFormat ||
      static_cast<uint8_t>(bytes[1]) > kDeletedFlag || bytes[2] != 0 || bytes[3] != 0) {
    return Error(Corruption("row: not a row header"));
  }
  const auto version = LoadLittle<uint32_t>(bytes.data() + 4);
  const RowLayout* const found = layout.Find(version);
  if (found == nullptr) {
    return Error(Corruption("row: unknown schema version " + std::to_string(version)));
  }
  if (bytes.size() < found->variable_start()) {
    return Error(Corruption("row: shorter than its fixed part"));
  }
  const char* ends = bytes.data() + found->offsets_start();
  uint32_t previous = 0;
  for (uint32_t i = 0; i < found->variable_count(); ++i) {
    const auto end = LoadLittle<uint32_t>(ends + i * sizeof(uint32_t));
    if (end < previous) {
      return Error(Corruption("row: descending offsets"));
    }
    previous = end;
  }
  if (bytes.size() - found->variable_start() != previous) {
    return Error(Corruption("row: length and last offset differ"));
  }
  return RowView(found, bytes);
}

int64_t RowView::IntConverted(const Slot& slot) const {
  if (slot.kind == Slot::Kind::kAbsent) {
    return slot.missing.AsInt();
  }
  // DATE read as TIMESTAMP. Days of a column are in the range of years 1 to 9999; damaged ones
  // must not overflow.
  return std::clamp(StoredInt(slot), kDateMin, kDateMax) * kMicrosPerDay;
}

double RowView::DoubleConverted(const Slot& slot) const {
  return slot.kind == Slot::Kind::kAbsent ? slot.missing.AsDouble()
                                          : static_cast<double>(StoredInt(slot));
}

Int128 RowView::DecimalConverted(const Slot& slot) const {
  if (slot.kind == Slot::Kind::kAbsent) {
    return slot.missing.AsInt128();
  }
  const Int128 stored = slot.written_type == TypeId::kDecimal
                            ? LoadLittle128(bytes_.data() + slot.offset)
                            : static_cast<Int128>(StoredInt(slot));
  // Unsigned: a damaged number wraps instead of overflowing.
  return static_cast<Int128>(static_cast<UInt128>(stored) *
                             static_cast<UInt128>(PowerOfTen(slot.scale_up)));
}

Value RowView::ToValue(size_t column) const {
  const Slot& slot = SlotOf(column);
  if (slot.kind == Slot::Kind::kAbsent) {
    return slot.missing;
  }
  if (IsNull(column)) {
    return Value::Null();
  }
  switch (slot.read_type) {
    case TypeId::kBoolean:
      return Value(Bool(column));
    case TypeId::kFloat:
    case TypeId::kDouble:
      return Value(Double(column));
    case TypeId::kDecimal:
    case TypeId::kHugeInt:
      return Value(Decimal(column));
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kBytes:
    case TypeId::kEmbedding:
    case TypeId::kUuid:
    case TypeId::kFile:
      return Value(Bytes(column));
    default:
      return Value(Int(column));
  }
}

Row RowView::ToRow() const {
  Row row;
  row.reserve(layout_->slots().size());
  for (size_t i = 0; i < layout_->slots().size(); ++i) {
    row.push_back(ToValue(i));
  }
  return row;
}

std::string AsTombstone(std::string_view row_bytes) {
  KALAMDB_CHECK(row_bytes.size() >= kRowHeaderBytes && row_bytes[0] == kRowFormat);
  std::string tombstone(row_bytes);
  tombstone[1] = static_cast<char>(static_cast<uint8_t>(tombstone[1]) | kDeletedFlag);
  return tombstone;
}

}  // namespace kalamdb::types
