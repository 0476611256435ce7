// SPDX-License-Identifier: Apache-2.0
#include "types/row_codec.h"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "types/json_codec.h"
#include "types/test_values.h"

namespace kalamdb::types {
namespace {

using testing::RandomValues;
using testing::TestSeed;

TableLayout LayoutOf(const std::vector<Schema>& versions) { return TableLayout(versions); }

std::string Encoded(const Schema& schema, const Row& row, bool is_deleted = false) {
  std::string bytes;
  EncodeRow(schema, row, is_deleted, &bytes);
  return bytes;
}

Schema OneVersion(std::vector<std::pair<uint32_t, DataType>> columns, uint32_t version = 1) {
  Schema schema;
  schema.version = version;
  for (const auto& [id, type] : columns) {
    schema.columns.push_back({.id = id, .name = "c" + std::to_string(id), .type = type});
  }
  schema.key = {0};
  return schema;
}

const DataType kInt = TypeOf(TypeId::kInt);
const DataType kText = TypeOf(TypeId::kText);

TEST(RowCodec, ReadsBackWhatItWrote) {
  const uint64_t seed = TestSeed(41);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (int i = 0; i < 3'000; ++i) {
    const Schema schema = random.RandomSchema();
    const Row row = random.RandomRow(schema);
    const bool is_deleted = random.OneIn(2);
    std::string bytes = "before";
    EncodeRow(schema, row, is_deleted, &bytes);
    const TableLayout layout = LayoutOf({schema});
    const auto view = RowView::Open(layout, std::string_view(bytes).substr(6));
    ASSERT_TRUE(view.has_value()) << view.error().ToString();
    ASSERT_EQ(view->is_deleted(), is_deleted);
    ASSERT_EQ(view->ToRow(), row);
    for (size_t c = 0; c < row.size(); ++c) {
      std::string from_value;
      std::string from_row;
      AppendJsonValue(row[c], schema.columns[c].type, &from_value);
      AppendJsonColumn(*view, c, schema.columns[c].type, &from_row);
      ASSERT_EQ(from_value, from_row);
    }
  }
}

// The stored form of format 1: changing it needs a new format number and a reader for this one.
TEST(RowCodec, StoredBytesStayTheSame) {
  using std::string_literals::operator""s;
  const Schema schema = OneVersion({{1, kInt}, {2, kText}, {3, kInt}, {4, kText}}, 9);
  EXPECT_EQ(Encoded(schema, {Value(int64_t{-2}), Value("hi"), Value(), Value("!")}, true),
            "\x01\x01\0\0\x09\0\0\0"      // Header.
            "\x04"                        // Column 2 is NULL.
            "\xFE\xFF\xFF\xFF\0\0\0\0"    // Fixed part.
            "\x02\0\0\0\x03\0\0\0hi!"s);  // End offsets and text.
}

TEST(RowCodec, TypedReadersSeeTheExtremes) {
  const Schema schema = OneVersion({{1, TypeOf(TypeId::kSmallInt)},
                                    {2, TypeOf(TypeId::kBigInt)},
                                    {3, TypeOf(TypeId::kFloat)},
                                    {4, {TypeId::kDecimal, 38, 0, 0}},
                                    {5, TypeOf(TypeId::kUuid)},
                                    {6, TypeOf(TypeId::kBoolean)}});
  const Int128 most = PowerOfTen(38) - 1;
  const std::string bytes =
      Encoded(schema, {Value(int64_t{INT16_MIN}), Value(INT64_MIN), Value(0.5), Value(-most),
                       Value("0123456789abcdef"), Value(true)});
  const TableLayout layout = LayoutOf({schema});
  const RowView view = RowView::Open(layout, bytes).value();
  EXPECT_EQ(view.Int(0), INT16_MIN);
  EXPECT_EQ(view.Int(1), INT64_MIN);
  EXPECT_EQ(view.Double(2), 0.5);
  EXPECT_TRUE(view.Decimal(3) == -most);
  EXPECT_EQ(view.Bytes(4), "0123456789abcdef");
  EXPECT_TRUE(view.Bool(5));
  EXPECT_FALSE(view.IsNull(0));
}

TEST(RowCodec, OldRowsAreReadThroughLaterSchemas) {
  // Version 1: (1 INT, 2 TEXT, 3 FLOAT). Version 2 drops 2 and adds 4 and 5.
  // Version 3 widens 1 and 3, reorders, and adds 2's name again under id 6.
  const Schema v1 = OneVersion({{1, kInt}, {2, kText}, {3, TypeOf(TypeId::kFloat)}}, 1);
  Schema v2 = OneVersion({{1, kInt}, {3, TypeOf(TypeId::kFloat)}, {4, kText}, {5, kInt}}, 2);
  v2.columns[2].default_value = {DefaultKind::kLiteral, Value("new"), "'new'"};
  Schema v3 = OneVersion({{1, TypeOf(TypeId::kBigInt)},
                          {4, kText},
                          {3, TypeOf(TypeId::kDouble)},
                          {5, kInt},
                          {6, kText}},
                         5);
  v3.columns[1].default_value = {DefaultKind::kLiteral, Value("newer"), "'newer'"};
  const TableLayout layout = LayoutOf({v1, v2, v3});

  const std::string old = Encoded(v1, {Value(int64_t{-7}), Value("gone"), Value(1.5)});
  const RowView first = RowView::Open(layout, old).value();
  EXPECT_EQ(first.ToRow(), (Row{Value(int64_t{-7}), Value("new"), Value(1.5), Value(), Value()}))
      << "a later SET DEFAULT does not change what old rows read";
  EXPECT_EQ(first.Bytes(1), "new");
  EXPECT_TRUE(first.IsNull(3));

  const std::string middle = Encoded(v2, {Value(int64_t{1}), Value(), Value(), Value(int64_t{2})});
  EXPECT_EQ(RowView::Open(layout, middle).value().ToRow(),
            (Row{Value(int64_t{1}), Value(), Value(), Value(int64_t{2}), Value()}));
  EXPECT_EQ(layout.Find(2)->schema_version(), 2u);
  EXPECT_EQ(layout.Find(3), nullptr);
  EXPECT_EQ(layout.Find(6), nullptr);
  EXPECT_EQ(layout.current().schema_version(), 5u);
}

TEST(RowCodec, ConvertsWhatCanReadAsAllows) {
  const DataType decimal_2 = {TypeId::kDecimal, 10, 2, 0};
  const DataType decimal_4 = {TypeId::kDecimal, 14, 4, 0};
  const Schema v1 = OneVersion({{1, kInt},
                                {2, kInt},
                                {3, decimal_2},
                                {4, TypeOf(TypeId::kDate)},
                                {5, TypeOf(TypeId::kJson)}},
                               1);
  Schema v2 = OneVersion({{1, TypeOf(TypeId::kDouble)},
                          {2, decimal_4},
                          {3, decimal_4},
                          {4, TypeOf(TypeId::kTimestamp)},
                          {5, kText}},
                         2);
  const std::string bytes = Encoded(v1, {Value(int64_t{-3}), Value(int64_t{-3}),
                                         Value(Int128{-125}), Value(int64_t{-1}), Value("{}")});
  const TableLayout layout = LayoutOf({v1, v2});
  EXPECT_EQ(RowView::Open(layout, bytes).value().ToRow(),
            (Row{Value(-3.0), Value(Int128{-30000}), Value(Int128{-12500}), Value(-kMicrosPerDay),
                 Value("{}")}));
}

TEST(RowCodec, DefaultsFollowAWidenedColumn) {
  const Schema v1 = OneVersion({{1, kInt}}, 1);
  Schema v2 = OneVersion({{1, kInt}, {2, kInt}}, 2);
  v2.columns[1].default_value = {DefaultKind::kLiteral, Value(int64_t{7}), "7"};
  const Schema v3 = OneVersion({{1, kInt}, {2, TypeOf(TypeId::kDouble)}}, 3);
  const TableLayout layout = LayoutOf({v1, v2, v3});
  const std::string bytes = Encoded(v1, {Value(int64_t{1})});
  EXPECT_EQ(RowView::Open(layout, bytes).value().Double(1), 7.0);
}

TEST(CanReadAs, AllowsOnlyWhatLosesNothing) {
  const auto decimal = [](uint8_t p, uint8_t s) { return DataType{TypeId::kDecimal, p, s, 0}; };
  const auto of = TypeOf;
  EXPECT_TRUE(CanReadAs(of(TypeId::kSmallInt), of(TypeId::kBigInt)));
  EXPECT_FALSE(CanReadAs(of(TypeId::kBigInt), of(TypeId::kInt)));
  EXPECT_TRUE(CanReadAs(of(TypeId::kInt), of(TypeId::kDouble)));
  EXPECT_FALSE(CanReadAs(of(TypeId::kBigInt), of(TypeId::kDouble)));
  EXPECT_FALSE(CanReadAs(of(TypeId::kInt), of(TypeId::kFloat)));
  EXPECT_TRUE(CanReadAs(of(TypeId::kBigInt), decimal(38, 10)));
  EXPECT_FALSE(CanReadAs(of(TypeId::kBigInt), decimal(38, 20)));
  EXPECT_TRUE(CanReadAs(decimal(10, 2), decimal(11, 3)));
  EXPECT_FALSE(CanReadAs(decimal(10, 2), decimal(10, 3)));
  EXPECT_FALSE(CanReadAs(decimal(10, 2), decimal(12, 1)));
  EXPECT_FALSE(CanReadAs(of(TypeId::kDouble), of(TypeId::kFloat)));
  EXPECT_FALSE(CanReadAs(of(TypeId::kText), of(TypeId::kJson)));
  EXPECT_FALSE(CanReadAs(of(TypeId::kTimestamp), of(TypeId::kDate)));
  EXPECT_FALSE(CanReadAs({TypeId::kEmbedding, 0, 0, 3}, {TypeId::kEmbedding, 0, 0, 4}));
}

TEST(RowCodec, TombstonesKeepAllValues) {
  const Schema schema = OneVersion({{1, kInt}, {2, kText}});
  const Row row = {Value(int64_t{1}), Value("kept")};
  const TableLayout layout = LayoutOf({schema});
  const std::string tombstone = AsTombstone(Encoded(schema, row));
  const RowView view = RowView::Open(layout, tombstone).value();
  EXPECT_TRUE(view.is_deleted());
  EXPECT_EQ(view.ToRow(), row);
  EXPECT_EQ(tombstone, Encoded(schema, row, true));
}

// Reads every column in every way. The bytes are copied to a block of exactly their size, so that
// a read out of bounds is one the address sanitizer sees.
void ReadEverything(const TableLayout& layout, const Schema& schema, std::string_view bytes) {
  const auto block = std::make_unique<char[]>(bytes.size());
  std::copy(bytes.begin(), bytes.end(), block.get());
  const auto view = RowView::Open(layout, {block.get(), bytes.size()});
  if (!view.has_value()) {
    ASSERT_EQ(view.error().code(), StatusCode::kCorruption);
    return;
  }
  ASSERT_EQ(view->ToRow().size(), schema.columns.size());
  std::string json;
  for (size_t c = 0; c < schema.columns.size(); ++c) {
    AppendJsonColumn(*view, c, schema.columns[c].type, &json);
  }
}

TEST(RowCodec, DamagedRowsAreRefusedOrReadable) {
  const uint64_t seed = TestSeed(42);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (int i = 0; i < 300; ++i) {
    const Schema schema = random.RandomSchema();
    const TableLayout layout = LayoutOf({schema});
    const std::string good = Encoded(schema, random.RandomRow(schema));
    for (size_t size = 0; size < good.size(); ++size) {
      const auto view = RowView::Open(layout, std::string_view(good).substr(0, size));
      ASSERT_FALSE(view.has_value()) << "a row cut to " << size << " bytes";
    }
    ASSERT_FALSE(RowView::Open(layout, good + "x").has_value());
    for (int k = 0; k < 50; ++k) {
      std::string bad = good;
      for (uint64_t flips = 1 + random.Below(4); flips > 0; --flips) {
        bad[random.Below(bad.size())] ^= static_cast<char>(1u << random.Below(8));
      }
      ReadEverything(layout, schema, bad);
    }
  }
}

TEST(RowCodec, ForeignBytesAreRefused) {
  const Schema schema = OneVersion({{1, kInt}});
  const TableLayout layout = LayoutOf({schema});
  std::string bytes = Encoded(schema, {Value(int64_t{1})});
  bytes[4] = 2;
  EXPECT_EQ(RowView::Open(layout, bytes).error().code(), StatusCode::kCorruption);
  bytes[4] = 1;
  EXPECT_TRUE(RowView::Open(layout, bytes).has_value());
  for (const size_t at : {size_t{0}, size_t{1}, size_t{2}, size_t{3}}) {
    std::string bad = bytes;
    bad[at] = '\x80';
    EXPECT_FALSE(RowView::Open(layout, bad).has_value()) << at;
  }
}

TEST(RowCodec, NeverWritesWhatDoesNotFit) {
  const Schema schema = OneVersion({{1, kInt}});
  std::string out;
  EXPECT_DEATH(EncodeRow(schema, Row{Value(int64_t{1} << 40)}, false, &out), "check failed");
  EXPECT_DEATH(EncodeRow(schema, Row{Value("text")}, false, &out), "check failed");
  EXPECT_DEATH(EncodeRow(schema, Row{}, false, &out), "check failed");
}

}  // namespace
}  // namespace kalamdb::types
