// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "duckdb/common/case_insensitive_map.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/planner/expression/bound_parameter_data.hpp"

#include "sql/exec/duck_engine.h"

namespace kalamdb::sql {

// Makes a copied parse tree ready to be planned:
//   - Tables whose `_deleted` the query names are read with their tombstones. A SELECT names it
//   when
//     `_deleted` is written in one of its clauses, not when `*` shows it: alone, it means the
//     tables in the FROM of the innermost SELECT that has any; as `x._deleted`, the table `x` of
//     the innermost SELECT that has one. Subqueries and CTEs in FROM are SELECTs of their own. So
//     `SELECT * FROM t` shows live rows, `SELECT * FROM t WHERE _deleted` tombstones.
//   - The parameters it uses get their values, into `named_param_map` and `*values`.
//   - Tables outside of our catalog, AT clauses and SHOW as a table are refused, in case the parser
//     let one pass: InvalidSql.
// InvalidParameter when there is no value for a parameter.
Status PrepareTree(duckdb::SelectStatement& query, std::span<const types::Parameter> parameters,
                   duckdb::case_insensitive_map_t<duckdb::BoundParameterData>* values);

// The statement that `projection` describes, not yet prepared.
StatusOr<duckdb::unique_ptr<duckdb::SelectStatement>> BuildProjection(
    const DuckEngine::Projection& projection);

// `SELECT <expressions>` without tables, not yet prepared.
StatusOr<duckdb::unique_ptr<duckdb::SelectStatement>> BuildExpressions(
    std::span<const DuckNodePtr> expressions);

// True when an expression of the SELECT list holds a subquery.
bool HasSubquery(const duckdb::SelectStatement& query);

}  // namespace kalamdb::sql
