// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "types/byte_order.h"
#include "types/schema.h"
#include "types/text_format.h"

// Random values and schemas for the tests of this module. Tests only.
namespace kalamdb::types::testing {

// The seed of a random test: KALAMDB_TEST_SEED repeats a failure, else `fallback`. Print it with
// SCOPED_TRACE.
inline uint64_t TestSeed(uint64_t fallback) {
  const char* const text = std::getenv("KALAMDB_TEST_SEED");
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

inline const std::vector<DataType>& AllColumnTypes() {
  static const std::vector<DataType> kTypes = {
      TypeOf(TypeId::kBoolean),
      TypeOf(TypeId::kSmallInt),
      TypeOf(TypeId::kInt),
      TypeOf(TypeId::kBigInt),
      TypeOf(TypeId::kFloat),
      TypeOf(TypeId::kDouble),
      {.id = TypeId::kDecimal, .precision = 38, .scale = 10},
      {.id = TypeId::kDecimal, .precision = 5, .scale = 5},
      TypeOf(TypeId::kText),
      TypeOf(TypeId::kBytes),
      TypeOf(TypeId::kJson),
      TypeOf(TypeId::kTimestamp),
      TypeOf(TypeId::kDateTime),
      TypeOf(TypeId::kDate),
      TypeOf(TypeId::kTime),
      TypeOf(TypeId::kUuid),
      {.id = TypeId::kEmbedding, .dimension = 3},
      TypeOf(TypeId::kFile),
  };
  return kTypes;
}

class RandomValues {
 public:
  explicit RandomValues(uint64_t seed) : engine_(seed) {}

  uint64_t Next() { return engine_(); }
  uint64_t Below(uint64_t bound) { return engine_() % bound; }
  bool OneIn(uint64_t n) { return Below(n) == 0; }

  // In [min, max], with the ends and numbers near 0 often.
  int64_t Int(int64_t min, int64_t max) {
    switch (Below(6)) {
      case 0:
        return min;
      case 1:
        return max;
      case 2: {
        const auto small = static_cast<int64_t>(Below(5)) - 2;
        return small < min || small > max ? min : small;
      }
      default: {
        const uint64_t width = static_cast<uint64_t>(max) - static_cast<uint64_t>(min);
        const uint64_t step = width == UINT64_MAX ? Next() : Below(width + 1);
        return static_cast<int64_t>(static_cast<uint64_t>(min) + step);
      }
    }
  }

  std::string Bytes(size_t size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) {
      // NUL, 01 and FF matter to the key codec.
      constexpr char kSpecial[] = {'\0', '\x01', '\xFF', 'a'};
      c = OneIn(2) ? kSpecial[Below(4)] : static_cast<char>(Next());
    }
    return bytes;
  }

  std::string Text(size_t chars_max) {
    constexpr std::string_view kPieces[] = {"a", "Z", "\"", "\\", "\n", "\x01", "\x7F",
                                            "é", "€", "𝄞",  " ",  "/",  "0"};
    std::string text;
    for (size_t count = Below(chars_max + 1); count > 0; --count) {
      text += kPieces[Below(std::size(kPieces))];
    }
    return text;
  }

  double Double() {
    constexpr double kSpecial[] = {0.0,
                                   -0.0,
                                   1.0,
                                   -1.5,
                                   0.1,
                                   1e-310,
                                   std::numeric_limits<double>::max(),
                                   std::numeric_limits<double>::lowest(),
                                   std::numeric_limits<double>::min(),
                                   std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity(),
                                   std::numeric_limits<double>::quiet_NaN()};
    return OneIn(3) ? kSpecial[Below(std::size(kSpecial))] : std::bit_cast<double>(Next());
  }

  float Float() {
    return OneIn(4) ? std::numeric_limits<float>::max()
                    : std::bit_cast<float>(static_cast<uint32_t>(Next()));
  }

  Int128 Wide() {
    const UInt128 bits = (static_cast<UInt128>(Next()) << 64) | Next();
    return static_cast<Int128>(bits) >> static_cast<int>(Below(128));
  }

  // Not NULL, and within what the type holds. Floating types include NaN and infinities.
  Value Of(const DataType& type) {
    switch (type.id) {
      case TypeId::kBoolean:
        return Value(OneIn(2));
      case TypeId::kSmallInt:
        return Value(Int(INT16_MIN, INT16_MAX));
      case TypeId::kInt:
        return Value(Int(INT32_MIN, INT32_MAX));
      case TypeId::kBigInt:
        return Value(Int(INT64_MIN, INT64_MAX));
      case TypeId::kTimestamp:
      case TypeId::kDateTime:
        return Value(Int(kTimestampMin, kTimestampMax));
      case TypeId::kDate:
        return Value(Int(kDateMin, kDateMax));
      case TypeId::kTime:
        return Value(Int(0, kMicrosPerDay));
      case TypeId::kFloat:
        return Value(static_cast<double>(Float()));
      case TypeId::kDouble:
        return Value(Double());
      case TypeId::kHugeInt:
        return Value(Wide());
      case TypeId::kDecimal:
        return Value(Wide() % PowerOfTen(type.precision));
      case TypeId::kUuid:
        return Value(Bytes(16));
      case TypeId::kEmbedding:
        return Value(Embedding(type.dimension));
      case TypeId::kBytes:
        return Value(Bytes(Below(20)));
      case TypeId::kJson:
      case TypeId::kFile:
        return Value("{\"n\":" + std::to_string(Below(1000)) + "}");
      case TypeId::kText:
        return Value(Text(12));
    }
    return Value::Null();
  }

  std::string Embedding(uint32_t dimension) {
    std::string bytes;
    for (uint32_t i = 0; i < dimension; ++i) {
      const auto element = static_cast<float>(Int(-1'000'000, 1'000'000)) / 1024.0F;
      AppendLittle(std::bit_cast<uint32_t>(element), &bytes);
    }
    return bytes;
  }

  // One to twelve columns of any type; the first is the key.
  Schema RandomSchema() {
    Schema schema;
    const auto& types = AllColumnTypes();
    for (uint32_t count = static_cast<uint32_t>(1 + Below(12)), i = 0; i < count; ++i) {
      Column& column = schema.columns.emplace_back();
      column.id = i + 1;
      column.name = "c" + std::to_string(i);
      column.type = types[Below(types.size())];
    }
    schema.key = {0};
    return schema;
  }

  // A value for each column; NULLs anywhere but in the key.
  Row RandomRow(const Schema& schema) {
    Row row;
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      row.push_back(i > 0 && OneIn(4) ? Value::Null() : Of(schema.columns[i].type));
    }
    return row;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace kalamdb::types::testing
