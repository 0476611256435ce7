// SPDX-License-Identifier: Apache-2.0
#include "types/schema.h"

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "base/check.h"
#include "base/limits.h"
#include "types/byte_order.h"

namespace kalamdb::types {

namespace {

// Stored form of a schema. Integers little-endian; text is a u32 length and the bytes.
//   u8 format, 1;  u32 version;  u32 number of columns, then for each:
//     u32 id, text name, u8 type, u8 precision, u8 scale, u32 dimension,
//     u8 flags (bit 0 nullable, bit 1 hidden), u8 default kind, value literal, text expression
//   u32 number of key columns, then a u32 position for each
// A value is a u8 kind (0 NULL, 1 bool, 2 int64, 3 double, 4 int128, 5 text) and its content.
constexpr uint8_t kSchemaFormat = 1;
constexpr uint8_t kNullableFlag = 1;
constexpr uint8_t kHiddenFlag = 2;
constexpr uint8_t kDecimalPrecisionMax = 38;

enum class StoredKind : uint8_t {
  kNull = 0,
  kBool = 1,
  kInt = 2,
  kDouble = 3,
  kInt128 = 4,
  kText = 5,
};

char LowerChar(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

void AppendByte(uint8_t byte, std::string* out) { out->push_back(static_cast<char>(byte)); }

void AppendText(std::string_view text, std::string* out) {
  AppendLittle(static_cast<uint32_t>(text.size()), out);
  out->append(text);
}

void AppendKind(StoredKind kind, std::string* out) { AppendByte(static_cast<uint8_t>(kind), out); }

void AppendValue(const Value& value, std::string* out) {
  if (value.is_null()) {
    AppendKind(StoredKind::kNull, out);
  } else if (value.is_bool()) {
    AppendKind(StoredKind::kBool, out);
    AppendByte(value.AsBool() ? 1 : 0, out);
  } else if (value.is_int()) {
    AppendKind(StoredKind::kInt, out);
    AppendLittle(static_cast<uint64_t>(value.AsInt()), out);
  } else if (value.is_double()) {
    AppendKind(StoredKind::kDouble, out);
    AppendLittle(std::bit_cast<uint64_t>(value.AsDouble()), out);
  } else if (value.is_int128()) {
    AppendKind(StoredKind::kInt128, out);
    char bytes[sizeof(Int128)];
    StoreLittle128(value.AsInt128(), bytes);
    out->append(bytes, sizeof(bytes));
  } else {
    AppendKind(StoredKind::kText, out);
    AppendText(value.AsString(), out);
  }
}

// Reads the form above front to back. After a failed read, ok() is false for good and every further
// read gives zeros.
class SchemaReader {
 public:
  explicit SchemaReader(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

  uint8_t Byte() {
    const std::string_view bytes = Take(1);
    return bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]);
  }
  uint32_t U32() {
    const std::string_view bytes = Take(sizeof(uint32_t));
    return bytes.empty() ? 0 : LoadLittle<uint32_t>(bytes.data());
  }
  uint64_t U64() {
    const std::string_view bytes = Take(sizeof(uint64_t));
    return bytes.empty() ? 0 : LoadLittle<uint64_t>(bytes.data());
  }
  std::string_view Text() { return Take(U32()); }

  Value Literal() {
    switch (static_cast<StoredKind>(Byte())) {
      case StoredKind::kNull:
        return Value::Null();
      case StoredKind::kBool:
        return Value(Byte() != 0);
      case StoredKind::kInt:
        return Value(static_cast<int64_t>(U64()));
      case StoredKind::kDouble:
        return Value(std::bit_cast<double>(U64()));
      case StoredKind::kInt128: {
        const std::string_view bytes = Take(sizeof(Int128));
        return bytes.empty() ? Value::Null() : Value(LoadLittle128(bytes.data()));
      }
      case StoredKind::kText:
        return Value(Text());
    }
    ok_ = false;
    return Value::Null();
  }

 private:
  // Exactly `count` bytes, or nothing when there are fewer.
  std::string_view Take(size_t count) {
    if (!ok_ || rest_.size() < count) {
      ok_ = false;
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  std::string_view rest_;
  bool ok_ = true;
};

bool IsColumnType(const DataType& type) {
  switch (type.id) {
    case TypeId::kDecimal:
      return type.precision >= 1 && type.precision <= kDecimalPrecisionMax &&
             type.scale <= type.precision && type.dimension == 0;
    case TypeId::kEmbedding:
      return type.dimension >= 1 && type.dimension <= limits::kEmbeddingMax &&
             type.precision == 0 && type.scale == 0;
    case TypeId::kBoolean:
    case TypeId::kInt:
    case TypeId::kBigInt:
    case TypeId::kDouble:
    case TypeId::kFloat:
    case TypeId::kText:
    case TypeId::kTimestamp:
    case TypeId::kDate:
    case TypeId::kDateTime:
    case TypeId::kTime:
    case TypeId::kJson:
    case TypeId::kBytes:
    case TypeId::kUuid:
    case TypeId::kSmallInt:
    case TypeId::kFile:
      return type.precision == 0 && type.scale == 0 && type.dimension == 0;
    case TypeId::kHugeInt:
      return false;
  }
  return false;
}

Column ReadColumn(SchemaReader& reader) {
  Column column;
  column.id = reader.U32();
  column.name = reader.Text();
  column.type.id = static_cast<TypeId>(reader.Byte());
  column.type.precision = reader.Byte();
  column.type.scale = reader.Byte();
  column.type.dimension = reader.U32();
  const uint8_t flags = reader.Byte();
  column.is_nullable = (flags & kNullableFlag) != 0;
  column.is_hidden = (flags & kHiddenFlag) != 0;
  column.default_value.kind = static_cast<DefaultKind>(reader.Byte());
  column.default_value.literal = reader.Literal();
  column.default_value.expression = reader.Text();
  return column;
}

bool IsSound(const Column& column) {
  const Value& literal = column.default_value.literal;
  return column.id != 0 && !column.name.empty() && IsColumnType(column.type) &&
         column.default_value.kind <= DefaultKind::kExpression &&
         (literal.is_null() || (column.default_value.kind == DefaultKind::kLiteral &&
                                IsKindOf(literal, column.type.id)));
}

// What EncodeSchema guarantees and readers of rows and keys rely on.
bool IsSound(const Schema& schema) {
  std::unordered_set<uint32_t> ids;
  std::unordered_set<std::string> names;
  for (const Column& column : schema.columns) {
    if (!IsSound(column) || !ids.insert(column.id).second ||
        !names.insert(AsciiLower(column.name)).second) {
      return false;
    }
  }
  std::unordered_set<uint32_t> positions;
  for (const uint32_t position : schema.key) {
    if (position >= schema.columns.size() || !positions.insert(position).second) {
      return false;
    }
  }
  return !positions.empty();
}

}  // namespace

std::optional<size_t> Schema::Find(std::string_view name) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (EqualsIgnoreCase(columns[i].name, name)) {
      return i;
    }
  }
  return std::nullopt;
}

bool Schema::IsKey(size_t position) const { return std::ranges::find(key, position) != key.end(); }

std::optional<SystemColumn> FindSystemColumn(std::string_view name) {
  if (EqualsIgnoreCase(name, kSeqName)) {
    return SystemColumn::kSeq;
  }
  if (EqualsIgnoreCase(name, kDeletedName)) {
    return SystemColumn::kDeleted;
  }
  if (EqualsIgnoreCase(name, kUpdatedName)) {
    return SystemColumn::kUpdated;
  }
  return std::nullopt;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return LowerChar(x) == LowerChar(y); });
}

