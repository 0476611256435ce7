// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"
#include "catalog/table_listing.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

SystemTable MakeInformationKeyColumnUsage(const Catalog& catalog, const SystemTables& computed) {
  SystemTable table;
  table.namespace_id = "information_schema";
  table.name = "key_column_usage";
  table.is_admin_only = false;
  table.schema = SystemSchema({{"constraint_catalog", kText, kNotNull},
                               {"constraint_schema", kText, kKey},
                               {"constraint_name", kText, kKey},
                               {"table_catalog", kText, kNotNull},
                               {"table_schema", kText, kNotNull},
                               {"table_name", kText, kNotNull},
                               {"column_name", kText, kKey},
                               {"ordinal_position", kInt, kNotNull},
                               {"position_in_unique_constraint", kInt}});
  table.rows = [&catalog, &computed](Role role) {
    std::vector<types::Row> rows;
    for (const ListedTable& listed : ListVisibleTables(catalog, computed, role)) {
      if (listed.stored == nullptr) {
        continue;
      }
      for (size_t i = 0; i < listed.schema->key.size(); ++i) {
        rows.push_back({TextValue(kCatalogName), TextValue(listed.namespace_id),
                        TextValue(std::string(listed.name) + "_pkey"), TextValue(kCatalogName),
                        TextValue(listed.namespace_id), TextValue(listed.name),
                        TextValue(listed.schema->columns[listed.schema->key[i]].name),
                        CountValue(i + 1), types::Value()});
      }
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
