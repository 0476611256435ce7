// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sql/exec/duck_engine.h"
#include "sql/exec/session.h"
#include "sql/parser/live_query.h"

namespace kalamdb::sql {

// The WHERE clause of a live query, bound to a table: it says of one row what a SELECT would say.
// Confined to one thread at a time.
class RowFilter {
 public:
  virtual ~RowFilter() = default;
  // `row` is read through the current layout of the table. What a SELECT fails with, a cast or a
  // division, is the error here.
  virtual StatusOr<bool> Matches(const types::RowView& row, CommitSeq seq) = 0;
};

// One `column = constant` that every matching row satisfies.
struct IndexedEquality {
  size_t column = 0;
  std::string value;  // As EqualityKey() gives it.
};
// Nothing: NULL, or a column that cannot be indexed.
std::optional<std::string> EqualityKey(const types::RowView& row, size_t column,
                                       types::TypeId type);

// What binding a live query's WHERE clause gives.
struct BoundLiveFilter {
  std::unique_ptr<RowFilter> filter;
  std::optional<IndexedEquality> equality;  // The first that can be indexed.
  // The encoded primary keys that matching rows have one of, when the clause fixes them.
  std::optional<std::vector<std::string>> keys;
};

// Binds the clause of `query` to the current schema of `table`: without the engine when it is a
// conjunction of simple predicates. InvalidSql for functions whose value changes from one call or
// statement to the next, as NOW() does.
StatusOr<BoundLiveFilter> BindLiveFilter(const LiveQuery& query, const catalog::TableDefPtr& table,
                                         const SessionPtr& session, DuckEngine& duck);

}  // namespace kalamdb::sql
