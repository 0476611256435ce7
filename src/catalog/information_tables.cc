// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"
#include "catalog/table_listing.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

SystemTable MakeInformationTables(const Catalog& catalog, const SystemTables& computed) {
  SystemTable table;
  table.namespace_id = "information_schema";
  table.name = "tables";
  table.is_admin_only = false;
  table.schema = SystemSchema({{"table_catalog", kText, kNotNull},
                               {"table_schema", kText, kKey},
                               {"table_name", kText, kKey},
                               {"table_type", kText, kNotNull},
                               {"is_insertable_into", kText, kNotNull}});
  table.rows = [&catalog, &computed](Role role) {
    std::vector<types::Row> rows;
    for (const ListedTable& listed : ListVisibleTables(catalog, computed, role)) {
      const bool is_stored = listed.stored != nullptr;
      rows.push_back({TextValue(kCatalogName), TextValue(listed.namespace_id),
                      TextValue(listed.name), TextValue(is_stored ? "BASE TABLE" : "VIEW"),
                      YesNoValue(is_stored)});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
