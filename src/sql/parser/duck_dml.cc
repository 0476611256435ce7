// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/duck_dml.h"

#include <utility>

#include "duckdb/parser/expression/columnref_expression.hpp"
#include "duckdb/parser/expression/default_expression.hpp"
#include "duckdb/parser/expression/star_expression.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"
#include "duckdb/parser/tableref/expressionlistref.hpp"
#include "duckdb/parser/tableref/joinref.hpp"

#include "sql/parser/duck_direct.h"
#include "sql/parser/duck_literal.h"
#include "sql/parser/duck_node.h"

namespace kalamdb::sql {
namespace {

using Expression = SecurityWalk::Expression;
using Table = SecurityWalk::Table;

StatusOr<Cell> ConvertCell(Expression& expression, SecurityWalk& walk) {
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::DEFAULT) {
    return Cell(DefaultMarker{});
  }
  KALAMDB_RETURN_IF_ERROR(walk.Expr(expression));
  if (auto operand = AsOperand(*expression); operand.has_value()) {
    return Cell(std::move(*operand));
  }
  return Cell(DuckNode::Of(std::move(expression)));
}

// Whether `expression` is just `excluded.column`.
bool IsExcludedColumn(const duckdb::ParsedExpression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::COLUMN_REF) {
    return false;
  }
  const auto& names = expression.Cast<duckdb::ColumnRefExpression>().column_names;
  return names.size() == 2 && types::EqualsIgnoreCase(names[0], "excluded");
}

StatusOr<std::vector<Assignment>> ConvertAssignments(duckdb::UpdateSetInfo& set,
                                                     bool is_on_conflict, SecurityWalk& walk) {
  std::vector<Assignment> assignments;
  assignments.reserve(set.columns.size());
  for (size_t i = 0; i < set.columns.size(); ++i) {
    if (is_on_conflict && IsExcludedColumn(*set.expressions[i])) {
      const auto& names = set.expressions[i]->Cast<duckdb::ColumnRefExpression>().column_names;
      assignments.push_back({.column = set.columns[i], .value = ExcludedColumn{names[1]}});
      continue;
    }
    KALAMDB_ASSIGN_OR_RETURN(Cell value, ConvertCell(set.expressions[i], walk));
    assignments.push_back({.column = set.columns[i], .value = std::move(value)});
  }
  return assignments;
}

StatusOr<std::optional<ReturningClause>> ConvertReturning(duckdb::vector<Expression>& list,
                                                          const ColumnScope& scope,
                                                          SecurityWalk& walk) {
  if (list.empty()) {
    return std::nullopt;
  }
  for (Expression& item : list) {
    KALAMDB_RETURN_IF_ERROR(walk.ListItem(item));
  }
  ReturningClause returning;
  returning.items = AsPlainItems(list, scope);
  returning.node = DuckNode::Of(std::move(list));
  return returning;
}

// `scope` is null when the condition may name other tables too.
StatusOr<Where> ConvertWhere(Expression& condition, const ColumnScope* scope, SecurityWalk& walk) {
  KALAMDB_RETURN_IF_ERROR(walk.Expr(condition));
  Where where;
  if (scope != nullptr) {
    where.conjuncts = AsConjunction(*condition, *scope);
  }
  where.node = DuckNode::Of(std::move(condition));
  return where;
}

StatusOr<OnConflict> ConvertOnConflict(duckdb::OnConflictInfo& info, SecurityWalk& walk) {
  if (info.condition != nullptr) {
    return Error(InvalidSql("a WHERE between ON CONFLICT (...) and DO is not supported"));
  }
  OnConflict conflict;
  conflict.columns.assign(info.indexed_columns.begin(), info.indexed_columns.end());
  switch (info.action_type) {
    case duckdb::OnConflictAction::NOTHING:
      return conflict;
    case duckdb::OnConflictAction::UPDATE:
      break;
    default:
      return Error(InvalidSql("INSERT OR REPLACE is not supported: use ON CONFLICT ... DO UPDATE"));
  }
  conflict.is_update = true;
  KALAMDB_ASSIGN_OR_RETURN(conflict.assignments, ConvertAssignments(*info.set_info, true, walk));
  if (info.set_info->condition != nullptr) {
    KALAMDB_RETURN_IF_ERROR(walk.Expr(info.set_info->condition));
    conflict.where = DuckNode::Of(std::move(info.set_info->condition));
  }
  return conflict;
}

// The rows of INSERT ... VALUES; null for any other source.
duckdb::ExpressionListRef* AsValues(duckdb::QueryNode& node) {
  if (node.type != duckdb::QueryNodeType::SELECT_NODE || !node.modifiers.empty() ||
      !node.cte_map.map.empty()) {
    return nullptr;
  }
  auto& select = node.Cast<duckdb::SelectNode>();
  const bool is_values = select.from_table != nullptr &&
                         select.from_table->type == duckdb::TableReferenceType::EXPRESSION_LIST &&
                         select.from_table->alias == "valueslist" &&
                         select.where_clause == nullptr && select.select_list.size() == 1 &&
                         duckdb::StarExpression::IsStar(*select.select_list[0]);
  return is_values ? &select.from_table->Cast<duckdb::ExpressionListRef>() : nullptr;
}

