// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/limits.h"
#include "sql/exec/assignment.h"
#include "sql/exec/dml.h"

namespace kalamdb::sql {

namespace {

// UPDATE and DELETE: find rows, compute a new version of each. Rows are found without the engine when
// the WHERE clause is simple and nothing has to be computed; else the engine gives the keys of the
// rows, and the values of expressions beside them.
class ChangePlan : public DmlPlan {
 public:
  struct Parts {
    const TableName& name;
    const std::string& alias;
    const std::optional<Where>& where;
    const DuckNodePtr& more_from;
    const std::optional<ReturningClause>& returning;
  };

  ChangePlan(catalog::TableDefPtr table, const Parts& parts, SessionPtr session,
             const DmlTools& tools)
      : DmlPlan(std::move(table), parts.returning.has_value() ? &*parts.returning : nullptr),
        parts_(parts),
        session_(std::move(session)),
        tools_(tools),
        scope_(ScopeOf(*DmlPlan::table(), session_->user)) {}

  Status Bind() {
    if (parts_.more_from == nullptr && parts_.where.has_value() &&
        parts_.where->conjuncts.has_value()) {
      KALAMDB_ASSIGN_OR_RETURN(filter_,
                               BoundFilter::Bind(table()->schema(), *parts_.where->conjuncts,
                                                 session_->parameters));
    } else if (parts_.more_from == nullptr && !parts_.where.has_value()) {
      KALAMDB_ASSIGN_OR_RETURN(filter_, BoundFilter::Bind(table()->schema(), {}, {}));
    }
    if (filter_.has_value()) {
      keys_ = filter_->Keys(table()->schema());
    }
    return {};
  }

  bool is_direct() const override {
    return filter_.has_value() && keys_.has_value() && !NeedsEngine();
  }
  bool depends_on_view() const override { return true; }

  StatusOr<StagedChange> Stage(const table::ReadView& view, table::WriteSet* writes) override {
    StagedChange change;
    if (!filter_.has_value() || !Expressions().empty()) {
      KALAMDB_RETURN_IF_ERROR(StageByEngine(view, writes, &change));
    } else if (keys_.has_value()) {
      for (const std::string& key : *keys_) {
        KALAMDB_RETURN_IF_ERROR(StageKey(key, {}, view, writes, &change));
      }
    } else {
      KALAMDB_RETURN_IF_ERROR(StageByScan(view, writes, &change));
    }
    return change;
  }

 protected:
  // The new version of a row: nothing when it stays as it is.
  struct NewVersion {
    bool is_deleted = false;
    std::string bytes;
  };
  virtual std::vector<DuckNodePtr> Expressions() const = 0;
  virtual bool NeedsEngine() const = 0;
  virtual StatusOr<std::optional<NewVersion>> Change(
      const types::RowView& row, std::string_view bytes,
      std::span<const types::Parameter> expression_values, table::WriteSet* writes) = 0;

  const SessionPtr& session() const { return session_; }
  const DmlTools& tools() const { return tools_; }

 private:
  Status StageRow(std::string key, CommitSeq seq, bool has_base, std::string_view bytes,
                  std::span<const types::Parameter> values, table::WriteSet* writes,
                  StagedChange* change) {
    KALAMDB_ASSIGN_OR_RETURN(const types::RowView row,
                             types::RowView::Open(*table()->layout, bytes));
    if (filter_.has_value() && Expressions().empty() && !filter_->Matches(row, seq)) {
      return {};
    }
    KALAMDB_ASSIGN_OR_RETURN(std::optional<NewVersion> next, Change(row, bytes, values, writes));
    if (!next.has_value()) {
      return {};
    }
    if (++change->row_count > limits::kStatementRowsMax) {
      return ResourceExhausted("the statement changes too many rows at once; split it");
    }
    if (WantsRows()) {
      change->rows.push_back({key, next->is_deleted ? std::string(bytes) : next->bytes});
    }
    table::StagedRow staged{.base = {},
                            .is_deleted = next->is_deleted,
                            .bytes = std::move(next->bytes),
                            .committed_seq = {}};
    if (has_base) {
      staged.base = table::BaseVersion{seq, false};
      if (writes->keeps_old_rows()) {
        staged.old_row = bytes;
      }
    }
    return writes->Stage(table(), scope_, std::move(key), std::move(staged));
  }

