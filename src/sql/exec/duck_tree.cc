// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_tree.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "duckdb/parser/expression/columnref_expression.hpp"
#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/expression/parameter_expression.hpp"
#include "duckdb/parser/expression/subquery_expression.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/query_node/cte_node.hpp"
#include "duckdb/parser/query_node/recursive_cte_node.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/query_node/set_operation_node.hpp"
#include "duckdb/parser/result_modifier.hpp"
#include "duckdb/parser/tableref/list.hpp"

#include "sql/exec/duck_catalog.h"
#include "vectors/types.h"
#include "sql/parser/duck_node.h"

namespace kalamdb::sql {

namespace {

using duckdb::BaseTableRef;
using duckdb::ParsedExpression;
using duckdb::QueryNode;
using duckdb::TableRef;
using types::EqualsIgnoreCase;

// The tables in the FROM of one SELECT, and the SELECT around it.
struct Scope {
  const Scope* outer = nullptr;
  std::vector<BaseTableRef*> tables = {};
};

class TreeWalk {
 public:
  TreeWalk(std::span<const types::Parameter> parameters, duckdb::SelectStatement& query,
           duckdb::case_insensitive_map_t<duckdb::BoundParameterData>* values)
      : parameters_(parameters), query_(query), values_(values) {}

  Status Run() {
    WalkNode(*query_.node, nullptr);
    return std::move(failure_);
  }

 private:
  void WalkNode(QueryNode& node, const Scope* outer);
  void WalkSelect(duckdb::SelectNode& select, const Scope* outer);
  void WalkModifiers(QueryNode& node, const Scope& scope);
  // First the tables, then the expressions: ON may name tables to its right.
  void CollectTables(TableRef& ref, Scope* scope);
  void WalkTable(TableRef& ref, const Scope& scope);
  void WalkExpression(ParsedExpression& expression, const Scope& scope);
  void WalkOptional(const duckdb::unique_ptr<ParsedExpression>& expression, const Scope& scope) {
    if (expression != nullptr) {
      WalkExpression(*expression, scope);
    }
  }
  void UseParameter(const std::string& identifier);
  void Fail(Status status) {
    if (failure_.ok()) {
      failure_ = std::move(status);
    }
  }

