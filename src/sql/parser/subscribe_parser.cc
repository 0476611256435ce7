// SPDX-License-Identifier: Apache-2.0
// SUBSCRIBE TO.
#include <string>
#include <utility>

#include "sql/parser/own_parser.h"
#include "sql/parser/parse_statement.h"

namespace kalamdb::sql {
namespace {

// Where OPTIONS ( ... ) begins, which ends the statement; the end when there is none.
size_t FindOptions(const TokenCursor& cursor) {
  size_t ahead = 0;
  size_t depth = 0;
  for (; cursor.Peek(ahead).kind != TokenKind::kEnd; ++ahead) {
    const Token& token = cursor.Peek(ahead);
    if (depth == 0 && token.Is(Keyword::kOptions) && cursor.Peek(ahead + 1).IsSymbol('(')) {
      break;
    }
    depth += token.IsSymbol('(') ? 1 : 0;
    depth -= token.IsSymbol(')') && depth > 0 ? 1 : 0;
  }
  return cursor.position() + ahead;
}

// ( last_rows = 50, batch_size = 100, from = 1 )
Status ParseSubscribeOptions(TokenCursor& cursor, Subscribe* subscribe) {
  subscribe->has_options = true;
  KALAMDB_RETURN_IF_ERROR(cursor.ExpectSymbol('('));
  while (!cursor.AcceptSymbol(')')) {
    KALAMDB_ASSIGN_OR_RETURN(const std::string name, cursor.Name("last_rows, batch_size or from"));
    if (!cursor.Peek().IsOperator('=')) {
      return cursor.Unexpected("=");
    }
    cursor.Skip();
    if (name == "last_rows") {
      KALAMDB_ASSIGN_OR_RETURN(subscribe->last_rows, cursor.Integer("a number", UINT32_MAX));
    } else if (name == "batch_size") {
      KALAMDB_ASSIGN_OR_RETURN(subscribe->batch_size, cursor.Integer("a number", UINT32_MAX));
    } else if (name == "from" || name == "from_seq_id") {
      KALAMDB_ASSIGN_OR_RETURN(subscribe->from, cursor.Integer("a number", INT64_MAX));
    } else {
      return InvalidSql("SUBSCRIBE has no option \"" + name +
                        "\": there are last_rows, batch_size and from");
    }
    if (!cursor.AtSymbol(')')) {
      KALAMDB_RETURN_IF_ERROR(cursor.ExpectSymbol(','));
    }
  }
  return {};
}

}  // namespace

Status ParseSubscribe(TokenCursor& cursor, Statement* statement) {
  KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kTo));
  const size_t begin = cursor.position();
  const size_t end = FindOptions(cursor);
  if (begin == end) {
    return cursor.Unexpected("a table or a SELECT");
  }
  const TokenRange query = cursor.Slice(begin, end);
  Subscribe subscribe;
  subscribe.query = std::string(query.text.substr(
      query.tokens.front().begin, query.tokens.back().end - query.tokens.front().begin));
  if (cursor.At(Keyword::kSelect)) {
    KALAMDB_ASSIGN_OR_RETURN(const Statement parsed, ParseStatement(query));
    const auto* select = std::get_if<SelectStatement>(&parsed.body);
    if (select == nullptr || select->tables.size() != 1) {
      return InvalidSql("SUBSCRIBE TO takes a SELECT from one table");
    }
    subscribe.table = select->tables.front();
  } else {
    KALAMDB_ASSIGN_OR_RETURN(subscribe.table, cursor.Table());
    if (cursor.position() < end && !cursor.At(Keyword::kWhere)) {
      return cursor.Unexpected("WHERE or OPTIONS");
    }
    subscribe.query = "SELECT * FROM " + subscribe.query;
  }
  cursor.Skip(end - cursor.position());
  if (cursor.Accept(Keyword::kOptions)) {
    KALAMDB_RETURN_IF_ERROR(ParseSubscribeOptions(cursor, &subscribe));
  }
  statement->body = std::move(subscribe);
  return cursor.ExpectEnd();
}

}  // namespace kalamdb::sql
