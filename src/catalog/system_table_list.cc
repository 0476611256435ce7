// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"
#include "catalog/table_json.h"
#include "catalog/table_listing.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

namespace {

void ReplacePlaceholder(std::string_view placeholder, std::string_view name, std::string* text) {
  if (const size_t at = text->find(placeholder); at != std::string::npos) {
    text->replace(at, placeholder.size(), name);
  }
}

// The folder of a table in its storage; of a USER table with the placeholder of the user. STREAM
// tables have none.
std::optional<std::string> LocationOf(const Catalog& catalog, const ListedTable& table) {
  if (table.stored == nullptr || table.stored->is_stream()) {
    return std::nullopt;
  }
  const StorageDefPtr storage = catalog.FindStorage(table.stored->options.storage_id);
  if (storage == nullptr) {
    return std::nullopt;
  }
  std::string path = table.stored->kind == TableKind::kUser ? storage->user_tables_template
                                                            : storage->shared_tables_template;
  ReplacePlaceholder("{namespace}", table.namespace_id, &path);
  ReplacePlaceholder("{tableName}", table.name, &path);
  return storage->base_directory + "/" + path;
}

types::Row RowOf(const Catalog& catalog, const ListedTable& table) {
  const TableDef* def = table.stored.get();
  const auto version = static_cast<int64_t>(table.schema->version);
  const auto of_stored = [def](auto&& value) { return def == nullptr ? types::Value() : value(); };
  return {
      TextValue(table.Id()),
      TextValue(table.namespace_id),
      TextValue(table.name),
      TextValue(table.kind),
      TextValue(def == nullptr ? "local" : def->options.storage_id),
      OptionalText(LocationOf(catalog, table)),
      IntValue(version),
      IntValue(version),
      TextValue(OptionsJson(table)),
      of_stored([def] { return OptionalText(FlushPolicyJson(def->options.flush_policy)); }),
      of_stored([def] { return OptionalText(RetentionText(def->options)); }),
      of_stored([def] { return OptionalText(StreamConfigJson(*def)); }),
      of_stored([def] { return def->comment.empty() ? types::Value() : TextValue(def->comment); }),
      IntValue(def == nullptr ? 0 : def->created_at),
      IntValue(def == nullptr ? 0 : def->updated_at)};
}

}  // namespace

// The latest version of each table: the columns of today and of October 2025 in one.
SystemTable MakeSystemTablesTable(const Catalog& catalog, const SystemTables& computed) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "tables";
  table.schema = SystemSchema({{"table_id", kText, kKey},
                               {"namespace_id", kText, kNotNull},
                               {"table_name", kText, kNotNull},
                               {"table_type", kText, kNotNull},
                               {"storage_id", kText},
                               {"storage_location", kText},
                               {"version", kBigInt, kNotNull},
                               {"current_schema_version", kInt, kNotNull},
                               {"options", kText},
                               {"flush_policy", kText},
                               {"deleted_retention", kText},
                               {"stream_config", kText},
                               {"comment", kText},
                               {"created_at", kTimestamp, kNotNull},
                               {"updated_at", kTimestamp, kNotNull}});
  table.rows = [&catalog, &computed](Role role) {
    std::vector<types::Row> rows;
    for (const ListedTable& listed : ListVisibleTables(catalog, computed, role)) {
      rows.push_back(RowOf(catalog, listed));
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
