// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "sql/exec/dml.h"
#include "table/committer.h"

namespace kalamdb::sql {

struct ChangeResult {
  uint64_t row_count = 0;
  std::optional<QueryResult> returning;
};
using ChangeDone = std::move_only_function<void(StatusOr<ChangeResult>)>;

// Runs queries and statements that change rows, each on the path that suits it: direct for one table
// with a key or a simple predicate, the engine for the rest. Thread-safe.
class Executor {
 public:
  Executor(const NameSources& names, DuckEngine& duck, ValueGenerator& values,
           table::Committer& committer)
      : names_(names), duck_(duck), values_(values), committer_(committer) {}

  // `transaction` may be null: then the statement sees the newest state.
  StatusOr<QueryResult> Select(const SelectStatement& statement, const SessionPtr& session,
                               const Transaction* transaction);

  // INSERT, UPDATE or DELETE. In a transaction the writes are staged and `done` is called before the
  // return; else `done` is called after the commit, on this thread or on the commit thread.
  // Only one of the three bodies of `statement` is there.
  void Change(StatementPtr statement, SessionPtr session, Transaction* transaction,
              ChangeDone done);

  // Commits what `transaction` has staged. Conflict when another transaction changed the same rows.
  Status Commit(Transaction& transaction);
  void Begin(Transaction& transaction);

 private:
  struct Target;
  // A statement on its way, kept alive until it is committed.
  struct Pending {
    StatementPtr statement;
    SessionPtr session;
    DmlTools tools;
    std::unique_ptr<DmlPlan> plan;
    StagedChange change;
  };

  static Target TargetOf(const Statement& statement);
  StatusOr<std::unique_ptr<DmlPlan>> Plan(const Statement& statement, const SessionPtr& session,
                                          const table::ReadView& view, const DmlTools& tools);
  StatusOr<ChangeResult> StageAndWait(Pending& pending);
  StatusOr<ChangeResult> StageInTransaction(Pending& pending, Transaction& transaction);
  void SubmitDirect(std::shared_ptr<Pending> pending, ChangeDone done);

  NameSources names_;
  DuckEngine& duck_;
  ValueGenerator& values_;
  table::Committer& committer_;
};

}  // namespace kalamdb::sql
