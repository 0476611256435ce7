// SPDX-License-Identifier: Apache-2.0
#include "types/key_codec.h"

#include <bit>
#include <cmath>
#include <limits>

#include "base/check.h"
#include "types/byte_order.h"

namespace kalamdb::types {

namespace {

constexpr uint64_t kSignBit = uint64_t{1} << 63;
constexpr char kEscapedNul = '\xFF';  // After 00: a NUL of the text itself.
constexpr char kTerminator =
    '\x01';  // After 00: the end. Below every escape, so prefixes sort first.
constexpr size_t kUuidBytes = 16;

// One bit pattern for each value: values that are equal must have equal keys.
uint64_t CanonicalBits(double value) {
  if (std::isnan(value)) {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (value == 0) {
    value = 0;  // -0.0 too.
  }
  return std::bit_cast<uint64_t>(value);
}

uint64_t OrderedBits(double value) {
  const uint64_t bits = CanonicalBits(value);
  return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
}

Status Malformed(std::string_view what) {
  return Corruption("key: malformed " + std::string(what));
}

}  // namespace

void AppendKeyString(std::string_view text, std::string* out) {
  for (size_t nul = text.find('\0'); nul != std::string_view::npos; nul = text.find('\0')) {
    out->append(text.substr(0, nul + 1));
    out->push_back(kEscapedNul);
    text.remove_prefix(nul + 1);
  }
  out->append(text);
  out->push_back('\0');
  out->push_back(kTerminator);
}

void AppendKeyU32(uint32_t value, std::string* out) { AppendBig(value, out); }

void AppendKeyU64(uint64_t value, std::string* out) { AppendBig(value, out); }

void AppendKeyValue(const Value& value, TypeId type, std::string* out) {
  KALAMDB_CHECK(IsKindOf(value, type));
  switch (type) {
    case TypeId::kBoolean:
      out->push_back(value.AsBool() ? '\1' : '\0');
      return;
    case TypeId::kSmallInt:
    case TypeId::kInt:
    case TypeId::kBigInt:
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
    case TypeId::kDate:
    case TypeId::kTime:
      AppendBig(static_cast<uint64_t>(value.AsInt()) ^ kSignBit, out);
      return;
    case TypeId::kFloat:
    case TypeId::kDouble:
      AppendBig(OrderedBits(value.AsDouble()), out);
      return;
    case TypeId::kDecimal:
    case TypeId::kHugeInt: {
      const auto bits = static_cast<UInt128>(value.AsInt128());
      AppendBig(static_cast<uint64_t>(bits >> 64) ^ kSignBit, out);
      AppendBig(static_cast<uint64_t>(bits), out);
      return;
    }
    case TypeId::kUuid:
      out->append(value.AsString());
      return;
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kBytes:
    case TypeId::kEmbedding:
    case TypeId::kFile:
      AppendKeyString(value.AsString(), out);
      return;
  }
  KALAMDB_CHECK(false);
}

void AppendPrimaryKey(const Schema& schema, std::span<const Value> row, std::string* out) {
  for (const uint32_t position : schema.key) {
    AppendKeyValue(row[position], schema.columns[position].type.id, out);
  }
}

StatusOr<uint32_t> KeyReader::ReadU32() {
  if (rest_.size() < sizeof(uint32_t)) {
    return Error(Malformed("32-bit number"));
  }
  const auto value = LoadBig<uint32_t>(rest_.data());
  rest_.remove_prefix(sizeof(value));
  return value;
}

StatusOr<uint64_t> KeyReader::ReadU64() {
  if (rest_.size() < sizeof(uint64_t)) {
    return Error(Malformed("64-bit number"));
  }
  const auto value = LoadBig<uint64_t>(rest_.data());
  rest_.remove_prefix(sizeof(value));
  return value;
}

StatusOr<std::string> KeyReader::ReadString() {
  std::string text;
  for (;;) {
    const size_t nul = rest_.find('\0');
    if (nul == std::string_view::npos || nul + 1 == rest_.size()) {
      return Error(Malformed("text: no terminator"));
    }
    const char mark = rest_[nul + 1];
    text.append(rest_.substr(0, nul));
    rest_.remove_prefix(nul + 2);
    if (mark == kTerminator) {
      return text;
    }
    if (mark != kEscapedNul) {
      return Error(Malformed("text: unknown escape"));
    }
    text.push_back('\0');
  }
}

StatusOr<Value> KeyReader::ReadValue(TypeId type) {
  switch (type) {
    case TypeId::kBoolean: {
      if (rest_.empty() || static_cast<uint8_t>(rest_[0]) > 1) {
        return Error(Malformed("BOOLEAN"));
      }
      const bool value = rest_[0] == '\1';
      rest_.remove_prefix(1);
      return Value(value);
    }
    case TypeId::kSmallInt:
    case TypeId::kInt:
    case TypeId::kBigInt:
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
    case TypeId::kDate:
    case TypeId::kTime: {
      KALAMDB_ASSIGN_OR_RETURN(const uint64_t bits, ReadU64());
      return Value(static_cast<int64_t>(bits ^ kSignBit));
    }
    case TypeId::kFloat:
    case TypeId::kDouble: {
      KALAMDB_ASSIGN_OR_RETURN(const uint64_t ordered, ReadU64());
      const uint64_t bits = (ordered & kSignBit) != 0 ? ordered & ~kSignBit : ~ordered;
      const auto value = std::bit_cast<double>(bits);
      if (CanonicalBits(value) != bits) {
        return Error(Malformed("DOUBLE"));
      }
      return Value(value);
    }
    case TypeId::kDecimal:
    case TypeId::kHugeInt: {
      KALAMDB_ASSIGN_OR_RETURN(const uint64_t high, ReadU64());
      KALAMDB_ASSIGN_OR_RETURN(const uint64_t low, ReadU64());
      return Value(static_cast<Int128>((static_cast<UInt128>(high ^ kSignBit) << 64) | low));
    }
    case TypeId::kUuid: {
      if (rest_.size() < kUuidBytes) {
        return Error(Malformed("UUID"));
      }
      Value value(rest_.substr(0, kUuidBytes));
      rest_.remove_prefix(kUuidBytes);
      return value;
    }
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kBytes:
    case TypeId::kEmbedding:
    case TypeId::kFile: {
      KALAMDB_ASSIGN_OR_RETURN(std::string text, ReadString());
      return Value(std::move(text));
    }
  }
  return Error(Malformed("value: unknown type"));
}

std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xFF') {
    end.pop_back();
  }
  if (!end.empty()) {
    end.back() = static_cast<char>(static_cast<uint8_t>(end.back()) + 1);
  }
  return end;
}

}  // namespace kalamdb::types
