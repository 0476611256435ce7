// SPDX-License-Identifier: Apache-2.0
#include "types/key_codec.h"

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "types/test_values.h"

namespace kalamdb::types {
namespace {

using testing::RandomValues;
using testing::TestSeed;

std::string Key(const Value& value, TypeId type) {
  std::string key;
  AppendKeyValue(value, type, &key);
  return key;
}

int Sign(int number) { return number < 0 ? -1 : (number > 0 ? 1 : 0); }

// Every type a key may have, with the one that only results have.
std::vector<DataType> KeyTypes() {
  std::vector<DataType> types = testing::AllColumnTypes();
  types.push_back(TypeOf(TypeId::kHugeInt));
  return types;
}

TEST(KeyCodec, ReadsBackWhatItWrote) {
  const uint64_t seed = TestSeed(31);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (const DataType& type : KeyTypes()) {
    for (int i = 0; i < 2'000; ++i) {
      const Value value = random.Of(type);
      const std::string key = Key(value, type.id) + "rest";
      KeyReader reader(key);
      const auto read = reader.ReadValue(type.id);
      ASSERT_TRUE(read.has_value()) << SqlName(type) << " " << read.error().ToString();
      ASSERT_EQ(*read, value) << SqlName(type) << " " << FormatValue(value, type);
      ASSERT_EQ(reader.rest(), "rest");
    }
  }
}

TEST(KeyCodec, BytesSortLikeValues) {
  const uint64_t seed = TestSeed(32);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (const DataType& type : KeyTypes()) {
    for (int i = 0; i < 4'000; ++i) {
      const Value a = random.Of(type);
      Value b = random.Of(type);
      if (a.is_string() && type.id != TypeId::kUuid && random.OneIn(3)) {
        b = Value(a.AsString() + random.Bytes(random.Below(4) * 4));  // `a` is a prefix.
      }
      ASSERT_EQ(Sign(Key(a, type.id).compare(Key(b, type.id))), Compare(a, b))
          << SqlName(type) << " " << FormatValue(a, type) << " / " << FormatValue(b, type);
    }
  }
}

TEST(KeyCodec, RowsOfSeveralColumnsSortColumnByColumn) {
  const uint64_t seed = TestSeed(33);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (int i = 0; i < 2'000; ++i) {
    Schema schema = random.RandomSchema();
    schema.key.clear();
    for (uint32_t k = 0; k < schema.columns.size(); ++k) {
      schema.key.insert(schema.key.begin(), k);
    }
    Row a;
    Row b;
    for (const Column& column : schema.columns) {
      a.push_back(random.Of(column.type));
      b.push_back(random.OneIn(2) ? a.back() : random.Of(column.type));
    }
    std::string key_a;
    std::string key_b;
    AppendPrimaryKey(schema, a, &key_a);
    AppendPrimaryKey(schema, b, &key_b);
    int expected = 0;
    for (const uint32_t position : schema.key) {
      expected = expected != 0 ? expected : Compare(a[position], b[position]);
    }
    ASSERT_EQ(Sign(key_a.compare(key_b)), expected);
  }
}

TEST(KeyCodec, EqualNumbersHaveOneKey) {
  EXPECT_EQ(Key(Value(0.0), TypeId::kDouble), Key(Value(-0.0), TypeId::kDouble));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Key(Value(nan), TypeId::kDouble), Key(Value(-nan), TypeId::kDouble));
}

// The stored form: changing it makes every table unreadable.
TEST(KeyCodec, StoredBytesStayTheSame) {
  using std::string_literals::operator""s;
  EXPECT_EQ(Key(Value(true), TypeId::kBoolean), "\x01"s);
  EXPECT_EQ(Key(Value(int64_t{1}), TypeId::kInt), "\x80\0\0\0\0\0\0\x01"s);
  EXPECT_EQ(Key(Value(int64_t{-1}), TypeId::kBigInt), "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s);
  EXPECT_EQ(Key(Value(1.0), TypeId::kDouble), "\xBF\xF0\0\0\0\0\0\0"s);
  EXPECT_EQ(Key(Value(-1.0), TypeId::kFloat), "\x40\x0F\xFF\xFF\xFF\xFF\xFF\xFF"s);
  EXPECT_EQ(Key(Value(Int128{2}), TypeId::kDecimal), "\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02"s);
  EXPECT_EQ(Key(Value("a\0b"s), TypeId::kText),
            "a\0\xFF"
            "b\0\x01"s);
  std::string numbers;
  AppendKeyU32(0x01020304, &numbers);
  AppendKeyU64(0x0506070809, &numbers);
  EXPECT_EQ(numbers, "\x01\x02\x03\x04\0\0\0\x05\x06\x07\x08\x09"s);
}

TEST(KeyCodec, DamagedKeysAreRefused) {
  using std::string_literals::operator""s;
  for (const DataType& type : KeyTypes()) {
    EXPECT_FALSE(KeyReader("").ReadValue(type.id).has_value()) << SqlName(type);
  }
  EXPECT_FALSE(KeyReader("abc").ReadString().has_value());
  EXPECT_FALSE(KeyReader("abc\0"s).ReadString().has_value());
  EXPECT_FALSE(KeyReader("abc\0\x02"s).ReadString().has_value());
  EXPECT_FALSE(KeyReader("\x02").ReadValue(TypeId::kBoolean).has_value());
  EXPECT_FALSE(KeyReader("\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF").ReadValue(TypeId::kDouble).has_value())
      << "-0.0 is never written";
  EXPECT_FALSE(KeyReader("abc").ReadU32().has_value());
  EXPECT_FALSE(KeyReader("abcdefg").ReadU64().has_value());
  EXPECT_EQ(KeyReader("abc").ReadString().error().code(), StatusCode::kCorruption);
}

TEST(PrefixEnd, IsTheSmallestKeyAboveThePrefix) {
  EXPECT_EQ(PrefixEnd("ab"), "ac");
  EXPECT_EQ(PrefixEnd("a\xFF"), "b");
  EXPECT_EQ(PrefixEnd("a\x7F"), "a\x80");
  EXPECT_EQ(PrefixEnd("\xFF\xFF"), "");
  EXPECT_EQ(PrefixEnd(""), "");
}

}  // namespace
}  // namespace kalamdb::types
