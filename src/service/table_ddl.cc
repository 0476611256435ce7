// SPDX-License-Identifier: Apache-2.0
#include "service/table_ddl.h"

#include <utility>

#include <fmt/format.h>

#include "service/name_rules.h"
#include "service/table_rules.h"

namespace kalamdb::service {

namespace {

Status Missing(const QualifiedName& name) {
  return TableNotFound(fmt::format("Table {} does not exist", name.Text()));
}

}  // namespace

StatusOr<std::string> TableDdl::Create(const sql::CreateTable& statement,
                                       std::string_view default_namespace, const Caller& caller) {
  const QualifiedName name = Qualify(statement.table, default_namespace);
  if (IsSystemNamespace(name.namespace_id)) {
    return Error(InvalidOperation(
        fmt::format("Namespace '{}' takes no tables of users", name.namespace_id)));
  }
  KALAMDB_RETURN_IF_ERROR(CheckName("table", name.name));
  if (catalog_.FindNamespace(name.namespace_id) == nullptr) {
    return Error(
        NotFound(fmt::format("Namespace '{0}' does not exist. Create it first with "
                             "CREATE NAMESPACE {0}",
                             name.namespace_id)));
  }
  const std::string exists = fmt::format("Table {} already exists", name.Text());
  if (catalog_.FindTable(name.namespace_id, name.name) != nullptr) {
    if (statement.if_not_exists) {
      return exists;
    }
    return Error(AlreadyExists(exists));
  }

  catalog::TableDef def;
  def.namespace_id = name.namespace_id;
  def.name = name.name;
  def.kind = KindOfNewTable(statement, name.namespace_id, caller);
  KALAMDB_ASSIGN_OR_RETURN(def.options, OptionsOfNewTable(statement.options, def.kind));
  KALAMDB_ASSIGN_OR_RETURN(types::Schema schema, SchemaOfNewTable(statement.schema));
  def.versions.push_back(std::move(schema));
  const catalog::TableKind kind = def.kind;
  const StatusOr<catalog::TableDefPtr> created = catalog_.CreateTable(std::move(def));
  if (!created && created.error().code() == StatusCode::kAlreadyExists && statement.if_not_exists) {
    return exists;  // Someone else was faster.
  }
  if (!created) {
    return Error(created.error());
  }
  return fmt::format("{} table {} created successfully", catalog::TableKindName(kind), name.Text());
}

StatusOr<std::string> TableDdl::Drop(const sql::DropTable& statement,
                                     std::string_view default_namespace) {
  const QualifiedName name = Qualify(statement.table, default_namespace);
  if (IsSystemNamespace(name.namespace_id)) {
    return Error(InvalidOperation(fmt::format("Cannot drop system table '{}'", name.Text())));
  }
  const std::string skipped = fmt::format("Table {} does not exist (skipped)", name.Text());
  const catalog::TableDefPtr table = catalog_.FindTable(name.namespace_id, name.name);
  if (table == nullptr) {
    if (statement.if_exists) {
      return skipped;
    }
    return Error(Missing(name));
  }
  if (statement.kind && *statement.kind != table->kind) {
    return Error(InvalidOperation(fmt::format("Table {} is a {} table, not a {} table", name.Text(),
                                              catalog::TableKindName(table->kind),
                                              catalog::TableKindName(*statement.kind))));
  }
  const Status dropped = dropper_.Drop(table);
  const bool was_gone =
      dropped.code() == StatusCode::kNotFound || dropped.code() == StatusCode::kTableNotFound;
  if (was_gone && statement.if_exists) {
    return skipped;
  }
  if (was_gone) {
    return Error(Missing(name));
  }
  KALAMDB_RETURN_IF_ERROR(dropped);
  return fmt::format("Table {} dropped successfully", name.Text());
}

}  // namespace kalamdb::service
