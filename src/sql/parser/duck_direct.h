// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "duckdb/parser/parsed_expression.hpp"
#include "duckdb/parser/query_node.hpp"

#include "sql/parser/statement.h"

namespace kalamdb::sql {

// Recognises what the direct path can run, in trees that the security walk has passed. Nothing
// means only "not simple".

// The one table of a statement, as its columns may be qualified.
struct ColumnScope {
  TableName table;
  std::string alias;  // Empty: none.
};

std::optional<DirectSelect> AsDirectSelect(const duckdb::QueryNode& node);
// `where` as a conjunction of simple predicates.
std::optional<std::vector<Predicate>> AsConjunction(const duckdb::ParsedExpression& where,
                                                    const ColumnScope& scope);
// A SELECT or RETURNING list of plain columns and *.
std::optional<std::vector<SelectItem>> AsPlainItems(
    const duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>& list,
    const ColumnScope& scope);

}  // namespace kalamdb::sql
