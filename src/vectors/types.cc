// SPDX-License-Identifier: Apache-2.0
#include "vectors/types.h"

#include <cstring>
#include <string>
#include <utility>

#include "duckdb/common/extra_type_info.hpp"
#include "duckdb/common/types/uuid.hpp"

namespace kalamdb::vectors {

namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;
using types::DataType;
using types::TypeId;

constexpr const char* kFileAlias = "FILE";
constexpr uint8_t kInt64Digits = 18;

duckdb::Value EmbeddingToDuck(const std::string& bytes) {
  duckdb::vector<duckdb::Value> elements;
  elements.reserve(bytes.size() / sizeof(float));
  for (size_t at = 0; at < bytes.size(); at += sizeof(float)) {
    float element = 0;
    std::memcpy(&element, bytes.data() + at, sizeof element);
    elements.push_back(duckdb::Value::FLOAT(element));
  }
  return duckdb::Value::ARRAY(LogicalType::FLOAT, std::move(elements));
}

std::string EmbeddingFromDuck(const duckdb::Value& value) {
  std::string bytes;
  for (const duckdb::Value& child : duckdb::ArrayValue::GetChildren(value)) {
    const float element = child.IsNull() ? 0.0F : child.GetValue<float>();
    bytes.append(reinterpret_cast<const char*>(&element), sizeof element);
  }
  return bytes;
}

}  // namespace

LogicalType ToLogicalType(const DataType& type) {
  switch (type.id) {
    case TypeId::kBoolean:
      return LogicalType::BOOLEAN;
    case TypeId::kSmallInt:
      return LogicalType::SMALLINT;
    case TypeId::kInt:
      return LogicalType::INTEGER;
    case TypeId::kBigInt:
      return LogicalType::BIGINT;
    case TypeId::kHugeInt:
      return LogicalType::HUGEINT;
    case TypeId::kFloat:
      return LogicalType::FLOAT;
    case TypeId::kDouble:
      return LogicalType::DOUBLE;
    case TypeId::kText:
      return LogicalType::VARCHAR;
    case TypeId::kTimestamp:
      return LogicalType::TIMESTAMP;
    case TypeId::kDateTime:
      return LogicalType::TIMESTAMP_TZ;
    case TypeId::kDate:
      return LogicalType::DATE;
    case TypeId::kTime:
      return LogicalType::TIME;
    case TypeId::kJson:
      return LogicalType::JSON();
    case TypeId::kBytes:
      return LogicalType::BLOB;
    case TypeId::kEmbedding:
      return LogicalType::ARRAY(LogicalType::FLOAT, type.dimension);
    case TypeId::kUuid:
      return LogicalType::UUID;
    case TypeId::kDecimal:
      return LogicalType::DECIMAL(type.precision, type.scale);
    case TypeId::kFile: {
      LogicalType file = LogicalType::VARCHAR;
      file.SetAlias(kFileAlias);
      return file;
    }
  }
  return LogicalType::VARCHAR;
}

ResultType ToResultType(const LogicalType& type) {
  const auto as = [](TypeId id) { return ResultType{.type = types::TypeOf(id), .cast = {}}; };
  const auto cast = [](TypeId id, LogicalType to) {
    return ResultType{.type = types::TypeOf(id), .cast = std::move(to)};
  };
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return as(TypeId::kBoolean);
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::UTINYINT:
      return cast(TypeId::kSmallInt, LogicalType::SMALLINT);
    case LogicalTypeId::SMALLINT:
      return as(TypeId::kSmallInt);
    case LogicalTypeId::USMALLINT:
      return cast(TypeId::kInt, LogicalType::INTEGER);
    case LogicalTypeId::INTEGER:
      return as(TypeId::kInt);
    case LogicalTypeId::UINTEGER:
      return cast(TypeId::kBigInt, LogicalType::BIGINT);
    case LogicalTypeId::BIGINT:
      return as(TypeId::kBigInt);
    case LogicalTypeId::UBIGINT:
      return cast(TypeId::kHugeInt, LogicalType::HUGEINT);
    case LogicalTypeId::HUGEINT:
      return as(TypeId::kHugeInt);
    case LogicalTypeId::FLOAT:
      return as(TypeId::kFloat);
    case LogicalTypeId::DOUBLE:
      return as(TypeId::kDouble);
    case LogicalTypeId::DATE:
      return as(TypeId::kDate);
    case LogicalTypeId::TIME:
      return as(TypeId::kTime);
    case LogicalTypeId::TIMESTAMP:
      return as(TypeId::kTimestamp);
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
      return cast(TypeId::kTimestamp, LogicalType::TIMESTAMP);
    case LogicalTypeId::TIMESTAMP_TZ:
      return as(TypeId::kDateTime);
    case LogicalTypeId::BLOB:
      return as(TypeId::kBytes);
    case LogicalTypeId::UUID:
      return as(TypeId::kUuid);
    case LogicalTypeId::DECIMAL:
      return {.type = {.id = TypeId::kDecimal,
                       .precision = duckdb::DecimalType::GetWidth(type),
                       .scale = duckdb::DecimalType::GetScale(type)},
              .cast = {}};
    case LogicalTypeId::VARCHAR:
      if (type.IsJSONType()) {
        return as(TypeId::kJson);
      }
      return as(type.HasAlias() && type.GetAlias() == kFileAlias ? TypeId::kFile : TypeId::kText);
    case LogicalTypeId::ARRAY:
      if (duckdb::ArrayType::GetChildType(type).id() == LogicalTypeId::FLOAT) {
        return {.type = {.id = TypeId::kEmbedding,
                         .dimension = static_cast<uint32_t>(duckdb::ArrayType::GetSize(type))},
                .cast = {}};
      }
      return cast(TypeId::kJson, LogicalType::JSON());
    case LogicalTypeId::LIST:
    case LogicalTypeId::STRUCT:
    case LogicalTypeId::MAP:
      return cast(TypeId::kJson, LogicalType::JSON());
    default:
      break;
  }
  return cast(TypeId::kText, LogicalType::VARCHAR);
}

