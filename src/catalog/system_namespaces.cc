// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

SystemTable MakeSystemNamespaces(const Catalog& catalog) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "namespaces";
  table.schema = SystemSchema({{"namespace_id", kText, kKey},
                               {"name", kText, kNotNull},
                               {"created_at", kTimestamp, kNotNull},
                               {"options", kJson},
                               {"table_count", kInt, kNotNull}});
  table.rows = [&catalog](Role) {
    std::vector<types::Row> rows;
    for (const NamespaceDefPtr& def : catalog.ListNamespaces()) {
      rows.push_back({TextValue(def->name), TextValue(def->name), IntValue(def->created_at),
                      TextValue(def->options_json), CountValue(catalog.CountTables(def->name))});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