  Status StageKey(const std::string& key, std::span<const types::Parameter> values,
                  const table::ReadView& view, table::WriteSet* writes, StagedChange* change) {
    KALAMDB_ASSIGN_OR_RETURN(const std::optional<table::StoredRow> stored,
                             tools_.names.reader.FindByKey(*table(), scope_, key, view));
    if (!stored.has_value() || stored->is_tombstone) {
      return {};
    }
    return StageRow(key, stored->seq, stored->seq.value != 0, stored->bytes, values, writes,
                    change);
  }

  Status StageByScan(const table::ReadView& view, table::WriteSet* writes, StagedChange* change) {
    table::ScanRange range = filter_->Range(table()->schema());
    range.is_including_deleted = false;  // Deleted rows cannot be changed.
    const auto relation = tools_.names.reader.Open(table(), scope_, view);
    KALAMDB_ASSIGN_OR_RETURN(const std::unique_ptr<table::RowScan> scan, relation->Scan(range));
    table::ScannedRow scanned;
    for (uint64_t seen = 0;; ++seen) {
      if (seen % 1'024 == 0) {
        KALAMDB_RETURN_IF_ERROR(session_->cancel->Check());
      }
      KALAMDB_ASSIGN_OR_RETURN(const bool has_row, scan->Next(&scanned));
      if (!has_row) {
        return {};
      }
      KALAMDB_ASSIGN_OR_RETURN(const types::RowView row,
                               types::RowView::Open(*table()->layout, scanned.bytes));
      if (!filter_->Matches(row, scanned.seq)) {
        continue;
      }
      KALAMDB_ASSIGN_OR_RETURN(std::string key, table::KeyOfRow(*table(), scanned.bytes));
      if (view.staged != nullptr) {
        // The row may be one of the transaction's own: its base is known to the view.
        KALAMDB_RETURN_IF_ERROR(StageKey(key, {}, view, writes, change));
      } else {
        KALAMDB_RETURN_IF_ERROR(StageRow(std::move(key), scanned.seq, /*has_base=*/true,
                                         scanned.bytes, {}, writes, change));
      }
    }
  }

  Status StageByEngine(const table::ReadView& view, table::WriteSet* writes,
                       StagedChange* change) {
    const types::Schema& schema = table()->schema();
    DuckEngine::Projection projection;
    for (const uint32_t position : schema.key) {
      projection.items.emplace_back(schema.columns[position].name);
    }
    for (const DuckNodePtr& expression : Expressions()) {
      projection.items.emplace_back(expression);
    }
    projection.table = parts_.name;
    projection.alias = parts_.alias;
    projection.more_from = parts_.more_from;
    projection.where = parts_.where.has_value() ? parts_.where->node : nullptr;
    const auto scope = std::make_shared<StatementScope>(tools_.names, session_, view);
    KALAMDB_ASSIGN_OR_RETURN(
        QueryResult result,
        tools_.duck.Project(projection, {scope, session_->parameters, session_->cancel}));
    std::unordered_set<std::string> seen;
    std::vector<types::Row> batch;
    while (true) {
      KALAMDB_RETURN_IF_ERROR(result.rows->Next(&batch));
      if (batch.empty()) {
        return {};
      }
      for (types::Row& row : batch) {
        std::string key;
        for (size_t i = 0; i < schema.key.size(); ++i) {
          types::AppendKeyValue(row[i], schema.columns[schema.key[i]].type.id, &key);
        }
        // A join may meet a row more than once: the first match counts, as in PostgreSQL.
        if (!seen.insert(key).second) {
          continue;
        }
        std::vector<types::Parameter> values;
        for (size_t i = schema.key.size(); i < row.size(); ++i) {
          types::Parameter& value = values.emplace_back();
          value.value = std::move(row[i]);
          value.type = result.columns[i].type;
        }
        KALAMDB_RETURN_IF_ERROR(StageKey(key, values, view, writes, change));
      }
    }
  }

