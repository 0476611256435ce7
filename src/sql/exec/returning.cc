// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "sql/exec/dml.h"

namespace kalamdb::sql {

namespace {

CommitSeq SeqOf(const DmlPlan& plan, const AffectedRow& row, const table::WriteSet* committed,
                const table::Scope& scope) {
  if (committed != nullptr) {
    if (const table::ScopeWrites* writes = committed->Find(plan.table()->id, scope)) {
      if (const auto found = writes->rows.find(row.key); found != writes->rows.end()) {
        return found->second.committed_seq;
      }
    }
  }
  return CommitSeq{INT64_MAX};
}

// The table's schema with the system columns as ordinary ones, `_updated` hidden from `*`.
types::Schema WithSystemColumns(const types::Schema& schema) {
  types::Schema extended = schema;
  const auto add = [&](std::string_view name, types::TypeId type, bool is_hidden) {
    types::Column column;
    column.id = static_cast<uint32_t>(extended.columns.size() + 1);
    column.name = name;
    column.type = types::TypeOf(type);
    column.is_nullable = false;
    column.is_hidden = is_hidden;
    extended.columns.push_back(std::move(column));
  };
  add(types::kSeqName, types::TypeId::kBigInt, false);
  add(types::kDeletedName, types::TypeId::kBoolean, false);
  add(types::kUpdatedName, types::TypeId::kTimestamp, true);
  return extended;
}

}  // namespace

StatusOr<QueryResult> RunReturning(const DmlPlan& plan, const StagedChange& change,
                                   const table::WriteSet* committed, const TableName& name,
                                   const std::string& alias, const SessionPtr& session,
                                   const DmlTools& tools) {
  const types::Schema& schema = plan.table()->schema();
  const table::Scope scope = ScopeOf(*plan.table(), session->user);
  const ReturningClause& returning = *plan.returning();
  std::vector<types::Row> rows;
  rows.reserve(change.rows.size());
  if (returning.items.has_value()) {
    KALAMDB_ASSIGN_OR_RETURN(const RowProjection projection,
                             RowProjection::Bind(schema, *returning.items));
    for (const AffectedRow& affected : change.rows) {
      KALAMDB_ASSIGN_OR_RETURN(const types::RowView row,
                               types::RowView::Open(*plan.table()->layout, affected.bytes));
      rows.push_back(projection.Apply(row, SeqOf(plan, affected, committed, scope)));
    }
    return QueryResult{projection.columns(),
                       std::make_unique<types::VectorCursor>(std::move(rows))};
  }
  for (const AffectedRow& affected : change.rows) {
    KALAMDB_ASSIGN_OR_RETURN(const types::RowView view,
                             types::RowView::Open(*plan.table()->layout, affected.bytes));
    const CommitSeq seq = SeqOf(plan, affected, committed, scope);
    types::Row row = view.ToRow();
    row.emplace_back(static_cast<int64_t>(seq.value));
    row.emplace_back(view.is_deleted());
    row.emplace_back(SeqTimeMicros(seq));
    rows.push_back(std::move(row));
  }
  const auto relation_scope =
      std::make_shared<StatementScope>(tools.names, session, table::ReadView{});
  relation_scope->Override(
      name, std::make_shared<table::RowsRelation>(WithSystemColumns(schema), rows));
  DuckEngine::Projection projection;
  projection.items.emplace_back(returning.node);
  projection.table = name;
  projection.alias = alias;
  return tools.duck.Project(projection, {relation_scope, session->parameters, session->cancel});
}

}  // namespace kalamdb::sql
