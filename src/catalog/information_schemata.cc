// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"
#include "catalog/system_tables.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

SystemTable MakeInformationSchemata(const Catalog& catalog, const SystemTables& computed) {
  SystemTable table;
  table.namespace_id = "information_schema";
  table.name = "schemata";
  table.is_admin_only = false;
  table.schema = SystemSchema({{"catalog_name", kText, kNotNull},
                               {"schema_name", kText, kKey},
                               {"schema_owner", kText, kNotNull},
                               {"default_character_set_name", kText},
                               {"sql_path", kText}});
  table.rows = [&catalog, &computed](Role role) {
    std::set<std::string> names;
    for (const NamespaceDefPtr& def : catalog.ListNamespaces()) {
      names.insert(def->name);
    }
    for (const SystemTable& listed : computed.tables()) {
      if (!listed.is_admin_only || IsAdmin(role)) {
        names.insert(listed.namespace_id);
      }
    }
    std::vector<types::Row> rows;
    for (const std::string& name : names) {
      rows.push_back({TextValue(kCatalogName), TextValue(name), TextValue("root"),
                      TextValue("UTF8"), types::Value()});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
