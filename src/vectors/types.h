// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "duckdb/common/types.hpp"
#include "duckdb/common/types/hugeint.hpp"
#include "duckdb/common/types/value.hpp"

#include "types/data_type.h"
#include "types/value.h"

namespace kalamdb::vectors {

// The engine's type for a column of ours. FILE is text with an alias, as JSON is.
duckdb::LogicalType ToLogicalType(const types::DataType& type);

// How a result column of the engine is sent.
struct ResultType {
  types::DataType type;
  // What the column must be cast to before it is read; nothing when it can be read as it is. Lists,
  // structs and maps become JSON, other types without a counterpart their text.
  std::optional<duckdb::LogicalType> cast;
};
ResultType ToResultType(const duckdb::LogicalType& type);

// A value of ours for the engine. Precondition: the value is NULL or of the type.
duckdb::Value ToDuckValue(const types::Value& value, const types::DataType& type);
// The other way. Precondition: `value` has the engine's type for `type`.
types::Value FromDuckValue(const duckdb::Value& value, const types::DataType& type);

// 16 bytes as the engine keeps a UUID: a number whose order is that of the bytes.
duckdb::hugeint_t UuidToHugeint(std::string_view bytes);
std::string UuidFromHugeint(duckdb::hugeint_t value);

inline duckdb::hugeint_t ToHugeint(types::Int128 value) {
  return {static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)};
}
inline types::Int128 FromHugeint(duckdb::hugeint_t value) {
  // Through unsigned: shifting a negative number left is not defined.
  __extension__ using Uint128 = unsigned __int128;
  return static_cast<types::Int128>(
      (static_cast<Uint128>(static_cast<uint64_t>(value.upper)) << 64) | value.lower);
}

}  // namespace kalamdb::vectors
