// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/executor.h"

#include <utility>

namespace kalamdb::sql {

namespace {

// A statement that computes with the engine reads a snapshot; when it loses against other writers so
// many times in a row, its Conflict goes to the client.
constexpr int kAttemptsMax = 100;

}  // namespace

// The parts of a changing statement that its kinds have in common.
struct Executor::Target {
  const TableName& name;
  const std::string& alias;
};

Executor::Target Executor::TargetOf(const Statement& statement) {
  if (const auto* insert = std::get_if<InsertStatement>(&statement.body)) {
    return {insert->table, insert->alias};
  }
  if (const auto* update = std::get_if<UpdateStatement>(&statement.body)) {
    return {update->table, update->alias};
  }
  const auto& erase = std::get<DeleteStatement>(statement.body);
  return {erase.table, erase.alias};
}

StatusOr<std::unique_ptr<DmlPlan>> Executor::Plan(const Statement& statement,
                                                  const SessionPtr& session,
                                                  const table::ReadView& view,
                                                  const DmlTools& tools) {
  if (const auto* insert = std::get_if<InsertStatement>(&statement.body)) {
    return PlanInsert(*insert, session, view, tools);
  }
  if (const auto* update = std::get_if<UpdateStatement>(&statement.body)) {
    return PlanUpdate(*update, session, tools);
  }
  return PlanDelete(std::get<DeleteStatement>(statement.body), session, tools);
}

StatusOr<QueryResult> Executor::Select(const SelectStatement& statement, const SessionPtr& session,
                                       const Transaction* transaction) {
  table::ReadView view;
  if (transaction != nullptr) {
    view = {transaction->snapshot, transaction->staged};
  }
  if (statement.direct.has_value()) {
    const TableName& name = statement.direct->table;
    const catalog::TableDefPtr table = names_.catalog.FindTable(
        name.namespace_id.empty() ? session->default_namespace : name.namespace_id, name.name);
    if (table != nullptr) {
      KALAMDB_RETURN_IF_ERROR(names_.access.CheckRead(*table, session->role));
      KALAMDB_ASSIGN_OR_RETURN(
          std::optional<QueryResult> result,
          RunDirectSelect(*statement.direct, table, session, names_.reader, view));
      if (result.has_value()) {
        return std::move(*result);
      }
    }
  }
  const auto scope = std::make_shared<StatementScope>(names_, session, std::move(view));
  return duck_.Query(statement, {scope, session->parameters, session->cancel});
}

StatusOr<ChangeResult> Executor::StageAndWait(Pending& pending) {
  DmlPlan& plan = *pending.plan;
  for (int attempt = 0;; ++attempt) {
    table::ReadView view;
    table::WriteSet writes;
    writes.set_read_seq(committer_.last_commit());
    writes.set_keeps_old_rows(committer_.IsWanted(plan.table()->id));
    if (!plan.is_direct()) {
      view.snapshot = names_.reader.TakeSnapshot();
    }
    KALAMDB_ASSIGN_OR_RETURN(const StagedChange change, plan.Stage(view, &writes));
    table::WriteSet committed;
    Status status;
    if (!writes.IsEmpty()) {
      status = committer_.Commit(std::move(writes), &committed);
    }
    const bool is_stale = status.code() == StatusCode::kConflict ||
                          (status.code() == StatusCode::kAlreadyExists && plan.depends_on_view());
    if (is_stale && attempt < kAttemptsMax) {
      KALAMDB_RETURN_IF_ERROR(pending.session->cancel->Check());
      continue;
    }
    KALAMDB_RETURN_IF_ERROR(std::move(status));
    ChangeResult result{change.row_count, {}};
    if (plan.returning() != nullptr) {
      const Target target = TargetOf(*pending.statement);
      KALAMDB_ASSIGN_OR_RETURN(result.returning,
                               RunReturning(plan, change, &committed, target.name, target.alias,
                                            pending.session, pending.tools));
    }
    return result;
  }
}

StatusOr<ChangeResult> Executor::StageInTransaction(Pending& pending, Transaction& transaction) {
  table::WriteSet writes;
  writes.set_keeps_old_rows(committer_.IsWanted(pending.plan->table()->id));
  KALAMDB_ASSIGN_OR_RETURN(
      const StagedChange change,
      pending.plan->Stage({transaction.snapshot, transaction.staged}, &writes));
  // Somebody may still be reading the staged writes through a cursor.
  if (transaction.staged.use_count() > 1) {
    transaction.staged = std::make_shared<table::WriteSet>(*transaction.staged);
  }
  KALAMDB_RETURN_IF_ERROR(transaction.staged->Merge(std::move(writes)));
  ChangeResult result{change.row_count, {}};
  if (pending.plan->returning() != nullptr) {
    const Target target = TargetOf(*pending.statement);
    KALAMDB_ASSIGN_OR_RETURN(result.returning,
                             RunReturning(*pending.plan, change, nullptr, target.name,
                                          target.alias, pending.session, pending.tools));
  }
  return result;
}

void Executor::SubmitDirect(std::shared_ptr<Pending> pending, ChangeDone done) {
  auto request = std::make_unique<table::CommitRequest>();
  request->writes.set_read_seq(committer_.last_commit());
  request->writes.set_keeps_old_rows(committer_.IsWanted(pending->plan->table()->id));
  StatusOr<StagedChange> staged = pending->plan->Stage({}, &request->writes);
  if (!staged.has_value()) {
    return done(std::unexpected(std::move(staged).error()));
  }
  if (request->writes.IsEmpty()) {
    return done(ChangeResult{staged->row_count, {}});
  }
  pending->change = std::move(*staged);
  if (pending->plan->depends_on_view()) {
    request->restage = [pending](table::WriteSet* writes) -> Status {
      StatusOr<StagedChange> again = pending->plan->Stage({}, writes);
      if (!again.has_value()) {
        return std::move(again).error();
      }
      pending->change = std::move(*again);
      return {};
    };
  }
  request->done = [pending, done = std::move(done)](Status status, table::WriteSet) mutable {
    if (!status.ok()) {
      return done(std::unexpected(std::move(status)));
    }
    done(ChangeResult{pending->change.row_count, {}});
  };
  committer_.Submit(std::move(request));
}

void Executor::Change(StatementPtr statement, SessionPtr session, Transaction* transaction,
                      ChangeDone done) {
  auto pending = std::make_shared<Pending>(
      Pending{std::move(statement), std::move(session), {names_, duck_, values_}, {}, {}});
  table::ReadView view;
  if (transaction != nullptr) {
    view = {transaction->snapshot, transaction->staged};
  }
  StatusOr<std::unique_ptr<DmlPlan>> plan =
      Plan(*pending->statement, pending->session, view, pending->tools);
  if (!plan.has_value()) {
    return done(std::unexpected(std::move(plan).error()));
  }
  pending->plan = std::move(*plan);
  view = {};  // The snapshot is for planning; staging takes its own.
  if (transaction != nullptr) {
    done(StageInTransaction(*pending, *transaction));
  } else if (pending->plan->is_direct() && pending->plan->returning() == nullptr) {
    SubmitDirect(std::move(pending), std::move(done));
  } else {
    done(StageAndWait(*pending));
  }
}

void Executor::Begin(Transaction& transaction) {
  transaction.snapshot = names_.reader.TakeSnapshot();
}

Status Executor::Commit(Transaction& transaction) {
  if (transaction.staged->IsEmpty()) {
    return {};
  }
  Status status = committer_.Commit(std::move(*transaction.staged), nullptr);
  if (status.code() == StatusCode::kAlreadyExists) {
    // The transaction checked its keys against its snapshot: another one took the key since.
    return Conflict("another transaction inserted the same key: " + status.message());
  }
  return status;
}

}  // namespace kalamdb::sql
