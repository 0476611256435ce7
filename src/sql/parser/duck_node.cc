// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/duck_node.h"

#include "duckdb/parser/expression/constant_expression.hpp"
#include "duckdb/parser/expression/function_expression.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/tableref/emptytableref.hpp"

#include "sql/parser/duck_parse.h"
#include "sql/parser/lexer.h"

namespace kalamdb::sql {
namespace {

StatusOr<Statement> ParseText(std::string_view text) {
  KALAMDB_ASSIGN_OR_RETURN(const LexedText lexed, Lex(text));
  if (lexed.statements.size() != 1) {
    return Error(Internal("a deferred text is not one statement"));
  }
  const LexedStatement& only = lexed.statements[0];
  return ParseWithEngine(
      {.text = text, .tokens = lexed.Tokens(only), .needs_rewriting = only.needs_rewriting});
}

// The WHERE clause of an UPDATE or DELETE.
DuckNodePtr WhereOf(const Statement& statement) {
  if (const auto* update = std::get_if<UpdateStatement>(&statement.body)) {
    return update->where.has_value() ? update->where->node : nullptr;
  }
  if (const auto* removal = std::get_if<DeleteStatement>(&statement.body)) {
    return removal->where.has_value() ? removal->where->node : nullptr;
  }
  return nullptr;
}

// What a text that does not parse becomes, for want of memory or by a defect of ours: an expression
// that fails when it runs.
DuckNode::Expression FailingCall(const StatusOr<Statement>& statement) {
  DuckNode::Expressions arguments;
  arguments.push_back(duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(
      "the statement could not be parsed: " +
      (statement.has_value() ? std::string("unexpected kind") : statement.error().message()))));
  return duckdb::make_uniq<duckdb::FunctionExpression>("error", std::move(arguments));
}

DuckNode::Query FailingQuery(const StatusOr<Statement>& statement) {
  auto select = duckdb::make_uniq<duckdb::SelectNode>();
  select->select_list.push_back(FailingCall(statement));
  select->from_table = duckdb::make_uniq<duckdb::EmptyTableRef>();
  auto query = duckdb::make_uniq<duckdb::SelectStatement>();
  query->node = std::move(select);
  return query;
}

}  // namespace

void DuckNode::ParseDeferred() const {
  const auto statement = ParseText(text_);
  if (std::holds_alternative<Query>(tree_)) {
    const auto* select =
        statement.has_value() ? std::get_if<SelectStatement>(&statement->body) : nullptr;
    tree_ = select != nullptr ? select->node->CopyQuery() : FailingQuery(statement);
    return;
  }
  const DuckNodePtr where = statement.has_value() ? WhereOf(*statement) : nullptr;
  tree_ = where != nullptr ? where->CopyExpression() : FailingCall(statement);
}

DuckNodePtr DeferQuery(std::string text) {
  return std::make_shared<const DuckNode>(DuckNode::Part::kQuery, std::move(text));
}

DuckNodePtr DeferWhere(std::string text) {
  return std::make_shared<const DuckNode>(DuckNode::Part::kWhere, std::move(text));
}

}  // namespace kalamdb::sql
