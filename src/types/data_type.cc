// SPDX-License-Identifier: Apache-2.0
#include "types/data_type.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/limits.h"
#include "types/schema.h"

namespace kalamdb::types {

namespace {

constexpr uint32_t kDecimalPrecisionMax = 38;
constexpr uint8_t kDecimalBareScale = 10;  // DECIMAL alone is DECIMAL(38,10).
constexpr uint32_t kSecondDigitsMax = 9;   // TIMESTAMP(9) is accepted; microseconds are kept.
constexpr uint32_t kRealDigitsMax = 24;    // FLOAT(p) in bits, as in SQL: up to 24 fit a float.
constexpr uint32_t kDoubleDigitsMax = 53;

// What may stand in parentheses after a type name.
enum class Arguments : uint8_t {
  kNone,
  kLength,     // Accepted and ignored: TEXT and BYTES have no declared length.
  kSeconds,    // Fraction digits, ignored: microseconds are kept.
  kDecimal,    // Precision and scale.
  kDimension,  // Required.
  kBits,       // FLOAT(p).
};

struct TypeNameRow {
  std::string_view name;
  TypeId id;
  Arguments arguments;
};

constexpr auto kTypeNames = std::to_array<TypeNameRow>({
    {"boolean", TypeId::kBoolean, Arguments::kNone},
    {"bool", TypeId::kBoolean, Arguments::kNone},
    {"smallint", TypeId::kSmallInt, Arguments::kNone},
    {"int2", TypeId::kSmallInt, Arguments::kNone},
    {"smallserial", TypeId::kSmallInt, Arguments::kNone},
    {"serial2", TypeId::kSmallInt, Arguments::kNone},
    {"int", TypeId::kInt, Arguments::kNone},
    {"integer", TypeId::kInt, Arguments::kNone},
    {"int4", TypeId::kInt, Arguments::kNone},
    {"mediumint", TypeId::kInt, Arguments::kNone},
    {"serial", TypeId::kInt, Arguments::kNone},
    {"serial4", TypeId::kInt, Arguments::kNone},
    {"bigint", TypeId::kBigInt, Arguments::kNone},
    {"int8", TypeId::kBigInt, Arguments::kNone},
    {"int64", TypeId::kBigInt, Arguments::kNone},
    {"bigserial", TypeId::kBigInt, Arguments::kNone},
    {"serial8", TypeId::kBigInt, Arguments::kNone},
    {"float", TypeId::kFloat, Arguments::kBits},
    {"real", TypeId::kFloat, Arguments::kNone},
    {"float4", TypeId::kFloat, Arguments::kNone},
    {"double", TypeId::kDouble, Arguments::kNone},
    {"double precision", TypeId::kDouble, Arguments::kNone},
    {"float8", TypeId::kDouble, Arguments::kNone},
    {"float64", TypeId::kDouble, Arguments::kNone},
    {"decimal", TypeId::kDecimal, Arguments::kDecimal},
    {"numeric", TypeId::kDecimal, Arguments::kDecimal},
    {"dec", TypeId::kDecimal, Arguments::kDecimal},
    {"text", TypeId::kText, Arguments::kLength},
    {"varchar", TypeId::kText, Arguments::kLength},
    {"char", TypeId::kText, Arguments::kLength},
    {"character", TypeId::kText, Arguments::kLength},
    {"bpchar", TypeId::kText, Arguments::kLength},
    {"char varying", TypeId::kText, Arguments::kLength},
    {"character varying", TypeId::kText, Arguments::kLength},
    {"nvarchar", TypeId::kText, Arguments::kLength},
    {"clob", TypeId::kText, Arguments::kLength},
    {"string", TypeId::kText, Arguments::kLength},
    {"bytes", TypeId::kBytes, Arguments::kLength},
    {"binary", TypeId::kBytes, Arguments::kLength},
    {"varbinary", TypeId::kBytes, Arguments::kLength},
    {"binary varying", TypeId::kBytes, Arguments::kLength},
    {"blob", TypeId::kBytes, Arguments::kLength},
    {"bytea", TypeId::kBytes, Arguments::kNone},
    {"json", TypeId::kJson, Arguments::kNone},
    {"jsonb", TypeId::kJson, Arguments::kNone},
    {"timestamp", TypeId::kTimestamp, Arguments::kSeconds},
    {"timestamp without time zone", TypeId::kTimestamp, Arguments::kSeconds},
    {"timestamp with time zone", TypeId::kDateTime, Arguments::kSeconds},
    {"timestamptz", TypeId::kDateTime, Arguments::kSeconds},
    {"datetime", TypeId::kDateTime, Arguments::kSeconds},
    {"date", TypeId::kDate, Arguments::kNone},
    {"time", TypeId::kTime, Arguments::kSeconds},
    {"time without time zone", TypeId::kTime, Arguments::kSeconds},
    {"uuid", TypeId::kUuid, Arguments::kNone},
    {"embedding", TypeId::kEmbedding, Arguments::kDimension},
    {"file", TypeId::kFile, Arguments::kNone},
});

struct RefusedRow {
  std::string_view name;
  std::string_view instead;
};

constexpr std::string_view kInsteadOfUnsigned = "use BIGINT, or DECIMAL(20,0) for 64 unsigned bits";

constexpr auto kRefused = std::to_array<RefusedRow>({
    {"array", "use JSON, or EMBEDDING(n) for vectors"},
    {"list", "use JSON, or EMBEDDING(n) for vectors"},
    {"struct", "use JSON"},
    {"row", "use JSON"},
    {"map", "use JSON"},
    {"union", "use JSON"},
    {"variant", "use JSON"},
    {"interval", "use BIGINT with a unit of your choice, such as microseconds"},
    {"enum", "use TEXT"},
    {"set", "use TEXT or JSON"},
    {"tinyint", "use SMALLINT"},
    {"int1", "use SMALLINT"},
    {"hugeint", "use DECIMAL(38,0)"},
    {"int128", "use DECIMAL(38,0)"},
    {"unsigned", kInsteadOfUnsigned},
    {"utinyint", kInsteadOfUnsigned},
    {"usmallint", kInsteadOfUnsigned},
    {"uinteger", kInsteadOfUnsigned},
    {"uint", kInsteadOfUnsigned},
    {"ubigint", kInsteadOfUnsigned},
    {"uhugeint", "use DECIMAL(38,0)"},
    {"uint1", kInsteadOfUnsigned},
    {"uint2", kInsteadOfUnsigned},
    {"uint4", kInsteadOfUnsigned},
    {"uint8", kInsteadOfUnsigned},
    {"uint16", kInsteadOfUnsigned},
    {"uint32", kInsteadOfUnsigned},
    {"uint64", kInsteadOfUnsigned},
    {"vector", "use EMBEDDING(n)"},
    {"money", "use DECIMAL(19,2)"},
    {"bit", "use BOOLEAN or BYTES"},
    {"bit varying", "use BYTES"},
    {"varbit", "use BYTES"},
    {"xml", "use TEXT"},
    {"year", "use SMALLINT"},
    {"timetz", "use TIME, or DATETIME"},
    {"time with time zone", "use TIME, or DATETIME"},
});

Status Refused(std::string_view name, std::string_view instead) {
  return InvalidSql(fmt::format("type {} is not supported for columns: {}", name, instead));
}

StatusOr<DataType> DeclaredDecimal(const uint32_t* arguments, size_t argument_count) {
  DataType type = TypeOf(TypeId::kDecimal);
  if (argument_count > 2) {
    return Error(InvalidSql("DECIMAL takes a precision and a scale: DECIMAL(p,s)"));
  }
  const uint32_t precision = argument_count > 0 ? arguments[0] : kDecimalPrecisionMax;
  const uint32_t scale =
      argument_count > 1 ? arguments[1] : (argument_count == 1 ? 0 : kDecimalBareScale);
  if (precision < 1 || precision > kDecimalPrecisionMax) {
    return Error(InvalidSql(fmt::format("DECIMAL precision {} is out of range: 1 to {}", precision,
                                        kDecimalPrecisionMax)));
  }
  if (scale > precision) {
    return Error(
        InvalidSql(fmt::format("DECIMAL scale {} is above the precision {}", scale, precision)));
  }
  type.precision = static_cast<uint8_t>(precision);
  type.scale = static_cast<uint8_t>(scale);
  return type;
}

StatusOr<DataType> DeclaredEmbedding(const uint32_t* arguments, size_t argument_count) {
  if (argument_count != 1) {
    return Error(InvalidSql("EMBEDDING needs its number of elements: EMBEDDING(384)"));
  }
  if (arguments[0] < 1 || arguments[0] > limits::kEmbeddingMax) {
    return Error(InvalidSql(fmt::format("EMBEDDING size {} is out of range: 1 to {}", arguments[0],
                                        limits::kEmbeddingMax)));
  }
  return DataType{.id = TypeId::kEmbedding, .dimension = arguments[0]};
}

// Types with at most one argument, which changes the type of FLOAT(p) only.
StatusOr<DataType> DeclaredPlain(const TypeNameRow& row, const uint32_t* arguments,
                                 size_t argument_count) {
  if (argument_count == 0) {
    return TypeOf(row.id);
  }
  const std::string name = SqlName(TypeOf(row.id));
  if (argument_count > 1 || row.arguments == Arguments::kNone) {
    return Error(InvalidSql(
        fmt::format("type {} takes {} in parentheses", name,
                    row.arguments == Arguments::kNone ? "no numbers" : "one number at most")));
  }
  if (row.arguments == Arguments::kSeconds && arguments[0] > kSecondDigitsMax) {
    return Error(InvalidSql(
        fmt::format("{}({}): at most {} fraction digits", name, arguments[0], kSecondDigitsMax)));
  }
  if (row.arguments == Arguments::kBits) {
    if (arguments[0] < 1 || arguments[0] > kDoubleDigitsMax) {
      return Error(InvalidSql(
          fmt::format("FLOAT({}): the precision is 1 to {} bits", arguments[0], kDoubleDigitsMax)));
    }
    return TypeOf(arguments[0] <= kRealDigitsMax ? TypeId::kFloat : TypeId::kDouble);
  }
  return TypeOf(row.id);
}

std::string_view PlainName(TypeId id) {
  switch (id) {
    case TypeId::kBoolean:
      return "BOOLEAN";
    case TypeId::kInt:
      return "INT";
    case TypeId::kBigInt:
      return "BIGINT";
    case TypeId::kDouble:
      return "DOUBLE";
    case TypeId::kFloat:
      return "FLOAT";
    case TypeId::kText:
      return "TEXT";
    case TypeId::kTimestamp:
      return "TIMESTAMP";
    case TypeId::kDate:
      return "DATE";
    case TypeId::kDateTime:
      return "DATETIME";
    case TypeId::kTime:
      return "TIME";
    case TypeId::kJson:
      return "JSON";
    case TypeId::kBytes:
      return "BYTES";
    case TypeId::kEmbedding:
      return "EMBEDDING";
    case TypeId::kUuid:
      return "UUID";
    case TypeId::kDecimal:
      return "DECIMAL";
    case TypeId::kSmallInt:
      return "SMALLINT";
    case TypeId::kFile:
      return "FILE";
    case TypeId::kHugeInt:
      return "HUGEINT";
  }
  return "UNKNOWN";
}

}  // namespace

std::string SqlName(const DataType& type) {
  if (type.id == TypeId::kDecimal && type.precision > 0) {
    return fmt::format("DECIMAL({},{})", type.precision, type.scale);
  }
  if (type.id == TypeId::kEmbedding && type.dimension > 0) {
    return fmt::format("EMBEDDING({})", type.dimension);
  }
  return std::string(PlainName(type.id));
}

std::string WireName(const DataType& type) {
  switch (type.id) {
    case TypeId::kBoolean:
      return "\"Boolean\"";
    case TypeId::kInt:
      return "\"Int\"";
    case TypeId::kBigInt:
    case TypeId::kHugeInt:
      return "\"BigInt\"";
    case TypeId::kDouble:
      return "\"Double\"";
    case TypeId::kFloat:
      return "\"Float\"";
    case TypeId::kText:
      return "\"Text\"";
    case TypeId::kTimestamp:
      return "\"Timestamp\"";
    case TypeId::kDate:
      return "\"Date\"";
    case TypeId::kDateTime:
      return "\"DateTime\"";
    case TypeId::kTime:
      return "\"Time\"";
    case TypeId::kJson:
      return "\"Json\"";
    case TypeId::kBytes:
      return "\"Bytes\"";
    case TypeId::kUuid:
      return "\"Uuid\"";
    case TypeId::kSmallInt:
      return "\"SmallInt\"";
    case TypeId::kFile:
      return "\"File\"";
    case TypeId::kEmbedding:
      return fmt::format("{{\"Embedding\":{}}}", type.dimension);
    case TypeId::kDecimal:
      return fmt::format("{{\"Decimal\":{{\"precision\":{},\"scale\":{}}}}}", type.precision,
                         type.scale);
  }
  return "\"Text\"";
}

StatusOr<DataType> DeclaredType(std::string_view name, const uint32_t* arguments,
                                size_t argument_count) {
  const std::string lower = AsciiLower(name);
  if (const auto row = std::ranges::find(kTypeNames, lower, &TypeNameRow::name);
      row != kTypeNames.end()) {
    switch (row->arguments) {
      case Arguments::kDecimal:
        return DeclaredDecimal(arguments, argument_count);
      case Arguments::kDimension:
        return DeclaredEmbedding(arguments, argument_count);
      default:
        return DeclaredPlain(*row, arguments, argument_count);
    }
  }
  if (const auto row = std::ranges::find(kRefused, lower, &RefusedRow::name);
      row != kRefused.end()) {
    return Error(Refused(name, row->instead));
  }
  if (lower.ends_with(']') || lower.ends_with(" array")) {
    return Error(Refused(name, "use JSON, or EMBEDDING(n) for vectors"));
  }
  if (lower.ends_with(" unsigned") || lower.starts_with("unsigned ")) {
    return Error(Refused(name, kInsteadOfUnsigned));
  }
  if (lower.starts_with("interval ")) {
    return Error(Refused(name, "use BIGINT with a unit of your choice, such as microseconds"));
  }
  // LONGTEXT, MEDIUMTEXT and the like.
  if (lower.ends_with("text") || lower.ends_with("string")) {
    return TypeOf(TypeId::kText);
  }
  return Error(InvalidSql(fmt::format("unknown type `{}`", name)));
}

}  // namespace kalamdb::types
