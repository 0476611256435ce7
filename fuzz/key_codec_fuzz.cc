// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "types/key_codec.h"

namespace kalamdb::types {
namespace {

constexpr std::array kTypes = {
    TypeId::kBoolean, TypeId::kSmallInt, TypeId::kInt,  TypeId::kBigInt, TypeId::kFloat,
    TypeId::kDouble,  TypeId::kDecimal,  TypeId::kText, TypeId::kBytes,  TypeId::kTimestamp,
    TypeId::kDate,    TypeId::kDateTime, TypeId::kTime, TypeId::kUuid,   TypeId::kJson,
    TypeId::kFile,    TypeId::kHugeInt,
};

// Each step takes a byte of the input as the type to read next. What is accepted must be exactly
// what the encoder writes for the value that was read.
void ReadKey(std::string_view input) {
  while (!input.empty()) {
    const TypeId type = kTypes[static_cast<uint8_t>(input[0]) % kTypes.size()];
    input.remove_prefix(1);
    KeyReader reader(input);
    const auto value = reader.ReadValue(type);
    if (!value.has_value()) {
      return;
    }
    std::string again;
    AppendKeyValue(*value, type, &again);
    KALAMDB_CHECK(input.substr(0, input.size() - reader.rest().size()) == again);
    input = reader.rest();
  }
}

// Text that is given instead of read: the halves of the input sort like their keys.
void CompareHalves(std::string_view input) {
  const std::string_view a = input.substr(0, input.size() / 2);
  const std::string_view b = input.substr(input.size() / 2);
  std::string key_a;
  std::string key_b;
  AppendKeyString(a, &key_a);
  AppendKeyString(b, &key_b);
  KALAMDB_CHECK((a < b) == (key_a < key_b));
  KALAMDB_CHECK((a == b) == (key_a == key_b));
  const std::string end = PrefixEnd(a);
  KALAMDB_CHECK(end.empty() || std::string_view(end) > a);
}

}  // namespace
}  // namespace kalamdb::types

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  kalamdb::types::ReadKey(input);
  kalamdb::types::CompareHalves(input);
  return 0;
}
