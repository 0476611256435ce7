// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/limits.h"
#include "sql/exec/assignment.h"
#include "sql/exec/dml.h"
#include "sql/exec/operand.h"
#include "types/coerce.h"

namespace kalamdb::sql {

namespace {

using types::Value;

struct NewRow {
  types::Row values;
  std::string key;
};

// The columns that an INSERT names, by position in the schema.
StatusOr<std::vector<size_t>> BindTargets(const types::Schema& schema,
                                          const std::vector<std::string>& names) {
  std::vector<size_t> targets;
  if (names.empty()) {
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      if (!schema.columns[i].is_hidden) {
        targets.push_back(i);
      }
    }
    return targets;
  }
  for (const std::string& name : names) {
    if (types::FindSystemColumn(name).has_value()) {
      return Error(InvalidOperation("system column \"" + name + "\" cannot be set"));
    }
    const auto position = schema.Find(name);
    if (!position.has_value()) {
      return Error(UnknownColumn(schema, name));
    }
    if (std::ranges::find(targets, *position) != targets.end()) {
      return Error(InvalidSql("column \"" + name + "\" is named twice"));
    }
    targets.push_back(*position);
  }
  return targets;
}

// Turns the values of an INSERT into whole rows.
class RowBuilder {
 public:
  RowBuilder(const catalog::TableDef& table, const SessionPtr& session, const DmlTools& tools,
             std::vector<size_t> targets, table::WriteSet* writes)
      : table_(table),
        session_(session),
        tools_(tools),
        targets_(std::move(targets)),
        writes_(writes) {
    for (size_t i = 0; i < schema().columns.size(); ++i) {
      if (std::ranges::find(targets_, i) == targets_.end()) {
        omitted_.push_back(i);
      }
    }
  }

  Status CheckCount(size_t count) const {
    if (count == targets_.size()) {
      return {};
    }
    return InvalidSql("the INSERT has " + std::to_string(targets_.size()) +
                      " target column(s) but " + std::to_string(count) + " value(s)");
  }
  size_t target_count() const { return targets_.size(); }

  // `values[i]` is for target i; nothing means DEFAULT.
  StatusOr<NewRow> Build(std::vector<std::optional<types::Parameter>> values) {
    NewRow row;
    row.values.resize(schema().columns.size());
    for (size_t i = 0; i < values.size(); ++i) {
      const types::Column& column = schema().columns[targets_[i]];
      if (values[i].has_value()) {
        KALAMDB_ASSIGN_OR_RETURN(
            row.values[targets_[i]],
            types::CoerceToColumn(std::move(values[i]->value), values[i]->type, column));
      } else {
        KALAMDB_RETURN_IF_ERROR(Fill(targets_[i], &row));
      }
    }
    for (const size_t position : omitted_) {
      KALAMDB_RETURN_IF_ERROR(Fill(position, &row));
    }
    KALAMDB_RETURN_IF_ERROR(types::CheckNotNull(schema(), row.values));
    KALAMDB_ASSIGN_OR_RETURN(row.key, EncodeKey(schema(), row.values));
    return row;
  }

 private:
  const types::Schema& schema() const { return table_.schema(); }
  Status Fill(size_t position, NewRow* row) {
    KALAMDB_ASSIGN_OR_RETURN(
        row->values[position],
        DefaultValue(table_, schema().columns[position], session_, tools_, writes_));
    return {};
  }

  const catalog::TableDef& table_;
  const SessionPtr& session_;
  const DmlTools& tools_;
  std::vector<size_t> targets_;
  std::vector<size_t> omitted_;
  table::WriteSet* writes_;
};

class InsertPlan final : public DmlPlan {
 public:
  InsertPlan(catalog::TableDefPtr table, const InsertStatement& statement, SessionPtr session,
             const DmlTools& tools)
      : DmlPlan(std::move(table),
                statement.returning.has_value() ? &*statement.returning : nullptr),
        statement_(statement),
        session_(std::move(session)),
        tools_(tools),
        scope_(ScopeOf(*DmlPlan::table(), session_->user)) {}

