// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/parser.h"

#include <memory>
#include <utility>

#include "sql/parser/complexity.h"
#include "sql/parser/duck_parse.h"
#include "sql/parser/insert_values.h"
#include "sql/parser/lexer.h"
#include "sql/parser/own_parser.h"
#include "sql/parser/parse_statement.h"
#include "sql/parser/plain_statement.h"

namespace kalamdb::sql {
namespace {

// Whether a statement that begins with `first` is for the engine's parser.
bool IsForEngine(const Token& first) {
  switch (first.keyword) {
    case Keyword::kSelect:
    case Keyword::kWith:
    case Keyword::kValues:
    case Keyword::kFrom:
    case Keyword::kTable:
    case Keyword::kInsert:
    case Keyword::kUpdate:
    case Keyword::kDelete:
    case Keyword::kExplain:
      return true;
    default:
      return first.IsSymbol('(');
  }
}

}  // namespace

StatusOr<Statement> ParseStatement(const TokenRange& range) {
  const Token& first = range.tokens[0];
  if (IsForEngine(first)) {
    if (first.Is(Keyword::kInsert)) {
      if (range.tokens.size() > 2 && range.tokens[1].Is(Keyword::kOr)) {
        return Error(
            InvalidSql("INSERT OR " +
                       std::string(range.text.substr(range.tokens[2].begin,
                                                     range.tokens[2].end - range.tokens[2].begin)) +
                       " is not supported: use ON CONFLICT"));
      }
      if (auto insert = ParseInsertValues(range); insert.has_value()) {
        return std::move(*insert);
      }
    } else if (auto plain = ParsePlainStatement(range); plain.has_value()) {
      return std::move(*plain);
    }
    return ParseWithEngine(range);
  }
  Statement statement;
  TokenCursor cursor(range);
  KALAMDB_RETURN_IF_ERROR(ParseOwn(cursor, &statement));
  statement.text = std::string(range.Text());
  return statement;
}

StatusOr<std::vector<StatementPtr>> Parse(std::string_view text) {
  KALAMDB_ASSIGN_OR_RETURN(const LexedText lexed, Lex(text));
  if (lexed.statements.empty()) {
    return Error(EmptySql("the request holds no SQL statement"));
  }
  std::vector<StatementPtr> statements;
  statements.reserve(lexed.statements.size());
  for (const LexedStatement& lexed_statement : lexed.statements) {
    const TokenRange range{.text = text,
                           .tokens = lexed.Tokens(lexed_statement),
                           .needs_rewriting = lexed_statement.needs_rewriting};
    if (lexed_statement.may_copy_trees) {
      KALAMDB_RETURN_IF_ERROR(CheckComplexity(range.tokens));
    }
    KALAMDB_ASSIGN_OR_RETURN(Statement statement, ParseStatement(range));
    statements.push_back(std::make_shared<const Statement>(std::move(statement)));
  }
  return statements;
}

StatusOr<DuckNodePtr> ParseExpression(std::string_view text) {
  KALAMDB_ASSIGN_OR_RETURN(const LexedText lexed, Lex(text));
  if (lexed.statements.size() != 1) {
    return Error(InvalidSql("exactly one expression is expected"));
  }
  const LexedStatement& only = lexed.statements[0];
  if (only.may_copy_trees) {
    KALAMDB_RETURN_IF_ERROR(CheckComplexity(lexed.Tokens(only)));
  }
  return ParseEngineExpression(
      {.text = text, .tokens = lexed.Tokens(only), .needs_rewriting = only.needs_rewriting});
}

}  // namespace kalamdb::sql
