// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/value_generator.h"

#include <array>
#include <limits>
#include <string_view>

#include "types/text_format.h"

namespace kalamdb::sql {

namespace {

constexpr size_t kIdBytes = 16;
constexpr size_t kIdTimeBytes = 6;

// 48 bits of milliseconds, big-endian, then random bits: the layout that both forms share.
std::array<uint8_t, kIdBytes> TimeOrderedBytes(const Clock& clock, Rng& rng) {
  std::array<uint8_t, kIdBytes> bytes{};
  rng.Fill(bytes);
  const auto millis = static_cast<uint64_t>(clock.WallMicros() / 1000);
  for (size_t i = 0; i < kIdTimeBytes; ++i) {
    bytes[i] = static_cast<uint8_t>(millis >> (8 * (kIdTimeBytes - 1 - i)));
  }
  return bytes;
}

}  // namespace

std::string ValueGenerator::UuidV7() {
  std::array<uint8_t, kIdBytes> bytes = TimeOrderedBytes(clock_, rng_);
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  return types::FormatUuid(std::string_view(reinterpret_cast<const char*>(bytes.data()), kIdBytes));
}

std::string ValueGenerator::Ulid() {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  constexpr size_t kUlidLength = 26;
  const std::array<uint8_t, kIdBytes> bytes = TimeOrderedBytes(clock_, rng_);
  std::string text(kUlidLength, '0');
  // 128 bits in groups of five from the right; the first character holds the top three.
  for (size_t i = 0; i < kUlidLength; ++i) {
    unsigned group = 0;
    for (size_t bit = 0; bit < 5; ++bit) {
      const size_t from_right = (kUlidLength - 1 - i) * 5 + bit;
      if (from_right < kIdBytes * 8) {
        const unsigned byte = bytes[kIdBytes - 1 - from_right / 8];
        group |= ((byte >> (from_right % 8)) & 1u) << bit;
      }
    }
    text[i] = kAlphabet[group];
  }
  return text;
}

StatusOr<int64_t> ValueGenerator::Serial(const catalog::TableDef& table, types::TypeId type) {
  switch (type) {
    case types::TypeId::kSmallInt:
      return serials_.Next(table, std::numeric_limits<int16_t>::max());
    case types::TypeId::kInt: return serials_.Next(table, std::numeric_limits<int32_t>::max());
    default: return serials_.Next(table, std::numeric_limits<int64_t>::max());
  }
}

}  // namespace kalamdb::sql
