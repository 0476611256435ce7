// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/duck_parse.h"

#include <charconv>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "duckdb/common/error_data.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/statement/explain_statement.hpp"
#include "duckdb/parser/tableref/emptytableref.hpp"

#include "sql/parser/complexity.h"
#include "sql/parser/dialect.h"
#include "sql/parser/duck_direct.h"
#include "sql/parser/duck_dml.h"
#include "sql/parser/duck_literal.h"
#include "sql/parser/duck_node.h"
#include "sql/parser/duck_security_walk.h"

namespace kalamdb::sql {
namespace {

duckdb::ParserOptions Options() {
  duckdb::ParserOptions options;
  options.preserve_identifier_case = false;  // Unquoted names fold to lower case.
  options.integer_division = true;
  return options;
}

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// The engine's message about text that starts at `text_begin` of the request, or about `rewritten`.
Status TranslateError(const duckdb::ErrorData& error, const TokenRange& range,
                      const RewrittenText* rewritten) {
  std::string message = error.RawMessage();
  if (message.starts_with("Max expression depth") || message.starts_with("memory exhausted")) {
    return InvalidSql("the statement is nested too deeply");
  }
  for (const JsonOperator& op : kJsonOperators) {
    message = ReplaceAll(std::move(message), "\"" + std::string(op.engine_name) + "\"",
                         "\"" + std::string(op.written) + "\"");
  }
  const auto found = error.ExtraInfo().find("position");
  size_t position = 0;
  if (found != error.ExtraInfo().end() &&
      std::from_chars(found->second.data(), found->second.data() + found->second.size(), position)
              .ec == std::errc()) {
    const size_t offset = rewritten != nullptr ? rewritten->Original(position)
                                               : range.tokens.front().begin + position;
    message += " (" + Place(range.text, offset) + ")";
  }
  return InvalidSql(std::move(message));
}

// The engine's parser for `range`, with `prefix` in front of the text. Exactly one statement.
StatusOr<duckdb::unique_ptr<duckdb::SQLStatement>> RunParser(const TokenRange& range) {
  RewrittenText rewritten;
  if (range.needs_rewriting) {
    KALAMDB_ASSIGN_OR_RETURN(rewritten, Rewrite(range.tokens, range.text));
  }
  const std::string text =
      range.needs_rewriting ? std::move(rewritten.text) : std::string(range.Text());
  try {
    duckdb::Parser parser(Options());
    parser.ParseQuery(text);
    if (parser.statements.size() != 1) {
      return Error(InvalidSql("exactly one statement is expected"));
    }
    return std::move(parser.statements[0]);
  } catch (const std::bad_alloc&) {
    return Error(ResourceExhausted("parse: out of memory"));
  } catch (const std::exception& e) {
    return Error(
        TranslateError(duckdb::ErrorData(e), range, range.needs_rewriting ? &rewritten : nullptr));
  }
}

StatusOr<SelectStatement> ConvertSelect(duckdb::unique_ptr<duckdb::SQLStatement> parsed,
                                        SecurityWalk& walk) {
  auto query =
      duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(std::move(parsed));
  KALAMDB_RETURN_IF_ERROR(walk.Query(*query->node));
  SelectStatement select;
  select.direct = AsDirectSelect(*query->node);
  select.tables = walk.TakeTables();
  for (const auto& modifier : query->node->modifiers) {
    select.has_limit |= modifier->type == duckdb::ResultModifierType::LIMIT_MODIFIER ||
                        modifier->type == duckdb::ResultModifierType::LIMIT_PERCENT_MODIFIER;
  }
  select.node = DuckNode::Of(std::move(query));
  return select;
}

StatusOr<SelectStatement> ConvertExplain(duckdb::ExplainStatement& explain, SecurityWalk& walk) {
  if (explain.stmt == nullptr || explain.stmt->type != duckdb::StatementType::SELECT_STATEMENT) {
    return Error(InvalidSql("EXPLAIN is supported for queries only"));
  }
  if (explain.explain_format != duckdb::ExplainFormat::DEFAULT &&
      explain.explain_format != duckdb::ExplainFormat::TEXT) {
    return Error(InvalidSql("EXPLAIN supports the text format only"));
  }
  KALAMDB_ASSIGN_OR_RETURN(SelectStatement select, ConvertSelect(std::move(explain.stmt), walk));
  select.is_explain = true;
  select.is_explain_analyze = explain.explain_type == duckdb::ExplainType::EXPLAIN_ANALYZE;
  return select;
}

Status Convert(duckdb::unique_ptr<duckdb::SQLStatement> parsed, SecurityWalk& walk,
               Statement* out) {
  switch (parsed->type) {
    case duckdb::StatementType::SELECT_STATEMENT: {
      KALAMDB_ASSIGN_OR_RETURN(out->body, ConvertSelect(std::move(parsed), walk));
      return {};
    }
    case duckdb::StatementType::INSERT_STATEMENT: {
      KALAMDB_ASSIGN_OR_RETURN(out->body,
                               ConvertInsert(parsed->Cast<duckdb::InsertStatement>(), walk));
      return {};
    }
    case duckdb::StatementType::UPDATE_STATEMENT: {
      KALAMDB_ASSIGN_OR_RETURN(out->body,
                               ConvertUpdate(parsed->Cast<duckdb::UpdateStatement>(), walk));
      return {};
    }
    case duckdb::StatementType::DELETE_STATEMENT: {
      KALAMDB_ASSIGN_OR_RETURN(out->body,
                               ConvertDelete(parsed->Cast<duckdb::DeleteStatement>(), walk));
      return {};
    }
    case duckdb::StatementType::EXPLAIN_STATEMENT: {
      KALAMDB_ASSIGN_OR_RETURN(out->body,
                               ConvertExplain(parsed->Cast<duckdb::ExplainStatement>(), walk));
      return {};
    }
    case duckdb::StatementType::MULTI_STATEMENT:
      return InvalidSql("PIVOT needs a list of values: IN (value, ...)");
    default:
      return InvalidSql("this statement is not supported");
  }
}

// Parameters of lambdas look like columns.
bool NamesColumns(const duckdb::ParsedExpression& expression) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF ||
      expression.GetExpressionClass() == duckdb::ExpressionClass::STAR) {
    return true;
  }
  bool found = false;
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::LAMBDA) {
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        expression,
        [&](const duckdb::ParsedExpression& child) { found = found || NamesColumns(child); });
  }
  return found;
}

