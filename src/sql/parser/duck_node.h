// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "duckdb/parser/parsed_expression.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref.hpp"

#include "sql/parser/statement.h"

namespace kalamdb::sql {

// How parse trees name things for the engine. After the parser's walk every table that is not a CTE
// reads kDuckCatalog . <namespace> . <table>; a table written without a namespace has
// kDefaultSchema instead, which the engine's catalog resolves to QueryScope::default_namespace().
// The same holds for column references that are qualified by more than a table name or alias: their
// namespace part is dropped by the walk, because the table they mean is already in FROM.
inline constexpr std::string_view kDuckCatalog = "kalam";
inline constexpr std::string_view kDefaultSchema = "$default";

// Functions that the engine registers and that the walk puts into parse trees.
//   kalam_current_user() VARCHAR   kalam_current_role() VARCHAR   kalam_now() TIMESTAMPTZ
//   snowflake_id() BIGINT   uuid_v7() VARCHAR   ulid() VARCHAR   cosine_distance(any, any) FLOAT
inline constexpr std::string_view kCurrentUserFunction = "kalam_current_user";
inline constexpr std::string_view kCurrentRoleFunction = "kalam_current_role";
inline constexpr std::string_view kNowFunction = "kalam_now";

// A parse tree of DuckDB in one of four shapes. Immutable: the engine binds copies. Copying and
// reading are thread-safe.
//
// Where the statements of statement.h hold one:
//   SelectStatement.node, InsertStatement.source         query (also under EXPLAIN: the bare query)
//   Where.node, a Cell, Assignment.value, OnConflict.where, ParseExpression()   expression
//   ReturningClause.node                                 expressions, with aliases; may hold *
//   UpdateStatement.from, DeleteStatement.using_clause   table
// CTEs of a DML statement are folded into the trees that use them.
//
// A node of a plain statement (plain_statement.h) holds the text of its statement at first and
// parses it when the tree is asked for: the direct path never does.
class DuckNode {
 public:
  using Query = duckdb::unique_ptr<duckdb::SelectStatement>;
  using Expression = duckdb::unique_ptr<duckdb::ParsedExpression>;
  using Expressions = duckdb::vector<Expression>;
  using Table = duckdb::unique_ptr<duckdb::TableRef>;
  using Tree = std::variant<Query, Expression, Expressions, Table>;

  static DuckNodePtr Of(Query query) { return std::make_shared<const DuckNode>(std::move(query)); }
  static DuckNodePtr Of(Expression e) { return std::make_shared<const DuckNode>(std::move(e)); }
  static DuckNodePtr Of(Expressions list) {
    return std::make_shared<const DuckNode>(std::move(list));
  }
  static DuckNodePtr Of(Table table) { return std::make_shared<const DuckNode>(std::move(table)); }

  // Prefer Of(). Precondition: not null.
  explicit DuckNode(Query query) : tree_(std::move(query)) {}
  explicit DuckNode(Expression expression) : tree_(std::move(expression)) {}
  explicit DuckNode(Expressions list) : tree_(std::move(list)) {}
  explicit DuckNode(Table table) : tree_(std::move(table)) {}
  // The query that `text` is, or the WHERE clause of the UPDATE or DELETE that it is; see
  // DeferQuery() and DeferWhere(). Precondition: ParsePlainStatement() has accepted the text.
  enum class Part : uint8_t { kQuery, kWhere };
  DuckNode(Part part, std::string text) : text_(std::move(text)) {
    if (part == Part::kQuery) {
      tree_ = Query();
    } else {
      tree_ = Expression();
    }
  }

  bool is_query() const { return std::holds_alternative<Query>(tree_); }
  bool is_expression() const { return std::holds_alternative<Expression>(tree_); }
  bool is_expressions() const { return std::holds_alternative<Expressions>(tree_); }
  bool is_table() const { return std::holds_alternative<Table>(tree_); }

  // Precondition of each pair: the tree has that shape.
  const duckdb::SelectStatement& query() const { return *std::get<Query>(tree()); }
  const duckdb::ParsedExpression& expression() const { return *std::get<Expression>(tree()); }
  const Expressions& expressions() const { return std::get<Expressions>(tree()); }
  const duckdb::TableRef& table() const { return *std::get<Table>(tree()); }

  Query CopyQuery() const {
    return duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(query().Copy());
  }
  Expression CopyExpression() const { return expression().Copy(); }
  Expressions CopyExpressions() const {
    Expressions copies;
    copies.reserve(expressions().size());
    for (const Expression& item : expressions()) {
      copies.push_back(item->Copy());
    }
    return copies;
  }
  // DuckDB declares Copy() of tables without const, but it only reads.
  Table CopyTable() const { return std::get<Table>(tree())->Copy(); }

 private:
  const Tree& tree() const {
    if (!text_.empty()) {
      std::call_once(parsed_, [this] { ParseDeferred(); });
    }
    return tree_;
  }
  void ParseDeferred() const;

  const std::string text_;  // Empty: the tree is there from the beginning.
  mutable std::once_flag parsed_;
  // Its alternative never changes. Written by ParseDeferred() only, under `parsed_`.
  mutable Tree tree_;
};

}  // namespace kalamdb::sql
