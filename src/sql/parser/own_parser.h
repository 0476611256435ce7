// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/parser/token_cursor.h"

namespace kalamdb::sql {

// Recursive descent for the statements of our own grammar. `cursor` stands at the first word.
// InvalidSql says what is wrong, not supported ("... is not supported") or still to come ("... is
// not available in this version"). Fills `statement->body`; the caller fills the rest.
Status ParseOwn(TokenCursor& cursor, Statement* statement);

// The parts, one file each. The cursor stands after the words in the comment.
StatusOr<CreateTable> ParseCreateTable(TokenCursor& cursor,
                                       std::optional<TableKind> kind);  // CREATE [kind] TABLE
StatusOr<CreateUser> ParseCreateUser(TokenCursor& cursor);              // CREATE USER
StatusOr<AlterUser> ParseAlterUser(TokenCursor& cursor);                // ALTER USER
StatusOr<CreateStorage> ParseCreateStorage(TokenCursor& cursor);        // CREATE STORAGE
StatusOr<AlterStorage> ParseAlterStorage(TokenCursor& cursor);          // ALTER STORAGE
Status ParseShow(TokenCursor& cursor, Statement* statement);            // SHOW
Status ParseSubscribe(TokenCursor& cursor, Statement* statement);       // SUBSCRIBE
Status ParseKill(TokenCursor& cursor, Statement* statement);            // KILL
Status ParseStorageCommand(TokenCursor& cursor, Statement* statement);  // STORAGE
StatusOr<Describe> ParseDescribe(TokenCursor& cursor);                  // DESCRIBE
Status ParseTransaction(TokenCursor& cursor, Statement* statement);     // (nothing)
// WITH (option = value, ...) and the clauses of October 2025, up to the end of the statement.
Status ParseTableOptions(TokenCursor& cursor, TableOptions* options);

}  // namespace kalamdb::sql
