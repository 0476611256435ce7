// SPDX-License-Identifier: Apache-2.0
#include "server/auth/base64url.h"

#include <array>

namespace kalamdb::server {

namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<int8_t, 256> MakeReverse() {
  std::array<int8_t, 256> reverse{};
  reverse.fill(-1);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    reverse[static_cast<uint8_t>(kAlphabet[i])] = static_cast<int8_t>(i);
  }
  return reverse;
}
constexpr std::array<int8_t, 256> kReverse = MakeReverse();

}  // namespace

void AppendBase64Url(std::span<const uint8_t> bytes, std::string* out) {
  uint32_t bits = 0;
  int count = 0;
  for (const uint8_t byte : bytes) {
    bits = (bits << 8 | byte) & 0xffffu;
    count += 8;
    while (count >= 6) {
      count -= 6;
      out->push_back(kAlphabet[bits >> count & 63u]);
    }
  }
  if (count > 0) {
    out->push_back(kAlphabet[bits << (6 - count) & 63u]);
  }
}

void AppendBase64Url(std::string_view bytes, std::string* out) {
  AppendBase64Url(std::span(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()), out);
}

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  if (text.size() % 4 == 1) {
    return std::nullopt;
  }
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int8_t value = kReverse[static_cast<uint8_t>(c)];
    if (value < 0) {
      return std::nullopt;
    }
    bits = (bits << 6 | static_cast<uint32_t>(value)) & 0xffffu;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count & 0xffu));
    }
  }
  if ((bits & ((1u << count) - 1)) != 0) {
    return std::nullopt;
  }
  return bytes;
}

}  // namespace kalamdb::server
