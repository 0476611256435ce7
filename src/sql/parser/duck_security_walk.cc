// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/duck_security_walk.h"

#include <algorithm>
#include <utility>

#include "duckdb/parser/expression/list.hpp"
#include "duckdb/parser/query_node/list.hpp"
#include "duckdb/parser/tableref/list.hpp"

#include "base/limits.h"
#include "sql/parser/allowed_functions.h"
#include "sql/parser/duck_node.h"

namespace kalamdb::sql {
namespace {

std::string Lower(std::string_view text) { return types::AsciiLower(text); }

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 2 * limits::kNameBytesMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

Status NotAvailable(std::string_view what, std::string_view name) {
  return InvalidSql(std::string(what) + " " + std::string(name) +
                    " does not exist or is not available");
}

// Each is a copy of the whole WITH clause.
constexpr uint32_t kInlinedCtesMax = 8;

// Counts a level of recursion for as long as it lives.
class Level {
 public:
  explicit Level(uint32_t* depth) : depth_(depth) { ++*depth_; }
  ~Level() { --*depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  uint32_t* depth_;
};

Status TooDeep() { return InvalidSql("the statement is nested too deeply"); }

}  // namespace

// The engine looks a name that it does not know as a CTE up among its own views, so a CTE may not
// have the name of one.
Status SecurityWalk::CteName(const std::string& name) {
  const std::string lower = Lower(name);
  constexpr std::string_view kPrefixes[] = {"duckdb_", "pragma_", "pg_", "sqlite_"};
  const bool is_engine_name =
      std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                  [&](std::string_view prefix) { return lower.starts_with(prefix); });
  if (is_engine_name || !IsPlainName(lower)) {
    return InvalidSql("\"" + name +
                      "\" cannot be the name of a WITH query: letters, digits and _, "
                      "not beginning with duckdb_, pragma_, pg_ or sqlite_");
  }
  ctes_.push_back(lower);
  return {};
}

Status SecurityWalk::Ctes(duckdb::CommonTableExpressionMap& ctes) {
  for (auto& entry : ctes.map) {
    KALAMDB_RETURN_IF_ERROR(Query(*entry.second->query->node));
    for (auto& key : entry.second->key_targets) {
      KALAMDB_RETURN_IF_ERROR(Expr(key));
    }
    KALAMDB_RETURN_IF_ERROR(CteName(entry.first));
  }
  return {};
}

Status SecurityWalk::StatementCtes(duckdb::CommonTableExpressionMap& ctes) {
  KALAMDB_RETURN_IF_ERROR(Ctes(ctes));
  statement_ctes_ = ctes_.size();
  statement_cte_map_ = &ctes;
  return {};
}

// Wraps `SELECT * FROM name` in the WITH clause of the statement, in the form that the engine's
// parser gives to such a subquery.
Status SecurityWalk::InlineCte(Table& ref) {
  if (++inlined_ctes_ > kInlinedCtesMax) {
    return InvalidSql("WITH queries are named more than " + std::to_string(kInlinedCtesMax) +
                      " times in INSERT, UPDATE or DELETE");
  }
  auto& named = ref->Cast<duckdb::BaseTableRef>();
  auto select = duckdb::make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(duckdb::make_uniq<duckdb::StarExpression>());
  auto from = duckdb::make_uniq<duckdb::BaseTableRef>();
  from->table_name = named.table_name;
  select->from_table = std::move(from);
  select->cte_map = statement_cte_map_->Copy();
  duckdb::unique_ptr<duckdb::QueryNode> root = std::move(select);
  std::vector<duckdb::unique_ptr<duckdb::CTENode>> nodes;
  for (auto& entry : statement_cte_map_->map) {
    auto node = duckdb::make_uniq<duckdb::CTENode>();
    node->ctename = entry.first;
    node->query = entry.second->query->node->Copy();
    node->aliases = entry.second->aliases;
    node->materialized = entry.second->materialized;
    nodes.push_back(std::move(node));
  }
  for (; !nodes.empty(); nodes.pop_back()) {
    nodes.back()->cte_map = root->cte_map.Copy();
    nodes.back()->child = std::move(root);
    root = std::move(nodes.back());
  }
  auto statement = duckdb::make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(root);
  auto subquery = duckdb::make_uniq<duckdb::SubqueryRef>(
      std::move(statement), named.alias.empty() ? named.table_name : named.alias);
  subquery->column_name_alias = named.column_name_alias;
  subquery->sample = std::move(named.sample);
  ref = std::move(subquery);
  return {};
}

Status SecurityWalk::Query(duckdb::QueryNode& node) {
  const Level level(&depth_);
  if (depth_ > kDepthMax) {
    return TooDeep();
  }
  const size_t outer_ctes = ctes_.size();
  Status status;
  switch (node.type) {
    case duckdb::QueryNodeType::SELECT_NODE:
      status = SelectNode(node);
      break;
    case duckdb::QueryNodeType::SET_OPERATION_NODE: {
      auto& set = node.Cast<duckdb::SetOperationNode>();
      status = Ctes(node.cte_map);
      if (status.ok()) {
        status = Query(*set.left);
      }
      if (status.ok()) {
        status = Query(*set.right);
      }
      break;
    }
    case duckdb::QueryNodeType::RECURSIVE_CTE_NODE:
    case duckdb::QueryNodeType::CTE_NODE:
      status = CteNode(node);
      break;
    default:
      status = InvalidSql("this kind of query is not supported");
      break;
  }
  if (status.ok()) {
    status = Modifiers(node);
  }
  ctes_.resize(outer_ctes);
  return status;
}

Status SecurityWalk::CteNode(duckdb::QueryNode& node) {
  // The parser keeps a copy of all queries of the WITH clause in the map of each node.
  const size_t outer_ctes = ctes_.size();
  KALAMDB_RETURN_IF_ERROR(Ctes(node.cte_map));
  if (node.type == duckdb::QueryNodeType::RECURSIVE_CTE_NODE) {
    auto& recursive = node.Cast<duckdb::RecursiveCTENode>();
    KALAMDB_RETURN_IF_ERROR(Query(*recursive.left));
    KALAMDB_RETURN_IF_ERROR(CteName(recursive.ctename));
    for (auto& key : recursive.key_targets) {
      KALAMDB_RETURN_IF_ERROR(Expr(key));
    }
    return Query(*recursive.right);
  }
  ctes_.resize(outer_ctes);
  auto& cte = node.Cast<duckdb::CTENode>();
  KALAMDB_RETURN_IF_ERROR(Query(*cte.query));
  KALAMDB_RETURN_IF_ERROR(CteName(cte.ctename));
  return Query(*cte.child);
}

Status SecurityWalk::SelectNode(duckdb::QueryNode& node) {
  auto& select = node.Cast<duckdb::SelectNode>();
  KALAMDB_RETURN_IF_ERROR(Ctes(node.cte_map));
  const uint32_t outer_from = from_depth_;
  if (select.from_table != nullptr &&
      select.from_table->type != duckdb::TableReferenceType::EMPTY_FROM) {
    // Before the list, so that its columns may be named with a namespace.
    KALAMDB_RETURN_IF_ERROR(FromClause(select.from_table));
    ++from_depth_;
  }
  for (auto& item : select.select_list) {
    KALAMDB_RETURN_IF_ERROR(ListItem(item));
  }
  KALAMDB_RETURN_IF_ERROR(Expr(select.where_clause));
  for (auto& group : select.groups.group_expressions) {
    KALAMDB_RETURN_IF_ERROR(Expr(group));
  }
  KALAMDB_RETURN_IF_ERROR(Expr(select.having));
  KALAMDB_RETURN_IF_ERROR(Expr(select.qualify));
  from_depth_ = outer_from;
  return {};
}

Status SecurityWalk::Modifiers(duckdb::QueryNode& node) {
  for (auto& modifier : node.modifiers) {
    switch (modifier->type) {
      case duckdb::ResultModifierType::LIMIT_MODIFIER: {
        auto& limit = modifier->Cast<duckdb::LimitModifier>();
        KALAMDB_RETURN_IF_ERROR(Expr(limit.limit));
        KALAMDB_RETURN_IF_ERROR(Expr(limit.offset));
        break;
      }
      case duckdb::ResultModifierType::LIMIT_PERCENT_MODIFIER: {
        auto& limit = modifier->Cast<duckdb::LimitPercentModifier>();
        KALAMDB_RETURN_IF_ERROR(Expr(limit.limit));
        KALAMDB_RETURN_IF_ERROR(Expr(limit.offset));
        break;
      }
      case duckdb::ResultModifierType::ORDER_MODIFIER:
        for (auto& order : modifier->Cast<duckdb::OrderModifier>().orders) {
          KALAMDB_RETURN_IF_ERROR(Expr(order.expression));
        }
        break;
      case duckdb::ResultModifierType::DISTINCT_MODIFIER:
        for (auto& target : modifier->Cast<duckdb::DistinctModifier>().distinct_on_targets) {
          KALAMDB_RETURN_IF_ERROR(Expr(target));
        }
        break;
      default:
        return InvalidSql("this clause is not supported");
    }
  }
  return {};
}

Status SecurityWalk::FromClause(Table& table) {
  const Level level(&depth_);
  if (depth_ > kDepthMax) {
    return TooDeep();
  }
  switch (table->type) {
    case duckdb::TableReferenceType::EMPTY_FROM:
      return {};
    case duckdb::TableReferenceType::BASE_TABLE:
      return BaseTable(table);
    case duckdb::TableReferenceType::JOIN:
      return Join(*table);
    case duckdb::TableReferenceType::SUBQUERY:
      return Query(*table->Cast<duckdb::SubqueryRef>().subquery->node);
    case duckdb::TableReferenceType::TABLE_FUNCTION:
      return TableFunction(*table);
    case duckdb::TableReferenceType::EXPRESSION_LIST:
      for (auto& row : table->Cast<duckdb::ExpressionListRef>().values) {
        for (auto& cell : row) {
          KALAMDB_RETURN_IF_ERROR(Expr(cell));
        }
      }
      return {};
    case duckdb::TableReferenceType::PIVOT:
      return Pivot(*table);
    case duckdb::TableReferenceType::SHOW_REF:
      return InvalidSql("SHOW, DESCRIBE and SUMMARIZE are not supported inside a query");
    default:
      return InvalidSql("this kind of table is not supported");
  }
}

StatusOr<TableName> SecurityWalk::Target(const std::string& catalog, const std::string& schema,
                                         const std::string& name) {
  const TableName target{.namespace_id = Lower(schema), .name = Lower(name)};
  if (!catalog.empty() && Lower(catalog) != kDuckCatalog) {
    return Error(NotAvailable("table", catalog + "." + schema + "." + name));
  }
  if (!IsPlainName(target.name) ||
      (!target.namespace_id.empty() && !IsPlainName(target.namespace_id))) {
    return Error(InvalidSql("\"" + name + "\" is not the name of a table: letters, digits and _"));
  }
  return target;
}

Status SecurityWalk::BaseTable(Table& ref) {
  auto& table = ref->Cast<duckdb::BaseTableRef>();
  if (table.at_clause != nullptr) {
    return InvalidSql("AT (...) after a table is not supported");
  }
  if (table.schema_name.empty() && table.catalog_name.empty()) {
    const auto cte = std::find(ctes_.rbegin(), ctes_.rend(), Lower(table.table_name));
    if (cte != ctes_.rend()) {
      return ctes_.rend() - cte <= static_cast<ptrdiff_t>(statement_ctes_) ? InlineCte(ref)
                                                                           : Status();
    }
  }
  KALAMDB_ASSIGN_OR_RETURN(TableName met,
                           Target(table.catalog_name, table.schema_name, table.table_name));
  table.catalog_name = std::string(kDuckCatalog);
  table.schema_name = met.namespace_id.empty() ? std::string(kDefaultSchema) : met.namespace_id;
  table.table_name = met.name;
  if (!met.namespace_id.empty()) {
    named_.push_back(met);
  }
  const bool is_known = std::any_of(tables_.begin(), tables_.end(), [&](const TableName& other) {
    return other.namespace_id == met.namespace_id && other.name == met.name;
  });
  if (!is_known) {
    tables_.push_back(std::move(met));
  }
  return {};
}

Status SecurityWalk::Join(duckdb::TableRef& ref) {
  auto& join = ref.Cast<duckdb::JoinRef>();
  if (++joins_ > limits::kJoinsMax) {
    return InvalidSql("more than " + std::to_string(limits::kJoinsMax) + " joins in one statement");
  }
  KALAMDB_RETURN_IF_ERROR(FromClause(join.left));
  KALAMDB_RETURN_IF_ERROR(FromClause(join.right));
  for (auto& column : join.duplicate_eliminated_columns) {
    KALAMDB_RETURN_IF_ERROR(Expr(column));
  }
  return Expr(join.condition);
}

Status SecurityWalk::TableFunction(duckdb::TableRef& ref) {
  auto& table = ref.Cast<duckdb::TableFunctionRef>();
  if (table.function == nullptr ||
      table.function->GetExpressionClass() != duckdb::ExpressionClass::FUNCTION) {
    return InvalidSql("this kind of table is not supported");
  }
  auto& function = table.function->Cast<duckdb::FunctionExpression>();
  const std::string name = Lower(function.function_name);
  if (!function.catalog.empty() || !function.schema.empty() || !IsAllowedTableFunction(name)) {
    return NotAvailable("table function", name);
  }
  if (table.subquery != nullptr) {
    KALAMDB_RETURN_IF_ERROR(Query(*table.subquery->node));
  }
  return Children(function);
}

Status SecurityWalk::Pivot(duckdb::TableRef& ref) {
  auto& pivot = ref.Cast<duckdb::PivotRef>();
  KALAMDB_RETURN_IF_ERROR(FromClause(pivot.source));
  for (auto& aggregate : pivot.aggregates) {
    KALAMDB_RETURN_IF_ERROR(Expr(aggregate));
  }
  for (auto& column : pivot.pivots) {
    if (!column.pivot_enum.empty() || column.subquery != nullptr) {
      return InvalidSql("PIVOT needs a list of values: IN (value, ...)");
    }
    for (auto& expression : column.pivot_expressions) {
      KALAMDB_RETURN_IF_ERROR(Expr(expression));
    }
    for (auto& entry : column.entries) {
      KALAMDB_RETURN_IF_ERROR(Expr(entry.expr));
    }
  }
  return {};
}

}  // namespace kalamdb::sql
