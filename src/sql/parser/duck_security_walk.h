// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "duckdb/parser/parsed_expression.hpp"
#include "duckdb/parser/query_node.hpp"
#include "duckdb/parser/tableref.hpp"

#include "sql/parser/statement.h"

namespace kalamdb::sql {

// Walks the whole parse tree of one statement, refuses what SQL may not reach and gives names our
// meaning. The first wall: nothing is planned before it has passed. Everything that is not known to
// be harmless is refused, also what a later engine may add to its trees.
//   - Tables that are not CTEs in scope become kalam.<namespace>.<table>, lower case (duck_node.h).
//     Other catalogs, names with characters other than letters, digits and _ (files, URLs), time
//     travel, SHOW and DESCRIBE as tables: refused.
//   - Functions: allowed_functions.h, with its translations. No catalog or schema in front.
//   - Types: the engine's own and the names of ours.
//   - Parameters: $1 to $limits::kParametersMax.
// Changes the tree in place. One walk sees all trees of a statement. Confined to one thread; holds
// no references to the trees between calls.
class SecurityWalk {
 public:
  using Expression = duckdb::unique_ptr<duckdb::ParsedExpression>;
  using Table = duckdb::unique_ptr<duckdb::TableRef>;

  Status Query(duckdb::QueryNode& node);
  Status FromClause(Table& table);
  // `expression` may be null. Replaces it when its meaning needs another node.
  Status Expr(Expression& expression);
  // The same for entries of SELECT and RETURNING lists: keeps the name that the column gets.
  Status ListItem(Expression& expression);
  // WITH of a DML statement, which has no place in statement.h: in the trees walked later, a table
  // that names one of its queries becomes a subquery of its own. `ctes` outlives the walk.
  Status StatementCtes(duckdb::CommonTableExpressionMap& ctes);
  // The table of such parts of a name, checked: also the target of a DML statement.
  static StatusOr<TableName> Target(const std::string& catalog, const std::string& schema,
                                    const std::string& name);

  // From here on, columns of the target of a DML statement are in scope.
  void EnterTarget(const TableName& target) {
    named_.push_back(target);
    ++from_depth_;
  }

  // Tables met so far, each once, in order of appearance.
  std::vector<TableName> TakeTables() { return std::move(tables_); }
  uint32_t parameter_count() const { return parameter_count_; }

 private:
  // Levels of the walk. The engine's parser refuses trees deeper than 1,000 expressions; a level of
  // subqueries is three of the walk's.
  static constexpr uint32_t kDepthMax = 4'000;

  Status Ctes(duckdb::CommonTableExpressionMap& ctes);
  Status SelectNode(duckdb::QueryNode& node);
  Status Modifiers(duckdb::QueryNode& node);
  Status CteNode(duckdb::QueryNode& node);
  Status CteName(const std::string& name);
  Status BaseTable(Table& ref);
  Status InlineCte(Table& ref);
  Status Join(duckdb::TableRef& ref);
  Status TableFunction(duckdb::TableRef& ref);
  Status Pivot(duckdb::TableRef& ref);
  Status Children(duckdb::ParsedExpression& expression);
  Status Function(Expression& expression);
  Status JsonOperator(Expression& expression);
  Status JsonPath(Expression& expression, const char* function);
  Status Window(duckdb::ParsedExpression& expression);
  Status ColumnRef(Expression& expression);
  Status Type(duckdb::LogicalType& type);
  Status Parameter(const std::string& identifier);
  std::vector<TableName> tables_;
  std::vector<TableName> named_;   // Tables whose columns may carry a namespace.
  std::vector<std::string> ctes_;  // In scope, lower case, innermost last.
  size_t statement_ctes_ = 0;      // How many of them, at the front, StatementCtes() brought.
  duckdb::CommonTableExpressionMap* statement_cte_map_ = nullptr;
  uint32_t inlined_ctes_ = 0;
  uint32_t parameter_count_ = 0;
  uint32_t joins_ = 0;
  uint32_t depth_ = 0;
  uint32_t repeating_depth_ = 0;  // Nested macros that repeat their arguments.
  uint32_t from_depth_ = 0;       // Enclosing SELECTs with a FROM clause.
};

}  // namespace kalamdb::sql