  const std::span<const types::Parameter> parameters_;
  duckdb::SelectStatement& query_;
  duckdb::case_insensitive_map_t<duckdb::BoundParameterData>* const values_;
  Status failure_;
};

// Text and integers bind as literals do, so that `ts > $1` and `lpad(x, $1)` work as they would
// with the value written out.
duckdb::BoundParameterData BindParameter(const types::Parameter& parameter) {
  if (parameter.value.is_null()) {
    return duckdb::BoundParameterData(duckdb::Value());
  }
  if (types::IsUtf8(parameter.type.id)) {
    return duckdb::BoundParameterData(duckdb::Value(parameter.value.AsString()));
  }
  duckdb::Value value = vectors::ToDuckValue(parameter.value, parameter.type);
  if (!types::IsInteger(parameter.type.id)) {
    return duckdb::BoundParameterData(std::move(value));
  }
  duckdb::LogicalType literal = duckdb::LogicalType::INTEGER_LITERAL(value);
  return {std::move(value), std::move(literal)};
}

void ReadDeleted(BaseTableRef& table) {
  if (table.at_clause == nullptr) {
    table.at_clause = duckdb::make_uniq<duckdb::AtClause>(
        kWithDeletedUnit,
        duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value::BOOLEAN(true)));
  }
}

void NameDeleted(const duckdb::ColumnRefExpression& column, const Scope* scope) {
  const auto& names = column.column_names;
  if (names.size() < 2) {
    while (scope != nullptr && scope->tables.empty()) {
      scope = scope->outer;
    }
    if (scope != nullptr) {
      for (BaseTableRef* table : scope->tables) {
        ReadDeleted(*table);
      }
    }
    return;
  }
  const std::string& qualifier = names[names.size() - 2];
  for (; scope != nullptr; scope = scope->outer) {
    bool is_found = false;
    for (BaseTableRef* table : scope->tables) {
      if (EqualsIgnoreCase(table->alias.empty() ? table->table_name : table->alias, qualifier)) {
        ReadDeleted(*table);
        is_found = true;
      }
    }
    if (is_found) {
      return;
    }
  }
}

void TreeWalk::WalkNode(QueryNode& node, const Scope* outer) {
  // The map of CTEs that every node carries only names them: what is planned is in the CTE nodes.
  switch (node.type) {
    case duckdb::QueryNodeType::SELECT_NODE:
      WalkSelect(node.Cast<duckdb::SelectNode>(), outer);
      return;
    case duckdb::QueryNodeType::SET_OPERATION_NODE: {
      auto& operation = node.Cast<duckdb::SetOperationNode>();
      WalkNode(*operation.left, outer);
      WalkNode(*operation.right, outer);
      break;
    }
    case duckdb::QueryNodeType::RECURSIVE_CTE_NODE: {
      auto& recursive = node.Cast<duckdb::RecursiveCTENode>();
      WalkNode(*recursive.left, outer);
      WalkNode(*recursive.right, outer);
      break;
    }
    case duckdb::QueryNodeType::CTE_NODE: {
      auto& cte = node.Cast<duckdb::CTENode>();
      WalkNode(*cte.query, outer);
      WalkNode(*cte.child, outer);
      break;
    }
    default:
      Fail(InvalidSql("this form of query is not supported"));
      return;
  }
  // ORDER BY of a set operation names result columns.
  WalkModifiers(node, Scope{.outer = nullptr});
}

void TreeWalk::WalkSelect(duckdb::SelectNode& select, const Scope* outer) {
  Scope scope{.outer = outer};
  if (select.from_table != nullptr) {
    CollectTables(*select.from_table, &scope);
    WalkTable(*select.from_table, scope);
  }
  for (const auto& item : select.select_list) {
    WalkExpression(*item, scope);
  }
  WalkOptional(select.where_clause, scope);
  for (const auto& group : select.groups.group_expressions) {
    WalkExpression(*group, scope);
  }
  WalkOptional(select.having, scope);
  WalkOptional(select.qualify, scope);
  WalkModifiers(select, scope);
}

void TreeWalk::WalkModifiers(QueryNode& node, const Scope& scope) {
  for (const auto& modifier : node.modifiers) {
    switch (modifier->type) {
      case duckdb::ResultModifierType::ORDER_MODIFIER:
        for (auto& order : modifier->Cast<duckdb::OrderModifier>().orders) {
          WalkExpression(*order.expression, scope);
        }
        break;
      case duckdb::ResultModifierType::LIMIT_MODIFIER: {
        auto& limit = modifier->Cast<duckdb::LimitModifier>();
        WalkOptional(limit.limit, scope);
        WalkOptional(limit.offset, scope);
        break;
      }
      case duckdb::ResultModifierType::LIMIT_PERCENT_MODIFIER: {
        auto& limit = modifier->Cast<duckdb::LimitPercentModifier>();
        WalkOptional(limit.limit, scope);
        WalkOptional(limit.offset, scope);
        break;
      }
      case duckdb::ResultModifierType::DISTINCT_MODIFIER:
        for (auto& target : modifier->Cast<duckdb::DistinctModifier>().distinct_on_targets) {
          WalkExpression(*target, scope);
        }
        break;
    }
  }
}

void TreeWalk::CollectTables(TableRef& ref, Scope* scope) {
  switch (ref.type) {
    case duckdb::TableReferenceType::BASE_TABLE: {
      auto& table = ref.Cast<BaseTableRef>();
      if (table.at_clause != nullptr) {
        Fail(InvalidSql("AT is not supported"));
      }
      if (table.catalog_name == kDuckCatalog) {
        scope->tables.push_back(&table);
      } else if (!table.catalog_name.empty() ||
                 (!table.schema_name.empty() && table.schema_name != "recurring")) {
        Fail(TableNotFound("table `" + table.schema_name + "." + table.table_name +
                           "` does not exist"));
      }
      return;
    }
    case duckdb::TableReferenceType::JOIN: {
      auto& join = ref.Cast<duckdb::JoinRef>();
      CollectTables(*join.left, scope);
      CollectTables(*join.right, scope);
      return;
    }
    case duckdb::TableReferenceType::PIVOT:
      CollectTables(*ref.Cast<duckdb::PivotRef>().source, scope);
      return;
    default:
      return;
  }
}

void TreeWalk::WalkTable(TableRef& ref, const Scope& scope) {
  switch (ref.type) {
    case duckdb::TableReferenceType::BASE_TABLE:
    case duckdb::TableReferenceType::EMPTY_FROM:
      return;
    case duckdb::TableReferenceType::JOIN: {
      auto& join = ref.Cast<duckdb::JoinRef>();
      WalkTable(*join.left, scope);
      WalkTable(*join.right, scope);
      WalkOptional(join.condition, scope);
      return;
    }
    case duckdb::TableReferenceType::SUBQUERY:
      // The tables beside it can be named in it (LATERAL).
      WalkNode(*ref.Cast<duckdb::SubqueryRef>().subquery->node, &scope);
      return;
    case duckdb::TableReferenceType::TABLE_FUNCTION: {
      auto& function = ref.Cast<duckdb::TableFunctionRef>();
      WalkOptional(function.function, scope);
      if (function.subquery != nullptr) {
        WalkNode(*function.subquery->node, &scope);
      }
      return;
    }
    case duckdb::TableReferenceType::EXPRESSION_LIST:
      for (auto& row : ref.Cast<duckdb::ExpressionListRef>().values) {
        for (auto& value : row) {
          WalkExpression(*value, scope);
        }
      }
      return;
    case duckdb::TableReferenceType::PIVOT: {
      auto& pivot = ref.Cast<duckdb::PivotRef>();
      WalkTable(*pivot.source, scope);
      for (auto& aggregate : pivot.aggregates) {
        WalkExpression(*aggregate, scope);
      }
      return;
    }
    default:
      Fail(InvalidSql("this form of table is not supported"));
      return;
  }
}

void TreeWalk::WalkExpression(ParsedExpression& expression, const Scope& scope) {
  switch (expression.GetExpressionClass()) {
    case duckdb::ExpressionClass::COLUMN_REF: {
      const auto& column = expression.Cast<duckdb::ColumnRefExpression>();
      if (EqualsIgnoreCase(column.GetColumnName(), types::kDeletedName)) {
        NameDeleted(column, &scope);
      }
      return;
    }
    case duckdb::ExpressionClass::PARAMETER:
      UseParameter(expression.Cast<duckdb::ParameterExpression>().identifier);
      return;
    case duckdb::ExpressionClass::SUBQUERY:
      WalkNode(*expression.Cast<duckdb::SubqueryExpression>().subquery->node, &scope);
      break;
    case duckdb::ExpressionClass::FUNCTION: {
      // One division, that of PostgreSQL, however the tree spells it (duck_operators.cc).
      auto& function = expression.Cast<duckdb::FunctionExpression>();
      if (function.function_name == "//") {
        function.function_name = "/";
      }
      break;
    }
    default:
      break;
  }
  duckdb::ParsedExpressionIterator::EnumerateChildren(
      expression, [&](ParsedExpression& child) { WalkExpression(child, scope); });
}

void TreeWalk::UseParameter(const std::string& identifier) {
  uint32_t number = 0;
  const char* end = identifier.data() + identifier.size();
  const auto [rest, error] = std::from_chars(identifier.data(), end, number);
  if (error != std::errc() || rest != end || number == 0) {
    Fail(InvalidSql("parameters are written $1, $2, ...: `$" + identifier + "` is not one"));
    return;
  }
  if (number > parameters_.size()) {
    Fail(InvalidParameter("no value was given for parameter $" + identifier));
    return;
  }
  const types::Parameter& parameter = parameters_[number - 1];
  query_.named_param_map[identifier] = number;
  values_->insert_or_assign(identifier, BindParameter(parameter));
}

Status AppendItems(const DuckNode& node,
                   duckdb::vector<duckdb::unique_ptr<ParsedExpression>>* list) {
  if (node.is_expression()) {
    list->push_back(node.CopyExpression());
    return {};
  }
  if (node.is_expressions()) {
    for (auto& copy : node.CopyExpressions()) {
      list->push_back(std::move(copy));
    }
    return {};
  }
  return Internal("a projection of something that is no expression");
}

duckdb::unique_ptr<TableRef> TableOf(const TableName& name, const std::string& alias) {
  auto table = duckdb::make_uniq<BaseTableRef>();
  table->catalog_name = std::string(kDuckCatalog);
  table->schema_name = name.namespace_id.empty() ? std::string(kDefaultSchema) : name.namespace_id;
  table->table_name = name.name;
  table->alias = alias;
  return table;
}

duckdb::unique_ptr<duckdb::SelectStatement> StatementOf(
    duckdb::unique_ptr<duckdb::SelectNode> select) {
  auto statement = duckdb::make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(select);
  return statement;
}

}  // namespace

