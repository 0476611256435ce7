// SPDX-License-Identifier: Apache-2.0
#include "types/json_codec.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "types/byte_order.h"
#include "types/text_format.h"

namespace kalamdb::types {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr uint64_t kEveryByte = 0x0101010101010101u;
constexpr uint64_t kHighBits = kEveryByte * 0x80;

bool NeedsEscape(char c) { return static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\'; }

// High bit of each byte of `word` that is zero; exact up to and including the first such byte.
constexpr uint64_t ZeroBytes(uint64_t word) { return (word - kEveryByte) & ~word & kHighBits; }

// False only when none of the eight bytes needs an escape.
bool MayNeedEscape(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  // Below 0x20 exactly when the upper three bits are zero.
  return (ZeroBytes(word & (kEveryByte * 0xE0)) | ZeroBytes(word ^ (kEveryByte * '"')) |
          ZeroBytes(word ^ (kEveryByte * '\\'))) != 0;
}

// Position of the first byte at or after `from` that needs an escape, or text.size().
size_t FindEscape(std::string_view text, size_t from) {
  while (from + sizeof(uint64_t) <= text.size() && !MayNeedEscape(text.data() + from)) {
    from += sizeof(uint64_t);
  }
  while (from < text.size() && !NeedsEscape(text[from])) {
    ++from;
  }
  return from;
}

void AppendEscape(char c, std::string* out) {
  switch (c) {
    case '"':
      *out += "\\\"";
      return;
    case '\\':
      *out += "\\\\";
      return;
    case '\b':
      *out += "\\b";
      return;
    case '\f':
      *out += "\\f";
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    default:
      *out += "\\u00";
      out->push_back(kHexDigits[static_cast<uint8_t>(c) >> 4]);
      out->push_back(kHexDigits[static_cast<uint8_t>(c) & 15]);
  }
}

void AppendQuotedInt(int64_t value, std::string* out) {
  out->push_back('"');
  AppendInt64(value, out);
  out->push_back('"');
}

void AppendInt(int64_t value, TypeId id, std::string* out) {
  if (id == TypeId::kBigInt) {
    AppendQuotedInt(value, out);
  } else {
    AppendInt64(value, out);
  }
}

void AppendFloating(double value, TypeId id, std::string* out) {
  const bool is_text = !std::isfinite(value);
  if (is_text) {
    out->push_back('"');
  }
  if (id == TypeId::kFloat) {
    AppendFloat(static_cast<float>(value), out);
  } else {
    AppendDouble(value, out);
  }
  if (is_text) {
    out->push_back('"');
  }
}

void AppendInt128(Int128 value, const DataType& type, std::string* out) {
  out->push_back('"');
  AppendDecimal(value, type.id == TypeId::kDecimal ? type.scale : 0, out);
  out->push_back('"');
}

void AppendByteArray(std::string_view bytes, std::string* out) {
  out->push_back('[');
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0) {
      out->push_back(',');
    }
    AppendInt64(static_cast<uint8_t>(bytes[i]), out);
  }
  out->push_back(']');
}

// Each element as the double it equals, as clients of the wire format expect.
void AppendFloatArray(std::string_view bytes, std::string* out) {
  out->push_back('[');
  for (size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
    if (at > 0) {
      out->push_back(',');
    }
    const auto element = std::bit_cast<float>(LoadLittle<uint32_t>(bytes.data() + at));
    AppendFloating(element, TypeId::kDouble, out);
  }
  out->push_back(']');
}

void AppendBytes(std::string_view bytes, TypeId id, std::string* out) {
  switch (id) {
    case TypeId::kBytes:
      AppendByteArray(bytes, out);
      return;
    case TypeId::kEmbedding:
      AppendFloatArray(bytes, out);
      return;
    case TypeId::kUuid:
      out->push_back('"');
      AppendUuid(bytes, out);
      out->push_back('"');
      return;
    default:
      AppendJsonString(bytes, out);
  }
}

}  // namespace

void AppendJsonString(std::string_view text, std::string* out) {
  out->push_back('"');
  size_t done = 0;
  for (;;) {
    const size_t escape = FindEscape(text, done);
    out->append(text.data() + done, escape - done);
    if (escape == text.size()) {
      break;
    }
    AppendEscape(text[escape], out);
    done = escape + 1;
  }
  out->push_back('"');
}

void AppendJsonValue(const Value& value, const DataType& type, std::string* out) {
  if (value.is_null()) {
    *out += "null";
    return;
  }
  KALAMDB_DCHECK(IsKindOf(value, type.id));
  if (value.is_int()) {
    AppendInt(value.AsInt(), type.id, out);
  } else if (value.is_string()) {
    AppendBytes(value.AsString(), type.id, out);
  } else if (value.is_double()) {
    AppendFloating(value.AsDouble(), type.id, out);
  } else if (value.is_bool()) {
    *out += value.AsBool() ? "true" : "false";
  } else {
    AppendInt128(value.AsInt128(), type, out);
  }
}

void AppendJsonColumn(const RowView& row, size_t column, const DataType& type, std::string* out) {
  if (row.IsNull(column)) {
    *out += "null";
    return;
  }
  switch (type.id) {
    case TypeId::kBoolean:
      *out += row.Bool(column) ? "true" : "false";
      return;
    case TypeId::kSmallInt:
    case TypeId::kInt:
    case TypeId::kBigInt:
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
    case TypeId::kDate:
    case TypeId::kTime:
      AppendInt(row.Int(column), type.id, out);
      return;
    case TypeId::kFloat:
    case TypeId::kDouble:
      AppendFloating(row.Double(column), type.id, out);
      return;
    case TypeId::kDecimal:
    case TypeId::kHugeInt:
      AppendInt128(row.Decimal(column), type, out);
      return;
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kBytes:
    case TypeId::kEmbedding:
    case TypeId::kUuid:
    case TypeId::kFile:
      AppendBytes(row.Bytes(column), type.id, out);
      return;
  }
  KALAMDB_CHECK(false);
}

}  // namespace kalamdb::types