duckdb::Value ToDuckValue(const types::Value& value, const DataType& type) {
  if (value.is_null()) {
    return duckdb::Value(ToLogicalType(type));
  }
  switch (type.id) {
    case TypeId::kBoolean:
      return duckdb::Value::BOOLEAN(value.AsBool());
    case TypeId::kSmallInt:
      return duckdb::Value::SMALLINT(static_cast<int16_t>(value.AsInt()));
    case TypeId::kInt:
      return duckdb::Value::INTEGER(static_cast<int32_t>(value.AsInt()));
    case TypeId::kBigInt:
      return duckdb::Value::BIGINT(value.AsInt());
    case TypeId::kHugeInt:
      return duckdb::Value::HUGEINT(ToHugeint(value.AsInt128()));
    case TypeId::kFloat:
      return duckdb::Value::FLOAT(static_cast<float>(value.AsDouble()));
    case TypeId::kDouble:
      return duckdb::Value::DOUBLE(value.AsDouble());
    case TypeId::kTimestamp:
      return duckdb::Value::TIMESTAMP(duckdb::timestamp_t(value.AsInt()));
    case TypeId::kDateTime:
      return duckdb::Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(value.AsInt()));
    case TypeId::kDate:
      return duckdb::Value::DATE(duckdb::date_t(static_cast<int32_t>(value.AsInt())));
    case TypeId::kTime:
      return duckdb::Value::TIME(duckdb::dtime_t(value.AsInt()));
    case TypeId::kBytes:
      return duckdb::Value::BLOB_RAW(value.AsString());
    case TypeId::kUuid:
      return duckdb::Value::UUID(UuidToHugeint(value.AsString()));
    case TypeId::kEmbedding:
      return EmbeddingToDuck(value.AsString());
    case TypeId::kDecimal:
      // Up to 18 digits the engine keeps 64 bits or less.
      if (type.precision <= kInt64Digits) {
        return duckdb::Value::DECIMAL(static_cast<int64_t>(value.AsInt128()), type.precision,
                                      type.scale);
      }
      return duckdb::Value::DECIMAL(ToHugeint(value.AsInt128()), type.precision, type.scale);
    case TypeId::kText:
      return duckdb::Value(value.AsString());
    case TypeId::kJson:
    case TypeId::kFile: {
      duckdb::Value text(value.AsString());
      text.Reinterpret(ToLogicalType(type));
      return text;
    }
  }
  return duckdb::Value();
}

types::Value FromDuckValue(const duckdb::Value& value, const DataType& type) {
  if (value.IsNull()) {
    return types::Value::Null();
  }
  switch (type.id) {
    case TypeId::kBoolean:
      return types::Value(duckdb::BooleanValue::Get(value));
    case TypeId::kSmallInt:
      return types::Value(static_cast<int64_t>(duckdb::SmallIntValue::Get(value)));
    case TypeId::kInt:
      return types::Value(static_cast<int64_t>(duckdb::IntegerValue::Get(value)));
    case TypeId::kBigInt:
      return types::Value(duckdb::BigIntValue::Get(value));
    case TypeId::kHugeInt:
      return types::Value(FromHugeint(duckdb::HugeIntValue::Get(value)));
    case TypeId::kFloat:
      return types::Value(static_cast<double>(duckdb::FloatValue::Get(value)));
    case TypeId::kDouble:
      return types::Value(duckdb::DoubleValue::Get(value));
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
      return types::Value(value.GetValueUnsafe<int64_t>());
    case TypeId::kDate:
      return types::Value(static_cast<int64_t>(duckdb::DateValue::Get(value).days));
    case TypeId::kTime:
      return types::Value(duckdb::TimeValue::Get(value).micros);
    case TypeId::kUuid:
      return types::Value(UuidFromHugeint(value.GetValueUnsafe<duckdb::hugeint_t>()));
    case TypeId::kEmbedding:
      return types::Value(EmbeddingFromDuck(value));
    case TypeId::kDecimal:
      switch (value.type().InternalType()) {
        case duckdb::PhysicalType::INT16:
          return types::Value(types::Int128{value.GetValueUnsafe<int16_t>()});
        case duckdb::PhysicalType::INT32:
          return types::Value(types::Int128{value.GetValueUnsafe<int32_t>()});
        case duckdb::PhysicalType::INT64:
          return types::Value(types::Int128{value.GetValueUnsafe<int64_t>()});
        default:
          return types::Value(FromHugeint(value.GetValueUnsafe<duckdb::hugeint_t>()));
      }
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kBytes:
    case TypeId::kFile:
      return types::Value(duckdb::StringValue::Get(value));
  }
  return {};
}

duckdb::hugeint_t UuidToHugeint(std::string_view bytes) {
  return duckdb::BaseUUID::FromBlob(reinterpret_cast<duckdb::const_data_ptr_t>(bytes.data()));
}

std::string UuidFromHugeint(duckdb::hugeint_t value) {
  std::string bytes(16, '\0');
  duckdb::BaseUUID::ToBlob(value, reinterpret_cast<duckdb::data_ptr_t>(bytes.data()));
  return bytes;
}

}  // namespace kalamdb::vectors