Status PrepareTree(duckdb::SelectStatement& query, std::span<const types::Parameter> parameters,
                   duckdb::case_insensitive_map_t<duckdb::BoundParameterData>* values) {
  query.named_param_map.clear();
  query.query.clear();  // Else errors would quote it at positions of another text.
  return TreeWalk(parameters, query, values).Run();
}

bool HasSubquery(const duckdb::SelectStatement& query) {
  return std::ranges::any_of(query.node->GetSelectList(),
                             [](const auto& item) { return item->HasSubquery(); });
}

StatusOr<duckdb::unique_ptr<duckdb::SelectStatement>> BuildProjection(
    const DuckEngine::Projection& projection) {
  auto select = duckdb::make_uniq<duckdb::SelectNode>();
  std::string qualifier;
  if (projection.table.has_value()) {
    select->from_table = TableOf(*projection.table, projection.alias);
    qualifier = projection.alias.empty() ? projection.table->name : projection.alias;
  }
  const auto join = [&](duckdb::unique_ptr<duckdb::TableRef> more) {
    if (select->from_table == nullptr) {
      select->from_table = std::move(more);
      return;
    }
    auto cross = duckdb::make_uniq<duckdb::JoinRef>(duckdb::JoinRefType::CROSS);
    cross->left = std::move(select->from_table);
    cross->right = std::move(more);
    select->from_table = std::move(cross);
  };
  if (projection.more_from != nullptr) {
    if (!projection.more_from->is_table()) {
      return Error(Internal("more_from is no table"));
    }
    join(projection.more_from->CopyTable());
  }
  if (projection.joined_table.has_value()) {
    join(TableOf(*projection.joined_table, {}));
  }
  if (select->from_table == nullptr) {
    select->from_table = duckdb::make_uniq<duckdb::EmptyTableRef>();
  }
  for (const auto& item : projection.items) {
    if (const auto* column = std::get_if<std::string>(&item); column != nullptr) {
      select->select_list.push_back(
          qualifier.empty() ? duckdb::make_uniq<duckdb::ColumnRefExpression>(*column)
                            : duckdb::make_uniq<duckdb::ColumnRefExpression>(*column, qualifier));
    } else {
      KALAMDB_RETURN_IF_ERROR(AppendItems(*std::get<DuckNodePtr>(item), &select->select_list));
    }
  }
  if (projection.where != nullptr) {
    if (!projection.where->is_expression()) {
      return Error(Internal("where is no expression"));
    }
    select->where_clause = projection.where->CopyExpression();
  }
  return StatementOf(std::move(select));
}

StatusOr<duckdb::unique_ptr<duckdb::SelectStatement>> BuildExpressions(
    std::span<const DuckNodePtr> expressions) {
  auto select = duckdb::make_uniq<duckdb::SelectNode>();
  select->from_table = duckdb::make_uniq<duckdb::EmptyTableRef>();
  for (const DuckNodePtr& node : expressions) {
    KALAMDB_RETURN_IF_ERROR(AppendItems(*node, &select->select_list));
  }
  return StatementOf(std::move(select));
}

}  // namespace kalamdb::sql
