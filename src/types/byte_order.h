// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>

#include "types/value.h"

// Unaligned loads and stores in a stated byte order, for the codecs of this module.
namespace kalamdb::types {

template <std::unsigned_integral T>
inline T LoadLittle(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return std::endian::native == std::endian::little ? value : std::byteswap(value);
}

template <std::unsigned_integral T>
inline void StoreLittle(T value, char* to) {
  const T ordered = std::endian::native == std::endian::little ? value : std::byteswap(value);
  std::memcpy(to, &ordered, sizeof(ordered));
}

template <std::unsigned_integral T>
inline T LoadBig(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof(value));
  return std::endian::native == std::endian::big ? value : std::byteswap(value);
}

template <std::unsigned_integral T>
inline void AppendBig(T value, std::string* out) {
  const T ordered = std::endian::native == std::endian::big ? value : std::byteswap(value);
  char bytes[sizeof(ordered)];
  std::memcpy(bytes, &ordered, sizeof(ordered));
  out->append(bytes, sizeof(bytes));
}

template <std::unsigned_integral T>
inline void AppendLittle(T value, std::string* out) {
  char bytes[sizeof(value)];
  StoreLittle(value, bytes);
  out->append(bytes, sizeof(bytes));
}

inline Int128 LoadLittle128(const char* from) {
  const UInt128 high = LoadLittle<uint64_t>(from + 8);
  return static_cast<Int128>((high << 64) | LoadLittle<uint64_t>(from));
}

inline void StoreLittle128(Int128 value, char* to) {
  const auto bits = static_cast<UInt128>(value);
  StoreLittle(static_cast<uint64_t>(bits), to);
  StoreLittle(static_cast<uint64_t>(bits >> 64), to + 8);
}

}  // namespace kalamdb::types
