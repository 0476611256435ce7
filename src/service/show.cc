// SPDX-License-Identifier: Apache-2.0
#include "service/show.h"

#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "catalog/table_json.h"
#include "catalog/table_listing.h"

namespace kalamdb::service {

namespace {

using types::TypeId;
using types::Value;

types::ResultColumn Column(std::string name, TypeId type) {
  types::ResultColumn column;
  column.name = std::move(name);
  column.type = types::TypeOf(type);
  return column;
}

Value OptionalText(std::optional<std::string> text) {
  return text.has_value() ? Value(std::move(*text)) : Value();
}

Value Number(uint64_t number) { return Value(static_cast<int64_t>(number)); }

Status Missing(const QualifiedName& name) {
  return TableNotFound(fmt::format("Table {} does not exist", name.Text()));
}

// The table and, of a stored one, the definition that keeps it alive.
struct Found {
  catalog::ListedTable listed;
  const std::vector<types::Schema>* versions = nullptr;  // Null for a computed table.
};

StatusOr<Found> FindAny(const catalog::Catalog& catalog, const catalog::SystemTables& computed,
                        const QualifiedName& name) {
  if (const catalog::SystemTable* table = computed.Find(name.namespace_id, name.name)) {
    return Found{.listed = catalog::ListedOf(*table)};
  }
  if (const catalog::TableDefPtr table = catalog.FindTable(name.namespace_id, name.name)) {
    return Found{.listed = catalog::ListedOf(table), .versions = &table->versions};
  }
  return Error(Missing(name));
}

ShowResult DescribeResult() {
  ShowResult result;
  result.columns = {
      Column("column_name", TypeId::kText),    Column("ordinal_position", TypeId::kInt),
      Column("column_id", TypeId::kBigInt),    Column("data_type", TypeId::kText),
      Column("is_nullable", TypeId::kBoolean), Column("is_primary_key", TypeId::kBoolean),
      Column("column_default", TypeId::kText), Column("column_comment", TypeId::kText),
      Column("schema_version", TypeId::kInt)};
  return result;
}

void AppendDescription(const types::Schema& schema, bool is_stored, ShowResult* result) {
  for (const catalog::ListedColumn& column : catalog::ListColumns(schema, is_stored)) {
    result->rows.push_back({Value(column.name), Number(column.ordinal), Number(column.id),
                            Value(types::SqlName(column.type)), Value(column.is_nullable),
                            Value(column.key_position > 0),
                            OptionalText(catalog::DefaultText(column)), Value(),
                            Number(schema.version)});
  }
}

// Of STREAM tables alone, in every row: their settings.
void AddStreamConfig(const catalog::TableDef* table, ShowResult* result) {
  if (table == nullptr || !table->is_stream()) {
    return;
  }
  result->columns.push_back(Column("stream_config", TypeId::kText));
  for (types::Row& row : result->rows) {
    row.push_back(OptionalText(catalog::StreamConfigJson(*table)));
  }
}

}  // namespace

ShowResult Show::RowsOf(std::string_view namespace_id, std::string_view name, Role role) const {
  ShowResult result;
  const catalog::SystemTable* table = system_tables_.Find(namespace_id, name);
  if (table == nullptr) {
    return result;
  }
  for (size_t i = 0; i < table->schema.columns.size(); ++i) {
    const types::Column& column = table->schema.columns[i];
    result.columns.push_back({.name = column.name,
                              .type = column.type,
                              .is_key = table->schema.IsKey(i),
                              .is_not_null = !column.is_nullable});
  }
  result.rows = table->rows(role);
  return result;
}

StatusOr<ShowResult> Show::Tables(const std::string& namespace_id, Role role) const {
  if (!namespace_id.empty() && !IsSystemNamespace(namespace_id) &&
      catalog_.FindNamespace(namespace_id) == nullptr) {
    return Error(NotFound("Namespace '" + namespace_id + "' not found"));
  }
  ShowResult result = RowsOf("system", "schemas", role);
  if (!namespace_id.empty()) {
    const auto column = system_tables_.Find("system", "schemas")->schema.Find("namespace_id");
    KALAMDB_CHECK(column.has_value());
    std::erase_if(result.rows,
                  [&](const types::Row& row) { return row[*column].AsString() != namespace_id; });
  }
  return result;
}

StatusOr<ShowResult> Show::Stats(const QualifiedName& name, const CancelToken* cancel) const {
  KALAMDB_ASSIGN_OR_RETURN(const Found found, FindAny(catalog_, system_tables_, name));
  TableStats stats;
  if (found.listed.stored != nullptr) {
    KALAMDB_ASSIGN_OR_RETURN(stats, stats_(*found.listed.stored, cancel));
  }
  ShowResult result;
  result.columns = {
      Column("table_name", TypeId::kText),         Column("namespace", TypeId::kText),
      Column("schema_version", TypeId::kInt),      Column("logical_rows", TypeId::kBigInt),
      Column("flushed_segments", TypeId::kBigInt), Column("active_streams", TypeId::kBigInt),
      Column("memory_bytes", TypeId::kBigInt),     Column("hot_rows", TypeId::kBigInt),
      Column("cold_rows", TypeId::kBigInt),        Column("dead_rows", TypeId::kBigInt),
      Column("segment_bytes", TypeId::kBigInt),    Column("files", TypeId::kBigInt)};
  result.rows.push_back({Value(found.listed.name), Value(found.listed.namespace_id),
                         Number(found.listed.schema->version), Number(stats.logical_rows),
                         Number(stats.flushed_segments), Number(stats.active_streams),
                         Number(stats.memory_bytes), Number(stats.hot_rows),
                         Number(stats.cold_rows), Number(stats.dead_rows),
                         Number(stats.segment_bytes), Number(stats.files)});
  return result;
}

StatusOr<ShowResult> Show::Columns(const QualifiedName& name) const {
  KALAMDB_ASSIGN_OR_RETURN(const Found found, FindAny(catalog_, system_tables_, name));
  ShowResult result;
  for (const char* column :
       {"table_catalog", "table_schema", "table_name", "column_name", "data_type", "is_nullable"}) {
    result.columns.push_back(Column(column, TypeId::kText));
  }
  const bool is_stored = found.listed.stored != nullptr;
  for (const catalog::ListedColumn& column :
       catalog::ListColumns(*found.listed.schema, is_stored)) {
    result.rows.push_back({Value("kalam"), Value(found.listed.namespace_id),
                           Value(found.listed.name), Value(column.name),
                           Value(types::SqlName(column.type)),
                           Value(column.is_nullable ? "YES" : "NO")});
  }
  return result;
}

StatusOr<ShowResult> Show::Run(const sql::Show& statement, std::string_view default_namespace,
                               const Caller& caller, const CancelToken* cancel) const {
  switch (statement.kind) {
    case sql::ShowKind::kNamespaces:
      return RowsOf("system", "namespaces", caller.role);
    case sql::ShowKind::kTables:
      return Tables(types::AsciiLower(statement.namespace_id), caller.role);
    case sql::ShowKind::kStorages:
      return RowsOf("system", "storages", caller.role);
    case sql::ShowKind::kSettings:
      return RowsOf("system", "settings", caller.role);
    case sql::ShowKind::kUsers:
      return RowsOf("system", "users", caller.role);
    case sql::ShowKind::kStats:
      return Stats(Qualify(statement.table, default_namespace), cancel);
    case sql::ShowKind::kColumns:
      return Columns(Qualify(statement.table, default_namespace));
  }
  return Error(Internal("an unknown kind of SHOW"));
}

StatusOr<ShowResult> Show::Run(const sql::Describe& statement, std::string_view default_namespace,
                               const Caller&) const {
  KALAMDB_ASSIGN_OR_RETURN(const Found found, FindAny(catalog_, system_tables_,
                                                      Qualify(statement.table, default_namespace)));
  ShowResult result = DescribeResult();
  const catalog::TableDef* table = found.listed.stored.get();
  if (!statement.is_history || found.versions == nullptr) {
    AppendDescription(*found.listed.schema, table != nullptr, &result);
    AddStreamConfig(table, &result);
    return result;
  }
  for (const types::Schema& schema : *found.versions) {
    AppendDescription(schema, /*is_stored=*/true, &result);
  }
  AddStreamConfig(table, &result);
  return result;
}

}  // namespace kalamdb::service
