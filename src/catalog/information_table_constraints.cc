// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"
#include "catalog/table_listing.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

// The primary key of every stored table. NOT NULL is a property of the column here.
SystemTable MakeInformationTableConstraints(const Catalog& catalog, const SystemTables& computed) {
  SystemTable table;
  table.namespace_id = "information_schema";
  table.name = "table_constraints";
  table.is_admin_only = false;
  table.schema = SystemSchema({{"constraint_catalog", kText, kNotNull},
                               {"constraint_schema", kText, kKey},
                               {"constraint_name", kText, kKey},
                               {"table_catalog", kText, kNotNull},
                               {"table_schema", kText, kNotNull},
                               {"table_name", kText, kNotNull},
                               {"constraint_type", kText, kNotNull},
                               {"is_deferrable", kText, kNotNull},
                               {"initially_deferred", kText, kNotNull},
                               {"enforced", kText, kNotNull}});
  table.rows = [&catalog, &computed](Role role) {
    std::vector<types::Row> rows;
    for (const ListedTable& listed : ListVisibleTables(catalog, computed, role)) {
      if (listed.stored == nullptr) {
        continue;
      }
      rows.push_back({TextValue(kCatalogName), TextValue(listed.namespace_id),
                      TextValue(std::string(listed.name) + "_pkey"), TextValue(kCatalogName),
                      TextValue(listed.namespace_id), TextValue(listed.name),
                      TextValue("PRIMARY KEY"), YesNoValue(false), YesNoValue(false),
                      YesNoValue(true)});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
