// SPDX-License-Identifier: Apache-2.0
// KILL JOB, KILL LIVE QUERY, STORAGE FLUSH and STORAGE COMPACT.
#include <string>
#include <utility>

#include "sql/parser/own_parser.h"

namespace kalamdb::sql {
namespace {

constexpr size_t kJobIdBytesMax = 64;

// 'id', or the same without quotes: FL-0123456789ab is several tokens without a gap.
StatusOr<std::string> JobId(TokenCursor& cursor) {
  if (cursor.Peek().kind == TokenKind::kString) {
    return cursor.String("the id of a job");
  }
  if (cursor.Peek().kind != TokenKind::kWord) {
    return Error(cursor.Unexpected("the id of a job"));
  }
  const uint32_t begin = cursor.Peek().begin;
  uint32_t end = begin;
  while (!cursor.AtEnd() && cursor.Peek().begin == end) {
    end = cursor.Peek().end;
    cursor.Skip();
  }
  return std::string(cursor.text().substr(begin, end - begin));
}

}  // namespace

Status ParseKill(TokenCursor& cursor, Statement* statement) {
  if (cursor.Accept(Keyword::kLive)) {
    KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kQuery));
    KillLiveQuery kill;
    KALAMDB_ASSIGN_OR_RETURN(kill.id, cursor.String("the id of a live query"));
    statement->body = std::move(kill);
    return cursor.ExpectEnd();
  }
  if (!cursor.Accept(Keyword::kJob)) {
    return cursor.Unexpected("JOB or LIVE QUERY");
  }
  KillJob kill;
  KALAMDB_ASSIGN_OR_RETURN(kill.id, JobId(cursor));
  if (kill.id.empty() || kill.id.size() > kJobIdBytesMax) {
    return InvalidSql("the id of a job has 1 to " + std::to_string(kJobIdBytesMax) + " bytes");
  }
  statement->body = std::move(kill);
  return cursor.ExpectEnd();
}

Status ParseStorageCommand(TokenCursor& cursor, Statement* statement) {
  StorageCommand command;
  if (cursor.Accept(Keyword::kFlush)) {
    command.action = StorageAction::kFlush;
  } else if (cursor.Accept(Keyword::kCompact)) {
    command.action = StorageAction::kCompact;
  } else if (cursor.At(Keyword::kCheck)) {
    return InvalidSql("STORAGE CHECK is not available in this version");
  } else {
    return cursor.Unexpected("FLUSH or COMPACT");
  }
  if (cursor.Accept(Keyword::kTable)) {
    KALAMDB_ASSIGN_OR_RETURN(command.table, cursor.Table());
  } else if (cursor.Accept(Keyword::kAll)) {
    command.is_all = true;
    if (cursor.Accept(Keyword::kIn)) {
      if (cursor.At(Keyword::kNamespace) && cursor.Peek(1).kind != TokenKind::kEnd) {
        cursor.Skip();
      }
      KALAMDB_ASSIGN_OR_RETURN(command.table.namespace_id, cursor.Namespace());
    }
  } else {
    return cursor.Unexpected("TABLE or ALL");
  }
  statement->body = std::move(command);
  return cursor.ExpectEnd();
}

}  // namespace kalamdb::sql
