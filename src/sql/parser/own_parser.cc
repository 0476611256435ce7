// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/own_parser.h"

#include <string>
#include <utility>

#include "sql/parser/parse_statement.h"

namespace kalamdb::sql {
namespace {

std::string Upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
  }
  return upper;
}

Status NotYet(std::string_view statement) {
  return InvalidSql(std::string(statement) + " is not available in this version");
}

Status NotSupported(std::string_view statement) {
  return InvalidSql(std::string(statement) + " is not supported");
}

std::optional<TableKind> AsTableKind(const Token& token) {
  switch (token.keyword) {
    case Keyword::kUser:
      return TableKind::kUser;
    case Keyword::kShared:
      return TableKind::kShared;
    case Keyword::kStream:
      return TableKind::kStream;
    default:
      return std::nullopt;
  }
}

// [USER | SHARED | STREAM] TABLE at the cursor, which then stands after it.
bool AcceptTable(TokenCursor& cursor, std::optional<TableKind>* kind) {
  if (cursor.Accept(Keyword::kTable)) {
    return true;
  }
  *kind = AsTableKind(cursor.Peek());
  if (kind->has_value() && cursor.Peek(1).Is(Keyword::kTable)) {
    cursor.Skip(2);
    return true;
  }
  return false;
}

// What follows CREATE, DROP or ALTER and is not built.
Status RefuseObject(const TokenCursor& cursor, std::string_view verb) {
  const Token& token = cursor.Peek();
  const std::string statement = std::string(verb) + " " + Upper(cursor.Text(token));
  switch (token.keyword) {
    case Keyword::kTopic:
    case Keyword::kView:
      return NotYet(statement);
    case Keyword::kSchema:
    case Keyword::kDatabase:
      return InvalidSql(statement + " is not supported: use " + std::string(verb) + " NAMESPACE");
    default:
      break;
  }
  if (token.kind != TokenKind::kWord) {
    return cursor.Unexpected("NAMESPACE, TABLE, USER or STORAGE");
  }
  return NotSupported(statement);
}

Status ParseCreate(TokenCursor& cursor, Statement* statement) {
  std::optional<TableKind> kind;
  if (cursor.Accept(Keyword::kNamespace)) {
    CreateNamespace create;
    KALAMDB_ASSIGN_OR_RETURN(create.if_not_exists, cursor.AcceptIfNotExists());
    KALAMDB_ASSIGN_OR_RETURN(create.name, cursor.Namespace());
    statement->body = std::move(create);
    return cursor.ExpectEnd();
  }
  if (AcceptTable(cursor, &kind)) {
    KALAMDB_ASSIGN_OR_RETURN(statement->body, ParseCreateTable(cursor, kind));
    return cursor.ExpectEnd();
  }
  if (cursor.Accept(Keyword::kUser)) {
    KALAMDB_ASSIGN_OR_RETURN(statement->body, ParseCreateUser(cursor));
    return cursor.ExpectEnd();
  }
  if (cursor.Accept(Keyword::kStorage)) {
    KALAMDB_ASSIGN_OR_RETURN(statement->body, ParseCreateStorage(cursor));
    return cursor.ExpectEnd();
  }
  if (cursor.Accept(Keyword::kOr)) {
    return NotSupported("CREATE OR REPLACE");
  }
  return RefuseObject(cursor, "CREATE");
}

Status ParseDrop(TokenCursor& cursor, Statement* statement) {
  std::optional<TableKind> kind;
  if (cursor.Accept(Keyword::kNamespace)) {
    DropNamespace drop;
    KALAMDB_ASSIGN_OR_RETURN(drop.if_exists, cursor.AcceptIfExists());
    KALAMDB_ASSIGN_OR_RETURN(drop.name, cursor.Namespace());
    drop.is_cascade = cursor.Accept(Keyword::kCascade);
    if (!drop.is_cascade) {
      cursor.Accept(Keyword::kRestrict);
    }
    statement->body = std::move(drop);
    return cursor.ExpectEnd();
  }
  if (AcceptTable(cursor, &kind)) {
    DropTable drop{.table = {}, .if_exists = false, .kind = kind};
    KALAMDB_ASSIGN_OR_RETURN(drop.if_exists, cursor.AcceptIfExists());
    KALAMDB_ASSIGN_OR_RETURN(drop.table, cursor.Table());
    statement->body = std::move(drop);
    return cursor.ExpectEnd();
  }
  if (cursor.Accept(Keyword::kUser)) {
    DropUser drop;
    KALAMDB_ASSIGN_OR_RETURN(drop.if_exists, cursor.AcceptIfExists());
    KALAMDB_ASSIGN_OR_RETURN(drop.name, cursor.NameOrString("the name of a user"));
    statement->body = std::move(drop);
    return cursor.ExpectEnd();
  }
  if (cursor.Accept(Keyword::kStorage)) {
    DropStorage drop;
    KALAMDB_ASSIGN_OR_RETURN(drop.if_exists, cursor.AcceptIfExists());
    KALAMDB_ASSIGN_OR_RETURN(drop.id, cursor.NameOrString("the id of a storage"));
    statement->body = std::move(drop);
    return cursor.ExpectEnd();
  }
  return RefuseObject(cursor, "DROP");
}

Status ParseAlter(TokenCursor& cursor, Statement* statement) {
  std::optional<TableKind> kind;
  if (AcceptTable(cursor, &kind)) {
    return kind == TableKind::kStream ? NotSupported("ALTER STREAM TABLE") : NotYet("ALTER TABLE");
  }
  if (cursor.At(Keyword::kNamespace)) {
    return NotYet("ALTER NAMESPACE");
  }
  if (cursor.Accept(Keyword::kUser)) {
    KALAMDB_ASSIGN_OR_RETURN(statement->body, ParseAlterUser(cursor));
    return cursor.ExpectEnd();
  }
  if (cursor.Accept(Keyword::kStorage)) {
    KALAMDB_ASSIGN_OR_RETURN(statement->body, ParseAlterStorage(cursor));
    return cursor.ExpectEnd();
  }
  return RefuseObject(cursor, "ALTER");
}

