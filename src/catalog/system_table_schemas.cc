// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"
#include "catalog/table_json.h"
#include "catalog/table_listing.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

namespace {

types::Row RowOf(const ListedTable& table, const types::Schema* previous,
                 const types::Schema& schema, int64_t created_at) {
  return {TextValue(table.Id() + ":" + std::to_string(schema.version)),
          TextValue(table.Id()),
          TextValue(table.namespace_id),
          TextValue(table.name),
          IntValue(static_cast<int64_t>(schema.version)),
          TextValue(ArrowSchemaJson(schema, table.stored != nullptr)),
          IntValue(created_at),
          TextValue(SchemaChangesJson(previous, schema))};
}

}  // namespace

// The versions of system.schemas in the form of October 2025, with what each changed.
SystemTable MakeSystemTableSchemas(const Catalog& catalog, const SystemTables& computed) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "table_schemas";
  table.schema = SystemSchema({{"schema_id", kText, kKey},
                               {"table_id", kText, kNotNull},
                               {"namespace_id", kText, kNotNull},
                               {"table_name", kText, kNotNull},
                               {"version", kInt, kNotNull},
                               {"arrow_schema", kText, kNotNull},
                               {"created_at", kTimestamp, kNotNull},
                               {"changes", kText}});
  table.rows = [&catalog, &computed](Role role) {
    std::vector<types::Row> rows;
    for (const ListedTable& listed : ListVisibleTables(catalog, computed, role)) {
      if (listed.stored == nullptr) {
        rows.push_back(RowOf(listed, nullptr, *listed.schema, 0));
        continue;
      }
      const TableDef& def = *listed.stored;
      for (size_t i = 0; i < def.versions.size(); ++i) {
        const types::Schema* previous = i == 0 ? nullptr : &def.versions[i - 1];
        rows.push_back(RowOf(listed, previous, def.versions[i], def.version_times[i]));
      }
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
