// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sql/exec/direct_select.h"
#include "sql/exec/scope.h"
#include "sql/exec/value_generator.h"

namespace kalamdb::sql {

// What statements that change rows work with. Thread-safe.
struct DmlTools {
  NameSources names;
  DuckEngine& duck;
  ValueGenerator& values;
};

// A row that a statement changed, for RETURNING: the new version, or the deleted one.
struct AffectedRow {
  std::string key;    // Encoded.
  std::string bytes;  // Stored form.
};

// The effect of a statement that was staged.
struct StagedChange {
  uint64_t row_count = 0;
  std::vector<AffectedRow> rows;  // Only when the statement has a RETURNING clause.
};

// A statement that changes rows of one table, bound and ready to be staged on any view, more than
// once when its view turns out to be out of date. Confined to one thread at a time.
class DmlPlan {
 public:
  virtual ~DmlPlan() = default;
  const catalog::TableDefPtr& table() const { return table_; }
  const ReturningClause* returning() const { return returning_; }
  // True when Stage() is a matter of microseconds and never runs the engine: such a plan may be
  // staged on the commit thread, without a snapshot.
  virtual bool is_direct() const = 0;
  // True when what is staged follows from rows that were read: then a stale view is worth another try.
  virtual bool depends_on_view() const = 0;
  // Computes the writes under `view` and adds them to `writes`, which holds nothing of this scope.
  virtual StatusOr<StagedChange> Stage(const table::ReadView& view, table::WriteSet* writes) = 0;

 protected:
  DmlPlan(catalog::TableDefPtr table, const ReturningClause* returning)
      : table_(std::move(table)), returning_(returning) {}
  bool WantsRows() const { return returning_ != nullptr; }

 private:
  catalog::TableDefPtr table_;
  const ReturningClause* returning_;
};

// The plans borrow `statement` and `tools`.
StatusOr<std::unique_ptr<DmlPlan>> PlanInsert(const InsertStatement& statement,
                                              const SessionPtr& session,
                                              const table::ReadView& view, const DmlTools& tools);
StatusOr<std::unique_ptr<DmlPlan>> PlanUpdate(const UpdateStatement& statement,
                                              const SessionPtr& session, const DmlTools& tools);
StatusOr<std::unique_ptr<DmlPlan>> PlanDelete(const DeleteStatement& statement,
                                              const SessionPtr& session, const DmlTools& tools);

// The rows of a RETURNING clause. `committed` gives the `_seq` of new versions; null inside a
// transaction, where they have none yet.
StatusOr<QueryResult> RunReturning(const DmlPlan& plan, const StagedChange& change,
                                   const table::WriteSet* committed, const TableName& name,
                                   const std::string& alias, const SessionPtr& session,
                                   const DmlTools& tools);

}  // namespace kalamdb::sql
