// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "types/schema.h"

namespace kalamdb::types {

// Order-preserving encoding: memcmp of encoded keys is the order of the values.
//   BOOLEAN                 1 byte
//   integers, times, dates  8 bytes big-endian, sign bit flipped
//   FLOAT, DOUBLE           8 bytes: sign bit flipped when positive, all bits when negative
//   DECIMAL                 16 bytes big-endian, sign bit flipped
//   UUID                    16 bytes
//   others                  bytes with 00 -> 00 FF, then 00 01
void AppendKeyValue(const Value& value, TypeId type, std::string* out);

// `text` escaped and terminated as above.
void AppendKeyString(std::string_view text, std::string* out);
void AppendKeyU32(uint32_t value, std::string* out);
void AppendKeyU64(uint64_t value, std::string* out);

// The primary key of `row`, columns in key order.
void AppendPrimaryKey(const Schema& schema, std::span<const Value> row, std::string* out);

// Reads what the functions above wrote, front to back. Corruption on anything else.
class KeyReader {
 public:
  explicit KeyReader(std::string_view bytes) : rest_(bytes) {}
  StatusOr<uint32_t> ReadU32();
  StatusOr<uint64_t> ReadU64();
  StatusOr<std::string> ReadString();
  StatusOr<Value> ReadValue(TypeId type);
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// The smallest key above every key that starts with `prefix`; empty when there is none.
std::string PrefixEnd(std::string_view prefix);

}  // namespace kalamdb::types