std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), LowerChar);
  return lower;
}

void EncodeSchema(const Schema& schema, std::string* out) {
  KALAMDB_CHECK(IsSound(schema));
  AppendByte(kSchemaFormat, out);
  AppendLittle(schema.version, out);
  AppendLittle(static_cast<uint32_t>(schema.columns.size()), out);
  for (const Column& column : schema.columns) {
    AppendLittle(column.id, out);
    AppendText(column.name, out);
    AppendByte(static_cast<uint8_t>(column.type.id), out);
    AppendByte(column.type.precision, out);
    AppendByte(column.type.scale, out);
    AppendLittle(column.type.dimension, out);
    AppendByte(static_cast<uint8_t>((column.is_nullable ? kNullableFlag : 0) |
                                    (column.is_hidden ? kHiddenFlag : 0)),
               out);
    AppendByte(static_cast<uint8_t>(column.default_value.kind), out);
    AppendValue(column.default_value.literal, out);
    AppendText(column.default_value.expression, out);
  }
  AppendLittle(static_cast<uint32_t>(schema.key.size()), out);
  for (const uint32_t position : schema.key) {
    AppendLittle(position, out);
  }
}

StatusOr<Schema> DecodeSchema(std::string_view bytes) {
  SchemaReader reader(bytes);
  if (const uint8_t format = reader.Byte(); format != kSchemaFormat) {
    return Error(Corruption("schema: unknown format " + std::to_string(format)));
  }
  Schema schema;
  schema.version = reader.U32();
  const uint32_t column_count = reader.U32();
  for (uint32_t i = 0; i < column_count && reader.ok(); ++i) {
    schema.columns.push_back(ReadColumn(reader));
  }
  const uint32_t key_count = reader.U32();
  for (uint32_t i = 0; i < key_count && reader.ok(); ++i) {
    schema.key.push_back(reader.U32());
  }
  if (!reader.ok() || !reader.at_end()) {
    return Error(Corruption("schema: wrong length"));
  }
  if (!IsSound(schema)) {
    return Error(Corruption("schema: columns or key out of range"));
  }
  return schema;
}

}  // namespace kalamdb::types
