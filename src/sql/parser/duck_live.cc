// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "duckdb/parser/expression/list.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"

#include "sql/parser/duck_direct.h"
#include "sql/parser/duck_node.h"
#include "sql/parser/live_query.h"

namespace kalamdb::sql {
namespace {

using LiveExpression = duckdb::unique_ptr<duckdb::ParsedExpression>;

Status NotLive(const std::string& what) { return InvalidSql("a live query cannot have " + what); }

Status CheckLiveModifiers(const duckdb::QueryNode& node) {
  for (const auto& modifier : node.modifiers) {
    switch (modifier->type) {
      case duckdb::ResultModifierType::ORDER_MODIFIER:
        return NotLive("ORDER BY: rows arrive in the order in which they were written");
      case duckdb::ResultModifierType::DISTINCT_MODIFIER:
        return NotLive("DISTINCT");
      default:
        return NotLive("LIMIT or OFFSET: the option last_rows asks for the newest rows");
    }
  }
  return {};
}

Status CheckLiveShape(const duckdb::QueryNode& node) {
  if (node.type != duckdb::QueryNodeType::SELECT_NODE) {
    return NotLive("UNION, EXCEPT or INTERSECT: it is a SELECT from one table");
  }
  if (!node.cte_map.map.empty()) {
    return NotLive("WITH");
  }
  KALAMDB_RETURN_IF_ERROR(CheckLiveModifiers(node));
  const auto& select = node.Cast<duckdb::SelectNode>();
  if (!select.groups.group_expressions.empty() || !select.groups.grouping_sets.empty() ||
      select.aggregate_handling != duckdb::AggregateHandling::STANDARD_HANDLING) {
    return NotLive("GROUP BY");
  }
  if (select.having != nullptr) {
    return NotLive("HAVING");
  }
  if (select.qualify != nullptr) {
    return NotLive("QUALIFY");
  }
  if (select.sample != nullptr) {
    return NotLive("a sample");
  }
  if (select.from_table == nullptr ||
      select.from_table->type == duckdb::TableReferenceType::EMPTY_FROM) {
    return InvalidSql("a live query reads a table: there is no FROM");
  }
  if (select.from_table->type == duckdb::TableReferenceType::JOIN) {
    return NotLive("several tables");
  }
  if (select.from_table->type != duckdb::TableReferenceType::BASE_TABLE) {
    return InvalidSql("a live query reads one table, and nothing else in FROM");
  }
  const auto& table = select.from_table->Cast<duckdb::BaseTableRef>();
  if (table.sample != nullptr || !table.column_name_alias.empty() ||
      table.catalog_name != kDuckCatalog) {
    return InvalidSql("a live query reads one table, and nothing else in FROM");
  }
  return {};
}

// Puts `user` where the expression asks for the current user, who does not change in a session.
void FixUser(LiveExpression& expression, const std::string& user) {
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::FUNCTION &&
      expression->Cast<duckdb::FunctionExpression>().function_name == kCurrentUserFunction) {
    expression = duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(user));
    return;
  }
  duckdb::ParsedExpressionIterator::EnumerateChildren(
      *expression, [&](LiveExpression& child) { FixUser(child, user); });
}

void AddEqualities(const duckdb::ParsedExpression& where, const ColumnScope& scope,
                   std::vector<Predicate>* out) {
  if (where.GetExpressionType() == duckdb::ExpressionType::CONJUNCTION_AND) {
    for (const auto& child : where.Cast<duckdb::ConjunctionExpression>().children) {
      AddEqualities(*child, scope, out);
    }
    return;
  }
  auto simple = AsConjunction(where, scope);
  if (simple.has_value() && simple->size() == 1 && simple->front().op == CompareOp::kEq) {
    out->push_back(std::move(simple->front()));
  }
}

}  // namespace

StatusOr<LiveQuery> AsLiveQuery(const SelectStatement& select, const UserId& user) {
  if (select.is_explain || !select.node->is_query()) {
    return Error(InvalidSql("a live query is a SELECT"));
  }
  const duckdb::QueryNode& node = *select.node->query().node;
  KALAMDB_RETURN_IF_ERROR(CheckLiveShape(node));
  const auto& tree = node.Cast<duckdb::SelectNode>();
  const auto& table = tree.from_table->Cast<duckdb::BaseTableRef>();
  if (table.schema_name == kDefaultSchema) {
    return Error(InvalidSql("Query must use namespace.table format"));
  }
  LiveQuery live;
  live.table = {.namespace_id = table.schema_name, .name = table.table_name};
  live.alias = table.alias;
  const ColumnScope scope{.table = live.table, .alias = live.alias};
  auto items = AsPlainItems(tree.select_list, scope);
  if (!items.has_value()) {
    return Error(
        InvalidSql("a live query lists columns or *: expressions and aggregates cannot "
                   "be kept up to date row by row"));
  }
  live.items = std::move(*items);
  if (tree.where_clause == nullptr) {
    return live;
  }
  if (tree.where_clause->HasSubquery()) {
    return Error(NotLive("a subquery: its WHERE clause looks at one row"));
  }
  LiveExpression where = tree.where_clause->Copy();
  FixUser(where, user.value);
  AddEqualities(*where, scope, &live.equalities);
  live.where_text = where->ToString();
  auto conjuncts = AsConjunction(*where, scope);
  live.where = Where{.node = DuckNode::Of(std::move(where)), .conjuncts = std::move(conjuncts)};
  return live;
}

}  // namespace kalamdb::sql