  const Parts parts_;
  SessionPtr session_;
  const DmlTools& tools_;
  table::Scope scope_;
  std::optional<BoundFilter> filter_;
  std::optional<std::vector<std::string>> keys_;
};

class UpdatePlan final : public ChangePlan {
 public:
  UpdatePlan(catalog::TableDefPtr table, const UpdateStatement& statement,
             Assignments assignments, const SessionPtr& session, const DmlTools& tools)
      : ChangePlan(std::move(table),
                   {statement.table, statement.alias, statement.where, statement.from,
                    statement.returning},
                   session, tools),
        assignments_(std::move(assignments)),
        expressions_(assignments_.Expressions()) {}

 protected:
  std::vector<DuckNodePtr> Expressions() const override { return expressions_; }
  bool NeedsEngine() const override { return assignments_.NeedsEngine(); }
  StatusOr<std::optional<NewVersion>> Change(const types::RowView& row, std::string_view,
                                             std::span<const types::Parameter> values,
                                             table::WriteSet* writes) override {
    types::Row before = row.ToRow();
    KALAMDB_ASSIGN_OR_RETURN(
        const types::Row after,
        assignments_.Apply(*table(), before, nullptr, values, session(), tools(), writes));
    if (after == before) {
      return std::nullopt;  // Nothing changes: not written and not counted.
    }
    KALAMDB_ASSIGN_OR_RETURN(std::string bytes, EncodeForStore(table()->schema(), after));
    return NewVersion{false, std::move(bytes)};
  }

 private:
  Assignments assignments_;
  std::vector<DuckNodePtr> expressions_;
};

class DeletePlan final : public ChangePlan {
 public:
  DeletePlan(catalog::TableDefPtr table, const DeleteStatement& statement,
             const SessionPtr& session, const DmlTools& tools)
      : ChangePlan(std::move(table),
                   {statement.table, statement.alias, statement.where, statement.using_clause,
                    statement.returning},
                   session, tools) {}

 protected:
  std::vector<DuckNodePtr> Expressions() const override { return {}; }
  bool NeedsEngine() const override { return false; }
  StatusOr<std::optional<NewVersion>> Change(const types::RowView&, std::string_view bytes,
                                             std::span<const types::Parameter>,
                                             table::WriteSet*) override {
    return NewVersion{true, types::AsTombstone(bytes)};
  }
};

}  // namespace

StatusOr<std::unique_ptr<DmlPlan>> PlanUpdate(const UpdateStatement& statement,
                                              const SessionPtr& session, const DmlTools& tools) {
  KALAMDB_ASSIGN_OR_RETURN(catalog::TableDefPtr table,
                           FindTable(tools.names, statement.table, *session));
  KALAMDB_RETURN_IF_ERROR(tools.names.access.CheckWrite(*table, session->role));
  if (table->is_stream()) {
    return Error(EventsDoNotChange(*table, "UPDATE"));
  }
  KALAMDB_ASSIGN_OR_RETURN(Assignments assignments,
                           Assignments::Bind(*table, statement.assignments, *session));
  auto plan = std::make_unique<UpdatePlan>(std::move(table), statement, std::move(assignments),
                                           session, tools);
  KALAMDB_RETURN_IF_ERROR(plan->Bind());
  return plan;
}

StatusOr<std::unique_ptr<DmlPlan>> PlanDelete(const DeleteStatement& statement,
                                              const SessionPtr& session, const DmlTools& tools) {
  KALAMDB_ASSIGN_OR_RETURN(catalog::TableDefPtr table,
                           FindTable(tools.names, statement.table, *session));
  KALAMDB_RETURN_IF_ERROR(tools.names.access.CheckWrite(*table, session->role));
  auto plan = std::make_unique<DeletePlan>(std::move(table), statement, session, tools);
  KALAMDB_RETURN_IF_ERROR(plan->Bind());
  return plan;
}

}  // namespace kalamdb::sql
