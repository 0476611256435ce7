// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/parser/statement.h"

namespace kalamdb::sql {

// A query whose result can be kept up to date row by row: columns of one table, and a WHERE clause
// that looks at one row. Session functions that stay the same (CURRENT_USER) are constants in it.
struct LiveQuery {
  TableName table;
  std::string alias;  // Empty: none.
  std::vector<SelectItem> items;
  // Null without WHERE. `where.conjuncts` as for the direct path.
  std::optional<Where> where;
  // Those of its top-level conjuncts that read `column = constant`, whatever the others are.
  std::vector<Predicate> equalities;
  // The same for queries that mean the same: the text of the parsed WHERE clause.
  std::string where_text;
};

// `select` as a live query of `user`. InvalidSql says what about it cannot be live.
StatusOr<LiveQuery> AsLiveQuery(const SelectStatement& select, const UserId& user);

}  // namespace kalamdb::sql
