// SPDX-License-Identifier: Apache-2.0
#include "types/schema.h"

#include <string>

#include <gtest/gtest.h>

#include "types/test_values.h"

namespace kalamdb::types {
namespace {

using testing::RandomValues;
using testing::TestSeed;

Schema TwoColumns() {
  Schema schema;
  schema.version = 7;
  schema.columns.push_back({.id = 1, .name = "id", .type = TypeOf(TypeId::kBigInt)});
  schema.columns[0].is_nullable = false;
  schema.columns[0].default_value = {DefaultKind::kSnowflakeId, {}, "SNOWFLAKE_ID()"};
  schema.columns.push_back({.id = 4, .name = "Price", .type = {TypeId::kDecimal, 10, 2, 0}});
  schema.columns[1].is_hidden = true;
  schema.columns[1].default_value = {DefaultKind::kLiteral, Value(Int128{-1250}), "-12.50"};
  schema.key = {0};
  return schema;
}

void ExpectSame(const Schema& a, const Schema& b) {
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.key, b.key);
  ASSERT_EQ(a.columns.size(), b.columns.size());
  for (size_t i = 0; i < a.columns.size(); ++i) {
    const Column& x = a.columns[i];
    const Column& y = b.columns[i];
    EXPECT_EQ(x.id, y.id);
    EXPECT_EQ(x.name, y.name);
    EXPECT_EQ(x.type, y.type);
    EXPECT_EQ(x.is_nullable, y.is_nullable);
    EXPECT_EQ(x.is_hidden, y.is_hidden);
    EXPECT_EQ(x.default_value.kind, y.default_value.kind);
    EXPECT_EQ(x.default_value.literal, y.default_value.literal);
    EXPECT_EQ(x.default_value.expression, y.default_value.expression);
  }
}

TEST(Schema, FindIgnoresCase) {
  const Schema schema = TwoColumns();
  EXPECT_EQ(schema.Find("PRICE"), 1u);
  EXPECT_EQ(schema.Find("id"), 0u);
  EXPECT_EQ(schema.Find("i"), std::nullopt);
  EXPECT_TRUE(schema.IsKey(0));
  EXPECT_FALSE(schema.IsKey(1));
}

TEST(Schema, SystemColumnsAreFoundInAnyCase) {
  EXPECT_EQ(FindSystemColumn("_SEQ"), SystemColumn::kSeq);
  EXPECT_EQ(FindSystemColumn("_deleted"), SystemColumn::kDeleted);
  EXPECT_EQ(FindSystemColumn("_Updated"), SystemColumn::kUpdated);
  EXPECT_EQ(FindSystemColumn("_id"), std::nullopt);
}

TEST(Schema, LowerCaseChangesAsciiOnly) {
  EXPECT_EQ(AsciiLower("AbZ_É"), "abz_É");
  EXPECT_FALSE(EqualsIgnoreCase("@", "`"));
  EXPECT_FALSE(EqualsIgnoreCase("a", "ab"));
}

TEST(SchemaCodec, ReadsBackWhatItWrote) {
  std::string bytes;
  EncodeSchema(TwoColumns(), &bytes);
  const auto decoded = DecodeSchema(bytes);
  ASSERT_TRUE(decoded.has_value()) << decoded.error().ToString();
  ExpectSame(TwoColumns(), *decoded);
}

// The stored form of format 1: changing it needs a new format number and a reader for this one.
TEST(SchemaCodec, StoredBytesStayTheSame) {
  Schema schema;
  schema.version = 2;
  schema.columns.push_back({.id = 3, .name = "a", .type = TypeOf(TypeId::kInt)});
  schema.columns[0].default_value = {DefaultKind::kLiteral, Value(int64_t{5}), "5"};
  schema.key = {0};
  std::string bytes;
  EncodeSchema(schema, &bytes);
  const std::string expected(
      "\x01\x02\0\0\0\x01\0\0\0"  // Format, version, number of columns.
      "\x03\0\0\0\x01\0\0\0a"     // Id and name.
      "\x02\0\0\0\0\0\0\x01\x01"  // Type, nullable, literal default.
      "\x02\x05\0\0\0\0\0\0\0"    // The literal.
      "\x01\0\0\0"                // The text of the default...
      "5\x01\0\0\0\0\0\0\0",      // ...and the key.
      9 + 9 + 9 + 9 + 4 + 9);
  EXPECT_EQ(bytes, expected);
}

TEST(SchemaCodec, RandomSchemasSurviveARoundTrip) {
  const uint64_t seed = TestSeed(21);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (int i = 0; i < 500; ++i) {
    Schema schema = random.RandomSchema();
    schema.version = static_cast<uint32_t>(random.Below(100));
    for (Column& column : schema.columns) {
      column.is_nullable = random.OneIn(2);
      if (random.OneIn(2)) {
        column.default_value = {DefaultKind::kLiteral, random.Of(column.type), random.Text(5)};
      }
    }
    std::string bytes;
    EncodeSchema(schema, &bytes);
    const auto decoded = DecodeSchema(bytes);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().ToString();
    ExpectSame(schema, *decoded);
  }
}

TEST(SchemaCodec, DamagedBytesAreRefusedOrSound) {
  const uint64_t seed = TestSeed(22);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  std::string good;
  EncodeSchema(TwoColumns(), &good);
  for (size_t size = 0; size < good.size(); ++size) {
    const auto decoded = DecodeSchema(std::string_view(good).substr(0, size));
    ASSERT_FALSE(decoded.has_value()) << size;
    EXPECT_EQ(decoded.error().code(), StatusCode::kCorruption);
  }
  EXPECT_FALSE(DecodeSchema(good + "x").has_value());
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    for (uint64_t flips = 1 + random.Below(3); flips > 0; --flips) {
      bad[random.Below(bad.size())] ^= static_cast<char>(1u << random.Below(8));
    }
    const auto decoded = DecodeSchema(bad);
    if (decoded.has_value()) {
      std::string again;
      EncodeSchema(*decoded, &again);  // Aborts on a schema that is not sound.
    }
  }
}

}  // namespace
}  // namespace kalamdb::types