// USE name, USE NAMESPACE name, SET NAMESPACE name.
Status ParseUse(TokenCursor& cursor, Statement* statement) {
  if (cursor.At(Keyword::kNamespace) && cursor.Peek(1).kind != TokenKind::kEnd) {
    cursor.Skip();
  }
  UseNamespace use;
  KALAMDB_ASSIGN_OR_RETURN(use.name, cursor.Namespace());
  statement->body = std::move(use);
  return cursor.ExpectEnd();
}

// EXECUTE AS USER name (statement).
Status ParseExecute(TokenCursor& cursor, Statement* statement) {
  if (!cursor.Accept(Keyword::kAs)) {
    return InvalidSql("Unsupported statement type: EXECUTE (only EXECUTE AS USER)");
  }
  KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kUser));
  ExecuteAs execute;
  KALAMDB_ASSIGN_OR_RETURN(execute.user, cursor.NameOrString("the name of a user"));
  KALAMDB_RETURN_IF_ERROR(cursor.ExpectSymbol('('));
  const size_t begin = cursor.position();
  size_t depth = 1;
  while (!cursor.AtEnd()) {
    depth += cursor.AtSymbol('(') ? 1 : 0;
    depth -= cursor.AtSymbol(')') ? 1 : 0;
    if (depth == 0) {
      break;
    }
    cursor.Skip();
  }
  const size_t end = cursor.position();
  KALAMDB_RETURN_IF_ERROR(cursor.ExpectSymbol(')'));
  KALAMDB_RETURN_IF_ERROR(cursor.ExpectEnd());
  if (begin == end) {
    return InvalidSql("EXECUTE AS USER needs one statement in parentheses");
  }
  const TokenRange inner = cursor.Slice(begin, end);
  if (inner.tokens[0].Is(Keyword::kExecute)) {
    return InvalidSql("EXECUTE AS USER cannot stand inside another");
  }
  KALAMDB_ASSIGN_OR_RETURN(Statement parsed, ParseStatement(inner));
  statement->parameter_count = parsed.parameter_count;
  execute.inner = std::make_shared<const Statement>(std::move(parsed));
  statement->body = std::move(execute);
  return {};
}

// Statements of the reference that are built later, and well-known ones that are not.
Status Refuse(const TokenCursor& cursor) {
  const Token& first = cursor.Peek();
  const std::string word = Upper(cursor.Text(first));
  const std::string second = Upper(cursor.Text(cursor.Peek(1)));
  switch (first.keyword) {
    case Keyword::kBackup:
    case Keyword::kRestore:
    case Keyword::kClear:
    case Keyword::kCluster:
      return NotYet(cursor.Peek(1).kind == TokenKind::kWord ? word + " " + second : word);
    case Keyword::kFlush:
      return InvalidSql("FLUSH is not supported: use STORAGE FLUSH TABLE or STORAGE FLUSH ALL");
    case Keyword::kConsume:
    case Keyword::kAck:
      return NotYet(word);
    case Keyword::kExport:
      return second == "USER" ? NotYet("EXPORT USER DATA") : NotSupported("EXPORT");
    case Keyword::kMerge:
    case Keyword::kTruncate:
    case Keyword::kUpsert:
    case Keyword::kCopy:
    case Keyword::kSavepoint:
    case Keyword::kRelease:
      return NotSupported(word);
    default:
      break;
  }
  if (first.kind != TokenKind::kWord) {
    return cursor.Unexpected("a statement");
  }
  return InvalidSql("Unsupported statement type: " + word);
}

}  // namespace

Status ParseOwn(TokenCursor& cursor, Statement* statement) {
  switch (cursor.Peek().keyword) {
    case Keyword::kCreate:
      cursor.Skip();
      return ParseCreate(cursor, statement);
    case Keyword::kDrop:
      cursor.Skip();
      return ParseDrop(cursor, statement);
    case Keyword::kAlter:
      cursor.Skip();
      return ParseAlter(cursor, statement);
    case Keyword::kUse:
      cursor.Skip();
      return ParseUse(cursor, statement);
    case Keyword::kSet:
      if (cursor.Peek(1).Is(Keyword::kNamespace)) {
        cursor.Skip(2);
        return ParseUse(cursor, statement);
      }
      return InvalidSql("Unsupported statement type: SET (only SET NAMESPACE)");
    case Keyword::kShow:
      cursor.Skip();
      return ParseShow(cursor, statement);
    case Keyword::kKill:
      cursor.Skip();
      return ParseKill(cursor, statement);
    case Keyword::kSubscribe:
      cursor.Skip();
      return ParseSubscribe(cursor, statement);
    case Keyword::kStorage:
      cursor.Skip();
      return ParseStorageCommand(cursor, statement);
    case Keyword::kDescribe:
    case Keyword::kDesc: {
      cursor.Skip();
      KALAMDB_ASSIGN_OR_RETURN(statement->body, ParseDescribe(cursor));
      return cursor.ExpectEnd();
    }
    case Keyword::kBegin:
    case Keyword::kStart:
    case Keyword::kCommit:
    case Keyword::kEnd:
    case Keyword::kRollback:
    case Keyword::kAbort:
      return ParseTransaction(cursor, statement);
    case Keyword::kExecute:
      cursor.Skip();
      return ParseExecute(cursor, statement);
    default:
      return Refuse(cursor);
  }
}

}  // namespace kalamdb::sql
