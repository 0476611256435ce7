// SPDX-License-Identifier: Apache-2.0
// SHOW, DESCRIBE and transactions.
#include <string>
#include <utility>

#include "sql/parser/own_parser.h"

namespace kalamdb::sql {
namespace {

// [IN | FROM [NAMESPACE] name].
Status AcceptNamespace(TokenCursor& cursor, std::string* name) {
  if (!cursor.Accept(Keyword::kIn) && !cursor.Accept(Keyword::kFrom)) {
    return {};
  }
  if (cursor.At(Keyword::kNamespace) && cursor.Peek(1).kind != TokenKind::kEnd) {
    cursor.Skip();
  }
  KALAMDB_ASSIGN_OR_RETURN(*name, cursor.Namespace());
  return {};
}

std::optional<ShowKind> AcceptPlainKind(TokenCursor& cursor) {
  struct Row {
    Keyword keyword;
    ShowKind kind;
  };
  constexpr Row kRows[] = {{Keyword::kNamespaces, ShowKind::kNamespaces},
                           {Keyword::kStorages, ShowKind::kStorages},
                           {Keyword::kSettings, ShowKind::kSettings},
                           {Keyword::kAll, ShowKind::kSettings},
                           {Keyword::kUsers, ShowKind::kUsers}};
  for (const Row& row : kRows) {
    if (cursor.Accept(row.keyword)) {
      return row.kind;
    }
  }
  return std::nullopt;
}

// READ COMMITTED and SERIALIZABLE would promise less and more than there is.
Status ParseIsolation(TokenCursor& cursor) {
  if (!cursor.Accept(Keyword::kIsolation)) {
    return {};
  }
  KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kLevel));
  if (cursor.Accept(Keyword::kSnapshot)) {
    return {};
  }
  if (cursor.At(Keyword::kRepeatable) && cursor.Peek(1).Is(Keyword::kRead)) {
    cursor.Skip(2);
    return {};
  }
  return InvalidSql("isolation levels other than SNAPSHOT (REPEATABLE READ) are not supported");
}

}  // namespace

Status ParseShow(TokenCursor& cursor, Statement* statement) {
  Show show;
  if (const auto kind = AcceptPlainKind(cursor); kind.has_value()) {
    show.kind = *kind;
  } else if (cursor.Accept(Keyword::kTables)) {
    show.kind = ShowKind::kTables;
    KALAMDB_RETURN_IF_ERROR(AcceptNamespace(cursor, &show.namespace_id));
  } else if (cursor.Accept(Keyword::kColumns)) {
    show.kind = ShowKind::kColumns;
    if (!cursor.Accept(Keyword::kFrom) && !cursor.Accept(Keyword::kIn)) {
      return cursor.Unexpected("FROM");
    }
    KALAMDB_ASSIGN_OR_RETURN(show.table, cursor.Table());
  } else if (cursor.Accept(Keyword::kStats)) {
    show.kind = ShowKind::kStats;
    KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kFor));
    KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kTable));
    KALAMDB_ASSIGN_OR_RETURN(show.table, cursor.Table());
  } else if (cursor.At(Keyword::kManifest) || cursor.At(Keyword::kExport) ||
             cursor.At(Keyword::kBackup)) {
    const std::string what(cursor.Text(cursor.Peek()));
    return InvalidSql("SHOW " + what + " is not available in this version");
  } else if (cursor.Peek().kind == TokenKind::kWord) {
    return InvalidSql("SHOW " + std::string(cursor.Text(cursor.Peek())) + " is not supported");
  } else {
    return cursor.Unexpected("NAMESPACES, TABLES, COLUMNS, STORAGES, STATS, SETTINGS or USERS");
  }
  statement->body = std::move(show);
  return cursor.ExpectEnd();
}

StatusOr<Describe> ParseDescribe(TokenCursor& cursor) {
  cursor.Accept(Keyword::kTable);
  Describe describe;
  KALAMDB_ASSIGN_OR_RETURN(describe.table, cursor.Table());
  describe.is_history = cursor.Accept(Keyword::kHistory);
  return describe;
}

Status ParseTransaction(TokenCursor& cursor, Statement* statement) {
  const Keyword verb = cursor.Peek().keyword;
  cursor.Skip();
  if (verb == Keyword::kStart) {
    KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kTransaction));
  } else if (!cursor.Accept(Keyword::kTransaction)) {
    cursor.Accept(Keyword::kWork);
  }
  switch (verb) {
    case Keyword::kBegin:
    case Keyword::kStart:
      KALAMDB_RETURN_IF_ERROR(ParseIsolation(cursor));
      statement->body = Begin{};
      break;
    case Keyword::kCommit:
    case Keyword::kEnd:
      statement->body = Commit{};
      break;
    default:
      if (cursor.At(Keyword::kTo)) {
        return InvalidSql("SAVEPOINT is not supported");
      }
      statement->body = Rollback{};
      break;
  }
  return cursor.ExpectEnd();
}

}  // namespace kalamdb::sql
