// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "catalog/catalog.h"
#include "catalog/system_tables.h"
#include "sql/exec/duck_engine.h"
#include "sql/exec/session.h"
#include "table/reader.h"

namespace kalamdb::sql {

// Where names are looked up: what the statements of a server share. Thread-safe.
struct NameSources {
  const catalog::Catalog& catalog;
  const catalog::SystemTables& system_tables;
  const table::TableReader& reader;
  const AccessPolicy& access;
};

// The table called `name` in the session's eyes. TableNotFound when there is none.
StatusOr<catalog::TableDefPtr> FindTable(const NameSources& sources, const TableName& name,
                                         const Session& session);

// What a statement is told that would change rows of a STREAM table.
Status EventsDoNotChange(const catalog::TableDef& table, std::string_view statement);

// The names of one statement: tables under its view, system tables, and relations that stand in for
// a table (the rows of a RETURNING clause). Confined to one thread at a time.
class StatementScope final : public QueryScope {
 public:
  StatementScope(const NameSources& sources, SessionPtr session, table::ReadView view)
      : sources_(sources), session_(std::move(session)), view_(std::move(view)) {
    // A stream that is named twice is the same both times.
    view_.now_micros = session_->statement_micros;
  }

  // From now on `name` means `relation`.
  void Override(const TableName& name, std::shared_ptr<const table::Relation> relation);

  const std::string& default_namespace() const override { return session_->default_namespace; }
  StatusOr<std::shared_ptr<const table::Relation>> Resolve(const TableName& name) override;
  const UserId& user() const override { return session_->user; }
  Role role() const override { return session_->role; }
  int64_t statement_micros() const override { return session_->statement_micros; }

 private:
  std::pair<std::string, std::string> Qualify(const TableName& name) const;

  NameSources sources_;
  SessionPtr session_;
  table::ReadView view_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const table::Relation>> overrides_;
};

}  // namespace kalamdb::sql
