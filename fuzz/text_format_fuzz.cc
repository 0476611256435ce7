// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "types/coerce.h"
#include "types/json_codec.h"
#include "types/text_format.h"

namespace kalamdb::types {
namespace {

constexpr std::array kTypes = {
    TypeId::kBoolean,   TypeId::kSmallInt, TypeId::kInt,  TypeId::kBigInt, TypeId::kFloat,
    TypeId::kDouble,    TypeId::kDecimal,  TypeId::kText, TypeId::kBytes,  TypeId::kTimestamp,
    TypeId::kDate,      TypeId::kDateTime, TypeId::kTime, TypeId::kUuid,   TypeId::kJson,
    TypeId::kEmbedding, TypeId::kFile,
};

DataType FullType(TypeId id, uint8_t shape) {
  DataType type = TypeOf(id);
  if (id == TypeId::kDecimal) {
    type.precision = static_cast<uint8_t>(1 + shape % 38);
    type.scale = static_cast<uint8_t>(shape / 38 % (type.precision + 1));
  } else if (id == TypeId::kEmbedding) {
    type.dimension = 1 + shape % 4u;
  }
  return type;
}

// What a column accepts as text it also writes as text, and reads back as the same value.
void RoundTrip(std::string_view text, const DataType& type) {
  Column column;
  column.name = "x";
  column.type = type;
  const DataType from = TypeOf(TypeId::kText);
  const auto value = CoerceToColumn(Value(text), from, column);
  if (!value.has_value()) {
    KALAMDB_CHECK(value.error().code() == StatusCode::kConstraintViolation);
    KALAMDB_CHECK(IsCleanUtf8(value.error().message()));
    return;
  }
  const auto again = CoerceToColumn(Value(FormatValue(*value, type)), from, column);
  KALAMDB_CHECK(again.has_value() && *again == *value);
  std::string json;
  AppendJsonValue(*value, type, &json);
  KALAMDB_CHECK(IsWellFormedJson(json));
}

}  // namespace
}  // namespace kalamdb::types

// The first two bytes choose the type; the rest is the text.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kalamdb::types;
  if (size < 2) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  RoundTrip(text, FullType(kTypes[data[0] % kTypes.size()], data[1]));
  return 0;
}
