// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"
#include "catalog/table_listing.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

SystemTable MakeSystemColumns(const Catalog& catalog, const SystemTables& computed) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "columns";
  table.schema = SystemSchema({{"namespace_id", kText, kKey},
                               {"table_name", kText, kKey},
                               {"version", kBigInt, kNotNull},
                               {"column_id", kBigInt, kNotNull},
                               {"column_name", kText, kKey},
                               {"comment", kText},
                               {"data_type", kText, kNotNull},
                               {"default_value", kText},
                               {"ordinal", kInt, kNotNull},
                               {"nullable", kBoolean, kNotNull},
                               {"primary_key", kBoolean, kNotNull},
                               {"primary_key_pos", kInt}});
  table.rows = [&catalog, &computed](Role role) {
    std::vector<types::Row> rows;
    for (const ListedTable& listed : ListVisibleTables(catalog, computed, role)) {
      for (const ListedColumn& column : ListColumns(*listed.schema, listed.stored != nullptr)) {
        rows.push_back(
            {TextValue(listed.namespace_id), TextValue(listed.name),
             IntValue(static_cast<int64_t>(listed.schema->version)),
             IntValue(static_cast<int64_t>(column.id)), TextValue(column.name), types::Value(),
             TextValue(types::SqlName(column.type)), OptionalText(DefaultText(column)),
             IntValue(static_cast<int64_t>(column.ordinal)), BoolValue(column.is_nullable),
             BoolValue(column.key_position > 0),
             column.key_position > 0 ? IntValue(static_cast<int64_t>(column.key_position))
                                     : types::Value()});
      }
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
