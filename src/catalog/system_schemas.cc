// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"
#include "catalog/table_json.h"
#include "catalog/table_listing.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

namespace {

struct Version {
  const types::Schema* schema;
  int64_t created_at;
  bool is_latest;
};

types::Row RowOf(const ListedTable& table, const Version& version) {
  const TableDef* def = table.stored.get();
  const bool is_shared = def != nullptr && def->kind == TableKind::kShared;
  const bool is_user = def != nullptr && def->kind == TableKind::kUser;
  return {TextValue(table.Id()),
          TextValue(table.name),
          TextValue(table.namespace_id),
          TextValue(table.kind),
          IntValue(def == nullptr ? 0 : def->created_at),
          IntValue(static_cast<int64_t>(version.schema->version)),
          TextValue(ColumnsJson(*version.schema, def != nullptr)),
          def == nullptr || def->comment.empty() ? types::Value() : TextValue(def->comment),
          IntValue(version.created_at),
          TextValue(OptionsJson(table)),
          is_shared ? TextValue(AccessLevelName(def->options.access_level)) : types::Value(),
          BoolValue(version.is_latest),
          TextValue(def == nullptr ? "local" : def->options.storage_id),
          is_user ? BoolValue(def->options.use_user_storage) : types::Value()};
}

}  // namespace

// One row for every version of every table.
SystemTable MakeSystemSchemas(const Catalog& catalog, const SystemTables& computed) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "schemas";
  table.schema = SystemSchema({{"table_id", kText, kKey},
                               {"table_name", kText, kNotNull},
                               {"namespace_id", kText, kNotNull},
                               {"table_type", kText, kNotNull},
                               {"created_at", kTimestamp, kNotNull},
                               {"schema_version", kInt, kKey},
                               {"columns", kJson, kNotNull},
                               {"table_comment", kText},
                               {"updated_at", kTimestamp, kNotNull},
                               {"options", kJson},
                               {"access_level", kText},
                               {"is_latest", kBoolean, kNotNull},
                               {"storage_id", kText},
                               {"use_user_storage", kBoolean}});
  table.rows = [&catalog, &computed](Role role) {
    std::vector<types::Row> rows;
    for (const ListedTable& listed : ListVisibleTables(catalog, computed, role)) {
      if (listed.stored == nullptr) {
        rows.push_back(RowOf(listed, {listed.schema, 0, true}));
        continue;
      }
      const TableDef& def = *listed.stored;
      for (size_t i = 0; i < def.versions.size(); ++i) {
        const bool is_latest = i + 1 == def.versions.size();
        rows.push_back(RowOf(listed, {&def.versions[i], def.version_times[i], is_latest}));
      }
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
