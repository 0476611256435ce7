// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/scope.h"

namespace kalamdb::sql {

StatusOr<catalog::TableDefPtr> FindTable(const NameSources& sources, const TableName& name,
                                         const Session& session) {
  const std::string& namespace_id =
      name.namespace_id.empty() ? session.default_namespace : name.namespace_id;
  catalog::TableDefPtr table = sources.catalog.FindTable(types::AsciiLower(namespace_id),
                                                         types::AsciiLower(name.name));
  if (table == nullptr) {
    return Error(TableNotFound(namespace_id + "." + name.name));
  }
  return table;
}

Status EventsDoNotChange(const catalog::TableDef& table, std::string_view statement) {
  return InvalidOperation(std::string(statement) + " is not supported on STREAM table '" +
                          table.QualifiedName() +
                          "': events do not change; INSERT a new one or DELETE this one");
}

std::pair<std::string, std::string> StatementScope::Qualify(const TableName& name) const {
  return {types::AsciiLower(name.namespace_id.empty() ? session_->default_namespace
                                                      : name.namespace_id),
          types::AsciiLower(name.name)};
}

void StatementScope::Override(const TableName& name,
                              std::shared_ptr<const table::Relation> relation) {
  overrides_.insert_or_assign(Qualify(name), std::move(relation));
}

StatusOr<std::shared_ptr<const table::Relation>> StatementScope::Resolve(const TableName& name) {
  const auto [namespace_id, table_name] = Qualify(name);
  if (const auto found = overrides_.find({namespace_id, table_name}); found != overrides_.end()) {
    return found->second;
  }
  if (const catalog::SystemTable* system = sources_.system_tables.Find(namespace_id, table_name);
      system != nullptr) {
    KALAMDB_RETURN_IF_ERROR(sources_.access.CheckRead(*system, session_->role));
    return std::make_shared<table::RowsRelation>(system->schema, system->rows(session_->role));
  }
  const catalog::TableDefPtr table = sources_.catalog.FindTable(namespace_id, table_name);
  if (table == nullptr) {
    return nullptr;
  }
  KALAMDB_RETURN_IF_ERROR(sources_.access.CheckRead(*table, session_->role));
  if (view_.snapshot == nullptr) {
    view_.snapshot = sources_.reader.TakeSnapshot();
  }
  return sources_.reader.Open(table, ScopeOf(*table, session_->user), view_);
}

}  // namespace kalamdb::sql
