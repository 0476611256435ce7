// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/duck_direct.h"

#include <algorithm>

#include "duckdb/parser/expression/list.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"

#include "sql/parser/duck_literal.h"
#include "sql/parser/duck_node.h"
#include "types/schema.h"

namespace kalamdb::sql {
namespace {

using duckdb::ExpressionClass;
using duckdb::ExpressionType;
using types::EqualsIgnoreCase;

bool Names(const ColumnScope& scope, const std::string& qualifier) {
  return EqualsIgnoreCase(qualifier, scope.alias.empty() ? scope.table.name : scope.alias);
}

// The column of the one table that `expression` is.
std::optional<std::string> AsColumn(const duckdb::ParsedExpression& expression,
                                    const ColumnScope& scope) {
  if (expression.GetExpressionClass() != ExpressionClass::COLUMN_REF) {
    return std::nullopt;
  }
  const auto& names = expression.Cast<duckdb::ColumnRefExpression>().column_names;
  if (names.size() == 1 || (names.size() == 2 && Names(scope, names[0]))) {
    return names.back();
  }
  return std::nullopt;
}

std::optional<CompareOp> AsCompareOp(ExpressionType type) {
  switch (type) {
    case ExpressionType::COMPARE_EQUAL:
      return CompareOp::kEq;
    case ExpressionType::COMPARE_NOTEQUAL:
      return CompareOp::kNe;
    case ExpressionType::COMPARE_LESSTHAN:
      return CompareOp::kLt;
    case ExpressionType::COMPARE_LESSTHANOREQUALTO:
      return CompareOp::kLe;
    case ExpressionType::COMPARE_GREATERTHAN:
      return CompareOp::kGt;
    case ExpressionType::COMPARE_GREATERTHANOREQUALTO:
      return CompareOp::kGe;
    default:
      return std::nullopt;
  }
}

CompareOp Reversed(CompareOp op) {
  switch (op) {
    case CompareOp::kLt:
      return CompareOp::kGt;
    case CompareOp::kLe:
      return CompareOp::kGe;
    case CompareOp::kGt:
      return CompareOp::kLt;
    case CompareOp::kGe:
      return CompareOp::kLe;
    default:
      return op;
  }
}

// A comparison with a literal NULL is never true; it is left to the engine.
std::optional<Operand> AsComparable(const duckdb::ParsedExpression& expression) {
  auto operand = AsOperand(expression);
  if (operand.has_value() && !operand->parameter.has_value() && operand->literal.value.is_null()) {
    return std::nullopt;
  }
  return operand;
}

bool AddComparison(const duckdb::ComparisonExpression& comparison, const ColumnScope& scope,
                   std::vector<Predicate>* out) {
  const auto op = AsCompareOp(comparison.GetExpressionType());
  if (!op.has_value()) {
    return false;
  }
  auto column = AsColumn(*comparison.left, scope);
  const bool is_reversed = !column.has_value();
  if (is_reversed) {
    column = AsColumn(*comparison.right, scope);
  }
  auto operand = AsComparable(is_reversed ? *comparison.left : *comparison.right);
  if (!column.has_value() || !operand.has_value()) {
    return false;
  }
  out->push_back({.column = std::move(*column),
                  .op = is_reversed ? Reversed(*op) : *op,
                  .operands = {std::move(*operand)}});
  return true;
}

bool AddBetween(const duckdb::BetweenExpression& between, const ColumnScope& scope,
                std::vector<Predicate>* out) {
  auto column = AsColumn(*between.input, scope);
  auto lower = AsComparable(*between.lower);
  auto upper = AsComparable(*between.upper);
  if (!column.has_value() || !lower.has_value() || !upper.has_value()) {
    return false;
  }
  out->push_back({.column = *column, .op = CompareOp::kGe, .operands = {std::move(*lower)}});
  out->push_back(
      {.column = std::move(*column), .op = CompareOp::kLe, .operands = {std::move(*upper)}});
  return true;
}

bool AddOperator(const duckdb::OperatorExpression& expression, const ColumnScope& scope,
                 std::vector<Predicate>* out) {
  Predicate predicate;
  switch (expression.GetExpressionType()) {
    case ExpressionType::OPERATOR_IS_NULL:
      predicate.op = CompareOp::kIsNull;
      break;
    case ExpressionType::OPERATOR_IS_NOT_NULL:
      predicate.op = CompareOp::kIsNotNull;
      break;
    case ExpressionType::COMPARE_IN:
      predicate.op = CompareOp::kIn;
      break;
    default:
      return false;
  }
  auto column = AsColumn(*expression.children[0], scope);
  if (!column.has_value()) {
    return false;
  }
  predicate.column = std::move(*column);
  predicate.operands.reserve(expression.children.size() - 1);
  for (size_t i = 1; i < expression.children.size(); ++i) {
    auto operand = AsComparable(*expression.children[i]);
    if (!operand.has_value()) {
      return false;
    }
    predicate.operands.push_back(std::move(*operand));
  }
  out->push_back(std::move(predicate));
  return true;
}

bool AddPredicates(const duckdb::ParsedExpression& where, const ColumnScope& scope,
                   std::vector<Predicate>* out) {
  switch (where.GetExpressionClass()) {
    case ExpressionClass::CONJUNCTION: {
      const auto& children = where.Cast<duckdb::ConjunctionExpression>().children;
      return where.GetExpressionType() == ExpressionType::CONJUNCTION_AND &&
             std::all_of(children.begin(), children.end(),
                         [&](const auto& child) { return AddPredicates(*child, scope, out); });
    }
    case ExpressionClass::COMPARISON:
      return AddComparison(where.Cast<duckdb::ComparisonExpression>(), scope, out);
    case ExpressionClass::BETWEEN:
      return AddBetween(where.Cast<duckdb::BetweenExpression>(), scope, out);
    case ExpressionClass::OPERATOR:
      return AddOperator(where.Cast<duckdb::OperatorExpression>(), scope, out);
    case ExpressionClass::CONSTANT:
    case ExpressionClass::CAST: {
      // WHERE true.
      const auto operand = AsOperand(where);
      return operand.has_value() && !operand->parameter.has_value() &&
             operand->literal.value.is_bool() && operand->literal.value.AsBool();
    }
    default:
      return false;
  }
}

// The column that ORDER BY `expression` means: an output name first, then a column of the table.
std::optional<std::string> OrderColumn(const duckdb::ParsedExpression& expression,
                                       const ColumnScope& scope,
                                       const std::vector<SelectItem>& items) {
  if (expression.GetExpressionClass() == ExpressionClass::CONSTANT) {
    // ORDER BY 2.
    const auto operand = AsOperand(expression);
    const bool has_star =
        std::any_of(items.begin(), items.end(), [](const SelectItem& i) { return i.is_star; });
    if (has_star || !operand.has_value() || !operand->literal.value.is_int()) {
      return std::nullopt;
    }
    const int64_t position = operand->literal.value.AsInt();
    if (position < 1 || static_cast<size_t>(position) > items.size()) {
      return std::nullopt;
    }
    return items[static_cast<size_t>(position) - 1].column;
  }
  auto column = AsColumn(expression, scope);
  if (!column.has_value() ||
      expression.Cast<duckdb::ColumnRefExpression>().column_names.size() != 1) {
    return column;
  }
  std::optional<std::string> found;
  for (const SelectItem& item : items) {
    if (!item.is_star && EqualsIgnoreCase(item.output_name, *column)) {
      if (found.has_value() && !EqualsIgnoreCase(*found, item.column)) {
        return std::nullopt;  // Ambiguous.
      }
      found = item.column;
    }
  }
  return found.has_value() ? found : column;
}

bool AddOrder(const duckdb::OrderModifier& order, const ColumnScope& scope, DirectSelect* out) {
  for (const auto& entry : order.orders) {
    const bool is_descending = entry.type == duckdb::OrderType::DESCENDING;
    const auto dialect_nulls =
        is_descending ? duckdb::OrderByNullType::NULLS_FIRST : duckdb::OrderByNullType::NULLS_LAST;
    if (entry.null_order != duckdb::OrderByNullType::ORDER_DEFAULT &&
        entry.null_order != dialect_nulls) {
      return false;
    }
    auto column = OrderColumn(*entry.expression, scope, out->items);
    if (!column.has_value()) {
      return false;
    }
    out->order.push_back({.column = std::move(*column), .is_descending = is_descending});
  }
  return true;
}

// A row count: a parameter or a literal that is not negative.
bool AddCount(const duckdb::ParsedExpression* expression, std::optional<Operand>* out) {
  if (expression == nullptr) {
    return true;
  }
  auto operand = AsOperand(*expression);
  if (!operand.has_value()) {
    return false;
  }
  if (!operand->parameter.has_value() &&
      (!operand->literal.value.is_int() || operand->literal.value.AsInt() < 0)) {
    return false;
  }
  *out = std::move(operand);
  return true;
}

bool AddModifiers(const duckdb::QueryNode& node, const ColumnScope& scope, DirectSelect* out) {
  for (const auto& modifier : node.modifiers) {
    switch (modifier->type) {
      case duckdb::ResultModifierType::ORDER_MODIFIER:
        if (!AddOrder(modifier->Cast<duckdb::OrderModifier>(), scope, out)) {
          return false;
        }
        break;
      case duckdb::ResultModifierType::LIMIT_MODIFIER: {
        const auto& limit = modifier->Cast<duckdb::LimitModifier>();
        if (!AddCount(limit.limit.get(), &out->limit) ||
            !AddCount(limit.offset.get(), &out->offset)) {
          return false;
        }
        break;
      }
      default:
        return false;
    }
  }
  return true;
}

}  // namespace

std::optional<std::vector<SelectItem>> AsPlainItems(
    const duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>& list,
    const ColumnScope& scope) {
  std::vector<SelectItem> items;
  items.reserve(list.size());
  for (const auto& expression : list) {
    if (expression->GetExpressionClass() == ExpressionClass::STAR) {
      const auto& star = expression->Cast<duckdb::StarExpression>();
      if (star.columns || star.expr != nullptr || !star.exclude_list.empty() ||
          !star.replace_list.empty() || !star.rename_list.empty() ||
          (!star.relation_name.empty() && !Names(scope, star.relation_name))) {
        return std::nullopt;
      }
      items.push_back({.is_star = true, .column = {}, .output_name = {}});
      continue;
    }
    auto column = AsColumn(*expression, scope);
    if (!column.has_value()) {
      return std::nullopt;
    }
    std::string output = expression->HasAlias() ? expression->GetAlias() : *column;
    items.push_back(
        {.is_star = false, .column = std::move(*column), .output_name = std::move(output)});
  }
  return items;
}

std::optional<std::vector<Predicate>> AsConjunction(const duckdb::ParsedExpression& where,
                                                    const ColumnScope& scope) {
  std::vector<Predicate> predicates;
  if (!AddPredicates(where, scope, &predicates)) {
    return std::nullopt;
  }
  return predicates;
}

std::optional<DirectSelect> AsDirectSelect(const duckdb::QueryNode& node) {
  if (node.type != duckdb::QueryNodeType::SELECT_NODE || !node.cte_map.map.empty()) {
    return std::nullopt;
  }
  const auto& select = node.Cast<duckdb::SelectNode>();
  if (select.from_table == nullptr ||
      select.from_table->type != duckdb::TableReferenceType::BASE_TABLE ||
      !select.groups.group_expressions.empty() || !select.groups.grouping_sets.empty() ||
      select.having != nullptr || select.qualify != nullptr || select.sample != nullptr ||
      select.aggregate_handling != duckdb::AggregateHandling::STANDARD_HANDLING) {
    return std::nullopt;
  }
  const auto& table = select.from_table->Cast<duckdb::BaseTableRef>();
  if (table.sample != nullptr || !table.column_name_alias.empty() ||
      table.catalog_name != kDuckCatalog) {
    return std::nullopt;
  }
  DirectSelect direct;
  direct.table.name = table.table_name;
  if (table.schema_name != kDefaultSchema) {
    direct.table.namespace_id = table.schema_name;
  }
  const ColumnScope scope{.table = direct.table, .alias = table.alias};
  auto items = AsPlainItems(select.select_list, scope);
  if (!items.has_value()) {
    return std::nullopt;
  }
  direct.items = std::move(*items);
  if (select.where_clause != nullptr) {
    auto where = AsConjunction(*select.where_clause, scope);
    if (!where.has_value()) {
      return std::nullopt;
    }
    direct.where = std::move(*where);
  }
  if (!AddModifiers(node, scope, &direct)) {
    return std::nullopt;
  }
  return direct;
}

}  // namespace kalamdb::sql