  // Builds the rows: defaults and expressions are computed once, however often the plan is staged.
  Status Prepare(const table::ReadView& view);

  bool is_direct() const override {
    return !statement_.on_conflict.has_value() ||
           (statement_.on_conflict->where == nullptr && !assignments_.NeedsEngine());
  }
  bool depends_on_view() const override { return statement_.on_conflict.has_value(); }
  StatusOr<StagedChange> Stage(const table::ReadView& view, table::WriteSet* writes) override;

 private:
  Status PrepareValues(RowBuilder& builder, const std::shared_ptr<StatementScope>& scope);
  Status PrepareQuery(RowBuilder& builder, const std::shared_ptr<StatementScope>& scope);
  Status BindConflictTarget();
  StatusOr<std::optional<types::Row>> ResolveConflict(const NewRow& row,
                                                      const table::StoredRow& existing,
                                                      table::WriteSet* writes);
  // `existing` is the living row that the new one replaces, or null.
  Status Put(const NewRow& row, table::StoredRow* existing, table::WriteSet* writes,
             StagedChange* change);

  const InsertStatement& statement_;
  SessionPtr session_;
  const DmlTools& tools_;
  table::Scope scope_;
  Assignments assignments_;
  std::vector<NewRow> rows_;
  table::WriteSet serials_;  // Only the serial numbers that the rows use.
};

Status InsertPlan::BindConflictTarget() {
  if (!statement_.on_conflict.has_value()) {
    return {};
  }
  const OnConflict& conflict = *statement_.on_conflict;
  if (conflict.is_update && table()->is_stream()) {
    return EventsDoNotChange(*table(), "ON CONFLICT DO UPDATE");
  }
  const types::Schema& schema = table()->schema();
  if (!conflict.columns.empty()) {
    const bool is_key = conflict.columns.size() == schema.key.size() &&
                        std::ranges::all_of(conflict.columns, [&](const std::string& name) {
                          const auto position = schema.Find(name);
                          return position.has_value() && schema.IsKey(*position);
                        });
    if (!is_key) {
      return InvalidSql("ON CONFLICT must name the primary key of the table, its only unique key");
    }
  }
  KALAMDB_ASSIGN_OR_RETURN(assignments_,
                           Assignments::Bind(*table(), conflict.assignments, *session_));
  return {};
}

Status InsertPlan::Prepare(const table::ReadView& view) {
  KALAMDB_RETURN_IF_ERROR(BindConflictTarget());
  KALAMDB_ASSIGN_OR_RETURN(std::vector<size_t> targets,
                           BindTargets(table()->schema(), statement_.columns));
  RowBuilder builder(*table(), session_, tools_, std::move(targets), &serials_);
  const auto scope = std::make_shared<StatementScope>(tools_.names, session_, view);
  if (statement_.source != nullptr) {
    return PrepareQuery(builder, scope);
  }
  if (statement_.is_default_values) {
    KALAMDB_ASSIGN_OR_RETURN(NewRow row, builder.Build(std::vector<std::optional<types::Parameter>>(
                                             builder.target_count())));
    rows_.push_back(std::move(row));
    return {};
  }
  return PrepareValues(builder, scope);
}

Status InsertPlan::PrepareValues(RowBuilder& builder,
                                 const std::shared_ptr<StatementScope>& scope) {
  std::vector<DuckNodePtr> expressions;
  for (const std::vector<Cell>& cells : statement_.rows) {
    KALAMDB_RETURN_IF_ERROR(builder.CheckCount(cells.size()));
    for (const Cell& cell : cells) {
      if (const auto* node = std::get_if<DuckNodePtr>(&cell)) {
        expressions.push_back(*node);
      }
    }
  }
  std::vector<types::Parameter> computed;
  if (!expressions.empty()) {
    KALAMDB_ASSIGN_OR_RETURN(
        computed,
        tools_.duck.Evaluate(expressions, {scope, session_->parameters, session_->cancel}));
  }
  size_t next_computed = 0;
  rows_.reserve(statement_.rows.size());
  for (const std::vector<Cell>& cells : statement_.rows) {
    std::vector<std::optional<types::Parameter>> values(cells.size());
    for (size_t i = 0; i < cells.size(); ++i) {
      if (const auto* operand = std::get_if<Operand>(&cells[i])) {
        KALAMDB_ASSIGN_OR_RETURN(values[i], OperandValue(*operand, session_->parameters));
      } else if (std::holds_alternative<DuckNodePtr>(cells[i])) {
        values[i] = std::move(computed[next_computed++]);
      }
    }
    KALAMDB_ASSIGN_OR_RETURN(NewRow row, builder.Build(std::move(values)));
    rows_.push_back(std::move(row));
  }
  return {};
}

Status InsertPlan::PrepareQuery(RowBuilder& builder,
                                const std::shared_ptr<StatementScope>& scope) {
  KALAMDB_ASSIGN_OR_RETURN(
      QueryResult result,
      tools_.duck.QueryNode(statement_.source, {scope, session_->parameters, session_->cancel}));
  KALAMDB_RETURN_IF_ERROR(builder.CheckCount(result.columns.size()));
  size_t bytes = 0;
  std::vector<types::Row> batch;
  while (true) {
    KALAMDB_RETURN_IF_ERROR(result.rows->Next(&batch));
    if (batch.empty()) {
      return {};
    }
    for (types::Row& row : batch) {
      std::vector<std::optional<types::Parameter>> values(row.size());
      for (size_t i = 0; i < row.size(); ++i) {
        bytes += sizeof(Value) + (row[i].is_string() ? row[i].AsString().size() : 0);
        values[i] = types::Parameter{std::move(row[i]), result.columns[i].type};
      }
      KALAMDB_ASSIGN_OR_RETURN(NewRow built, builder.Build(std::move(values)));
      rows_.push_back(std::move(built));
    }
    if (rows_.size() > limits::kStatementRowsMax || bytes > 8 * limits::kTransactionBytesMax) {
      return ResourceExhausted("the INSERT writes too many rows at once; split it");
    }
  }
}

Status InsertPlan::Put(const NewRow& row, table::StoredRow* existing, table::WriteSet* writes,
                       StagedChange* change) {
  KALAMDB_ASSIGN_OR_RETURN(std::string bytes, EncodeForStore(table()->schema(), row.values));
  if (WantsRows()) {
    change->rows.push_back({row.key, bytes});
  }
  ++change->row_count;
  table::StagedRow staged{
      .base = {}, .is_deleted = false, .bytes = std::move(bytes), .committed_seq = {}};
  if (existing != nullptr) {
    staged.base = table::BaseVersion{existing->seq, false};
    if (writes->keeps_old_rows()) {
      staged.old_row = std::move(existing->bytes);
    }
  }
  return writes->Stage(table(), scope_, row.key, std::move(staged));
}

StatusOr<std::optional<types::Row>> InsertPlan::ResolveConflict(const NewRow& row,
                                                                const table::StoredRow& existing,
                                                                table::WriteSet* writes) {
  KALAMDB_ASSIGN_OR_RETURN(const types::RowView view,
                           types::RowView::Open(*table()->layout, existing.bytes));
  types::Row old_row = view.ToRow();
  const OnConflict& conflict = *statement_.on_conflict;
  std::vector<types::Parameter> values;
  if (!is_direct()) {
    // The engine computes the expressions with the old row under the table's name and the new one
    // under `excluded`, each a relation of one row.
    const types::Schema& schema = table()->schema();
    const auto scope = std::make_shared<StatementScope>(tools_.names, session_, table::ReadView{});
    scope->Override(statement_.table, std::make_shared<table::RowsRelation>(
                                          schema, std::vector<types::Row>{old_row}));
    scope->Override({{}, "excluded"}, std::make_shared<table::RowsRelation>(
                                          schema, std::vector<types::Row>{row.values}));
    DuckEngine::Projection projection;
    for (const DuckNodePtr& expression : assignments_.Expressions()) {
      projection.items.emplace_back(expression);
    }
    if (projection.items.empty()) {
      projection.items.emplace_back(schema.columns[schema.key[0]].name);
    }
    projection.table = statement_.table;
    projection.alias = statement_.alias;
    projection.joined_table = TableName{{}, "excluded"};
    projection.where = conflict.where;
    KALAMDB_ASSIGN_OR_RETURN(
        QueryResult result,
        tools_.duck.Project(projection, {scope, session_->parameters, session_->cancel}));
    std::vector<types::Row> computed;
    KALAMDB_RETURN_IF_ERROR(result.rows->Next(&computed));
    if (computed.empty()) {
      return std::nullopt;  // The WHERE clause leaves the row as it is.
    }
    for (size_t i = 0; i < result.columns.size(); ++i) {
      values.push_back({std::move(computed[0][i]), result.columns[i].type});
    }
  }
  KALAMDB_ASSIGN_OR_RETURN(types::Row updated,
                           assignments_.Apply(*table(), std::move(old_row), &row.values, values,
                                              session_, tools_, writes));
  return updated;
}

StatusOr<StagedChange> InsertPlan::Stage(const table::ReadView& view, table::WriteSet* writes) {
  StagedChange change;
  KALAMDB_RETURN_IF_ERROR(writes->Merge(serials_));
  const bool is_in_transaction = view.staged != nullptr;
  const bool is_upsert = statement_.on_conflict.has_value();
  std::unordered_set<std::string_view> seen;
  for (const NewRow& row : rows_) {
    if (rows_.size() > 1 && !seen.insert(row.key).second) {
      if (!is_upsert) {
        return Error(AlreadyExists(table::DuplicateKeyMessage(*table(), row.key)));
      }
      if (statement_.on_conflict->is_update) {
        return Error(InvalidOperation(
            "ON CONFLICT DO UPDATE cannot change the row with key " +
            table::KeyText(table()->schema(), row.key) + " twice in one statement"));
      }
      continue;
    }
    if (!is_in_transaction && !is_upsert) {
      // The commit itself finds out whether the key is free.
      KALAMDB_RETURN_IF_ERROR(Put(row, nullptr, writes, &change));
      continue;
    }
    KALAMDB_ASSIGN_OR_RETURN(
        std::optional<table::StoredRow> existing,
        tools_.names.reader.FindByKey(*table(), scope_, row.key, view));
    if (!existing.has_value() || existing->is_tombstone) {
      KALAMDB_RETURN_IF_ERROR(Put(row, nullptr, writes, &change));
      continue;
    }
    if (!is_upsert) {
      return Error(AlreadyExists(table::DuplicateKeyMessage(*table(), row.key)));
    }
    if (!statement_.on_conflict->is_update) {
      continue;
    }
    KALAMDB_ASSIGN_OR_RETURN(std::optional<types::Row> updated,
                             ResolveConflict(row, *existing, writes));
    if (updated.has_value()) {
      KALAMDB_RETURN_IF_ERROR(
          Put({std::move(*updated), row.key}, &*existing, writes, &change));
    }
  }
  return change;
}

}  // namespace

StatusOr<std::unique_ptr<DmlPlan>> PlanInsert(const InsertStatement& statement,
                                              const SessionPtr& session,
                                              const table::ReadView& view, const DmlTools& tools) {
  KALAMDB_ASSIGN_OR_RETURN(catalog::TableDefPtr table,
                           FindTable(tools.names, statement.table, *session));
  KALAMDB_RETURN_IF_ERROR(tools.names.access.CheckWrite(*table, session->role));
  auto plan = std::make_unique<InsertPlan>(std::move(table), statement, session, tools);
  KALAMDB_RETURN_IF_ERROR(plan->Prepare(view));
  return plan;
}

}  // namespace kalamdb::sql
