// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_rows.h"

#include <utility>

#include "base/check.h"

namespace kalamdb::catalog {

types::Schema SystemSchema(std::initializer_list<SystemColumnDef> columns) {
  types::Schema schema;
  for (const SystemColumnDef& def : columns) {
    const auto position = static_cast<uint32_t>(schema.columns.size());
    types::Column column;
    column.id = position + 1;
    column.name = def.name;
    column.type = types::TypeOf(def.type);
    column.is_nullable = def.rule == ColumnRule::kNullable;
    if (def.rule == ColumnRule::kKey) {
      schema.key.push_back(position);
    }
    schema.columns.push_back(std::move(column));
  }
  KALAMDB_CHECK(!schema.key.empty());
  return schema;
}

types::Value SecretValue(const std::optional<std::string>& secret, Role role) {
  if (!secret.has_value() || IsAdmin(role)) {
    return OptionalText(secret);
  }
  return types::Value("***");
}

}  // namespace kalamdb::catalog
