// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "types/schema.h"

// What the files of the computed tables share: a schema in a few lines, and values.
namespace kalamdb::catalog {

enum class ColumnRule : uint8_t { kNullable, kNotNull, kKey };

struct SystemColumnDef {
  std::string_view name;
  types::TypeId type;
  ColumnRule rule = ColumnRule::kNullable;
};

// Ids from 1 in order; the columns marked kKey are the key and NOT NULL. At least one is.
types::Schema SystemSchema(std::initializer_list<SystemColumnDef> columns);

inline types::Value TextValue(std::string_view text) { return types::Value(text); }
inline types::Value OptionalText(const std::optional<std::string>& text) {
  return text.has_value() ? types::Value(*text) : types::Value();
}
inline types::Value IntValue(int64_t number) { return types::Value(number); }
inline types::Value OptionalInt(const std::optional<int64_t>& number) {
  return number.has_value() ? types::Value(*number) : types::Value();
}
inline types::Value CountValue(size_t count) { return types::Value(static_cast<int64_t>(count)); }
inline types::Value BoolValue(bool flag) { return types::Value(flag); }
inline types::Value YesNoValue(bool flag) { return types::Value(flag ? "YES" : "NO"); }
// What `role` may see of a secret: itself, or `***` when there is one.
types::Value SecretValue(const std::optional<std::string>& secret, Role role);

}  // namespace kalamdb::catalog