Status ConvertSource(duckdb::InsertStatement& parsed, SecurityWalk& walk, InsertStatement* out) {
  if (parsed.select_statement == nullptr) {
    out->is_default_values = true;
    return {};
  }
  duckdb::ExpressionListRef* values = AsValues(*parsed.select_statement->node);
  if (values == nullptr) {
    KALAMDB_RETURN_IF_ERROR(walk.Query(*parsed.select_statement->node));
    out->source = DuckNode::Of(std::move(parsed.select_statement));
    return {};
  }
  out->rows.reserve(values->values.size());
  for (auto& row : values->values) {
    std::vector<Cell> cells;
    cells.reserve(row.size());
    for (Expression& expression : row) {
      KALAMDB_ASSIGN_OR_RETURN(Cell cell, ConvertCell(expression, walk));
      cells.push_back(std::move(cell));
    }
    out->rows.push_back(std::move(cells));
  }
  return {};
}

// The table that UPDATE or DELETE changes.
StatusOr<ColumnScope> ConvertTarget(const duckdb::TableRef& ref) {
  if (ref.type != duckdb::TableReferenceType::BASE_TABLE) {
    return Error(InvalidSql("only a table can be changed"));
  }
  const auto& table = ref.Cast<duckdb::BaseTableRef>();
  if (table.at_clause != nullptr || table.sample != nullptr || !table.column_name_alias.empty()) {
    return Error(InvalidSql("only a table and an alias may stand here"));
  }
  KALAMDB_ASSIGN_OR_RETURN(
      TableName name,
      SecurityWalk::Target(table.catalog_name, table.schema_name, table.table_name));
  return ColumnScope{.table = std::move(name), .alias = table.alias};
}

}  // namespace

StatusOr<InsertStatement> ConvertInsert(duckdb::InsertStatement& parsed, SecurityWalk& walk) {
  InsertStatement insert;
  KALAMDB_ASSIGN_OR_RETURN(insert.table,
                           SecurityWalk::Target(parsed.catalog, parsed.schema, parsed.table));
  if (parsed.table_ref != nullptr) {
    insert.alias = parsed.table_ref->alias;
  }
  if (parsed.column_order != duckdb::InsertColumnOrder::INSERT_BY_POSITION) {
    return Error(InvalidSql("INSERT ... BY NAME is not supported"));
  }
  insert.columns.assign(parsed.columns.begin(), parsed.columns.end());
  KALAMDB_RETURN_IF_ERROR(walk.StatementCtes(parsed.cte_map));
  KALAMDB_RETURN_IF_ERROR(ConvertSource(parsed, walk, &insert));
  walk.EnterTarget(insert.table);
  if (parsed.on_conflict_info != nullptr) {
    KALAMDB_ASSIGN_OR_RETURN(insert.on_conflict, ConvertOnConflict(*parsed.on_conflict_info, walk));
  }
  const ColumnScope scope{.table = insert.table, .alias = insert.alias};
  KALAMDB_ASSIGN_OR_RETURN(insert.returning, ConvertReturning(parsed.returning_list, scope, walk));
  insert.tables_read = walk.TakeTables();
  return insert;
}

StatusOr<UpdateStatement> ConvertUpdate(duckdb::UpdateStatement& parsed, SecurityWalk& walk) {
  UpdateStatement update;
  KALAMDB_ASSIGN_OR_RETURN(const ColumnScope scope, ConvertTarget(*parsed.table));
  update.table = scope.table;
  update.alias = scope.alias;
  if (parsed.set_info->condition == nullptr) {
    return Error(InvalidSql("UPDATE needs a WHERE clause; use WHERE true to change every row"));
  }
  KALAMDB_RETURN_IF_ERROR(walk.StatementCtes(parsed.cte_map));
  walk.EnterTarget(update.table);
  if (parsed.from_table != nullptr) {
    KALAMDB_RETURN_IF_ERROR(walk.FromClause(parsed.from_table));
    update.from = DuckNode::Of(std::move(parsed.from_table));
  }
  KALAMDB_ASSIGN_OR_RETURN(update.assignments, ConvertAssignments(*parsed.set_info, false, walk));
  const ColumnScope* own = update.from == nullptr ? &scope : nullptr;
  KALAMDB_ASSIGN_OR_RETURN(update.where, ConvertWhere(parsed.set_info->condition, own, walk));
  KALAMDB_ASSIGN_OR_RETURN(update.returning, ConvertReturning(parsed.returning_list, scope, walk));
  update.tables_read = walk.TakeTables();
  return update;
}

StatusOr<DeleteStatement> ConvertDelete(duckdb::DeleteStatement& parsed, SecurityWalk& walk) {
  DeleteStatement result;
  KALAMDB_ASSIGN_OR_RETURN(const ColumnScope scope, ConvertTarget(*parsed.table));
  result.table = scope.table;
  result.alias = scope.alias;
  if (parsed.condition == nullptr) {
    return Error(InvalidSql("DELETE needs a WHERE clause; use WHERE true to delete every row"));
  }
  KALAMDB_RETURN_IF_ERROR(walk.StatementCtes(parsed.cte_map));
  walk.EnterTarget(result.table);
  Table joined;
  for (Table& table : parsed.using_clauses) {
    KALAMDB_RETURN_IF_ERROR(walk.FromClause(table));
    if (joined == nullptr) {
      joined = std::move(table);
      continue;
    }
    auto cross = duckdb::make_uniq<duckdb::JoinRef>(duckdb::JoinRefType::CROSS);
    cross->left = std::move(joined);
    cross->right = std::move(table);
    joined = std::move(cross);
  }
  if (joined != nullptr) {
    result.using_clause = DuckNode::Of(std::move(joined));
  }
  const ColumnScope* own = result.using_clause == nullptr ? &scope : nullptr;
  KALAMDB_ASSIGN_OR_RETURN(result.where, ConvertWhere(parsed.condition, own, walk));
  KALAMDB_ASSIGN_OR_RETURN(result.returning, ConvertReturning(parsed.returning_list, scope, walk));
  result.tables_read = walk.TakeTables();
  return result;
}

}  // namespace kalamdb::sql
