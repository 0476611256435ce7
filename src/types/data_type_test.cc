// SPDX-License-Identifier: Apache-2.0
#include "types/data_type.h"

#include <initializer_list>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "types/test_values.h"

namespace kalamdb::types {
namespace {

// The SQL name of what was declared, or "error".
std::string Declared(std::string_view name, std::initializer_list<uint32_t> arguments = {}) {
  const std::vector<uint32_t> numbers(arguments);
  const auto type = DeclaredType(name, numbers.data(), numbers.size());
  if (!type.has_value()) {
    EXPECT_EQ(type.error().code(), StatusCode::kInvalidSql);
    return "error";
  }
  return SqlName(*type);
}

std::string RefusalOf(std::string_view name) {
  const auto type = DeclaredType(name, nullptr, 0);
  return type.has_value() ? "accepted" : type.error().message();
}

TEST(DeclaredType, AcceptsEveryAliasInAnyCase) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases = {
      {"BOOL", "BOOLEAN"},
      {"Boolean", "BOOLEAN"},
      {"int2", "SMALLINT"},
      {"SMALLSERIAL", "SMALLINT"},
      {"integer", "INT"},
      {"INT4", "INT"},
      {"MEDIUMINT", "INT"},
      {"serial", "INT"},
      {"int8", "BIGINT"},
      {"INT64", "BIGINT"},
      {"bigserial", "BIGINT"},
      {"real", "FLOAT"},
      {"FLOAT4", "FLOAT"},
      {"double precision", "DOUBLE"},
      {"FLOAT8", "DOUBLE"},
      {"float64", "DOUBLE"},
      {"numeric", "DECIMAL(38,10)"},
      {"DEC", "DECIMAL(38,10)"},
      {"character varying", "TEXT"},
      {"NVARCHAR", "TEXT"},
      {"CLOB", "TEXT"},
      {"STRING", "TEXT"},
      {"longtext", "TEXT"},
      {"my_string", "TEXT"},
      {"bytea", "BYTES"},
      {"VARBINARY", "BYTES"},
      {"BLOB", "BYTES"},
      {"jsonb", "JSON"},
      {"timestamptz", "DATETIME"},
      {"timestamp with time zone", "DATETIME"},
      {"timestamp without time zone", "TIMESTAMP"},
      {"DATETIME", "DATETIME"},
      {"file", "FILE"},
      {"uuid", "UUID"},
      {"date", "DATE"},
      {"time", "TIME"},
  };
  for (const auto& [name, expected] : cases) {
    EXPECT_EQ(Declared(name), expected) << name;
  }
}

TEST(DeclaredType, ReadsArguments) {
  EXPECT_EQ(Declared("varchar", {20}), "TEXT");
  EXPECT_EQ(Declared("decimal", {10, 2}), "DECIMAL(10,2)");
  EXPECT_EQ(Declared("decimal", {10}), "DECIMAL(10,0)");
  EXPECT_EQ(Declared("decimal", {38, 38}), "DECIMAL(38,38)");
  EXPECT_EQ(Declared("timestamp", {3}), "TIMESTAMP");
  EXPECT_EQ(Declared("time", {6}), "TIME");
  EXPECT_EQ(Declared("embedding", {384}), "EMBEDDING(384)");
  EXPECT_EQ(Declared("float", {24}), "FLOAT");
  EXPECT_EQ(Declared("float", {25}), "DOUBLE");
}

TEST(DeclaredType, RefusesArgumentsOutOfRange) {
  EXPECT_EQ(Declared("decimal", {0}), "error");
  EXPECT_EQ(Declared("decimal", {39}), "error");
  EXPECT_EQ(Declared("decimal", {5, 6}), "error");
  EXPECT_EQ(Declared("decimal", {5, 4, 3}), "error");
  EXPECT_EQ(Declared("embedding"), "error");
  EXPECT_EQ(Declared("embedding", {0}), "error");
  EXPECT_EQ(Declared("embedding", {8193}), "error");
  EXPECT_EQ(Declared("int", {11}), "error");
  EXPECT_EQ(Declared("timestamp", {10}), "error");
  EXPECT_EQ(Declared("varchar", {1, 2}), "error");
  EXPECT_EQ(Declared("float", {54}), "error");
}

TEST(DeclaredType, SaysWhatToUseInstead) {
  EXPECT_NE(RefusalOf("TINYINT").find("SMALLINT"), std::string::npos);
  EXPECT_NE(RefusalOf("interval").find("BIGINT"), std::string::npos);
  EXPECT_NE(RefusalOf("interval day to second").find("BIGINT"), std::string::npos);
  EXPECT_NE(RefusalOf("vector").find("EMBEDDING"), std::string::npos);
  EXPECT_NE(RefusalOf("int[]").find("JSON"), std::string::npos);
  EXPECT_NE(RefusalOf("bigint unsigned").find("DECIMAL(20,0)"), std::string::npos);
  EXPECT_NE(RefusalOf("enum").find("TEXT"), std::string::npos);
  EXPECT_NE(RefusalOf("map").find("JSON"), std::string::npos);
  EXPECT_EQ(RefusalOf("nonsense"), "unknown type `nonsense`");
  for (const std::string_view name : {"array", "struct", "set", "int1", "ubigint", "hugeint"}) {
    EXPECT_EQ(Declared(name), "error") << name;
  }
}

TEST(WireName, IsJsonAsTheProtocolHasIt) {
  EXPECT_EQ(WireName(TypeOf(TypeId::kBigInt)), "\"BigInt\"");
  EXPECT_EQ(WireName(TypeOf(TypeId::kHugeInt)), "\"BigInt\"");
  EXPECT_EQ(WireName(TypeOf(TypeId::kDateTime)), "\"DateTime\"");
  EXPECT_EQ(WireName({.id = TypeId::kEmbedding, .dimension = 384}), "{\"Embedding\":384}");
  EXPECT_EQ(WireName({.id = TypeId::kDecimal, .precision = 10, .scale = 2}),
            "{\"Decimal\":{\"precision\":10,\"scale\":2}}");
}

TEST(SqlName, DeclaresTheSameType) {
  for (const DataType& type : testing::AllColumnTypes()) {
    const std::string name = SqlName(type);
    const std::string word = name.substr(0, name.find('('));
    std::vector<uint32_t> arguments;
    if (type.id == TypeId::kDecimal) {
      arguments = {type.precision, type.scale};
    } else if (type.id == TypeId::kEmbedding) {
      arguments = {type.dimension};
    }
    const auto declared = DeclaredType(word, arguments.data(), arguments.size());
    ASSERT_TRUE(declared.has_value()) << name;
    EXPECT_EQ(*declared, type) << name;
  }
}

}  // namespace
}  // namespace kalamdb::types