// `parsed` is SELECT with `text` as its list; what makes it more than one expression is refused.
Status ConvertExpression(duckdb::unique_ptr<duckdb::SQLStatement> parsed, std::string_view text,
                         DuckNodePtr* out) {
  const auto is_one = [&] {
    if (parsed->type != duckdb::StatementType::SELECT_STATEMENT) {
      return false;
    }
    const auto& query = *parsed->Cast<duckdb::SelectStatement>().node;
    if (query.type != duckdb::QueryNodeType::SELECT_NODE || !query.modifiers.empty()) {
      return false;
    }
    const auto& select = query.Cast<duckdb::SelectNode>();
    return select.select_list.size() == 1 && !select.select_list[0]->HasAlias() &&
           !select.select_list[0]->HasSubquery() && select.where_clause == nullptr &&
           select.from_table->type == duckdb::TableReferenceType::EMPTY_FROM &&
           select.groups.group_expressions.empty() && select.having == nullptr &&
           select.qualify == nullptr && select.sample == nullptr;
  };
  if (!is_one()) {
    return InvalidSql("an expression is expected, not " + std::string(text));
  }
  auto& item =
      parsed->Cast<duckdb::SelectStatement>().node->Cast<duckdb::SelectNode>().select_list[0];
  SecurityWalk walk;
  KALAMDB_RETURN_IF_ERROR(walk.Expr(item));
  if (walk.parameter_count() != 0) {
    return InvalidSql("parameters are not allowed here");
  }
  if (NamesColumns(*item)) {
    return InvalidSql("columns are not allowed here");
  }
  *out = DuckNode::Of(std::move(item));
  return {};
}

// Conversion calls library code that throws on defects of its own or of ours.
template <class F>
Status Guarded(F&& convert) {
  try {
    return std::forward<F>(convert)();
  } catch (const std::bad_alloc&) {
    return ResourceExhausted("parse: out of memory");
  } catch (const std::exception& e) {
    return Internal("parse: " + duckdb::ErrorData(e).RawMessage());
  }
}

}  // namespace

std::optional<types::Parameter> AsConstant(const DuckNodePtr& expression) {
  auto operand = AsOperand(expression->expression());
  if (!operand.has_value() || operand->parameter.has_value()) {
    return std::nullopt;
  }
  return std::move(operand->literal);
}

StatusOr<Statement> ParseWithEngine(const TokenRange& range) {
  KALAMDB_ASSIGN_OR_RETURN(auto parsed, RunParser(range));
  Statement statement;
  SecurityWalk walk;
  Status converted = Guarded([&] { return Convert(std::move(parsed), walk, &statement); });
  if (!converted.ok()) {
    return Error(std::move(converted));
  }
  statement.text = std::string(range.Text());
  statement.parameter_count = walk.parameter_count();
  return statement;
}

StatusOr<DuckNodePtr> ParseEngineExpression(const TokenRange& range) {
  // Parsed as the only item of a SELECT; what makes it more than an expression is refused.
  const std::string text = "SELECT " + std::string(range.Text());
  KALAMDB_ASSIGN_OR_RETURN(const LexedText lexed, Lex(text));
  if (lexed.statements.size() != 1) {
    return Error(InvalidSql("exactly one expression is expected"));
  }
  const LexedStatement& only = lexed.statements[0];
  KALAMDB_ASSIGN_OR_RETURN(auto parsed, RunParser({.text = text,
                                                   .tokens = lexed.Tokens(only),
                                                   .needs_rewriting = only.needs_rewriting}));
  DuckNodePtr node;
  Status converted =
      Guarded([&] { return ConvertExpression(std::move(parsed), range.Text(), &node); });
  if (!converted.ok()) {
    return Error(std::move(converted));
  }
  return node;
}

}  // namespace kalamdb::sql
