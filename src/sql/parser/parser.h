// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "sql/parser/statement.h"

namespace kalamdb::sql {

// Splits `text` at semicolons (outside strings, quoted names, comments and dollar quotes) and parses
// every statement: our own grammar where it begins like one, the engine's parser for queries and DML.
// Pure and thread-safe. Errors: EmptySql, BatchParseError (unterminated string or comment),
// InvalidSql naming the place and what is wrong or not supported; limits::kSqlBytesMax,
// kStatementsMax and kNestingMax.
//
// Refused here, before anything is planned: statements that reach files, the network or engine
// settings (COPY, ATTACH, INSTALL, LOAD, PRAGMA, SET, EXPORT, ...), functions and table functions
// outside the allow-list (sql/parser/allowed_functions), and names of the engine's own catalogs.
StatusOr<std::vector<StatementPtr>> Parse(std::string_view text);

// One expression without tables, under the same rules: a column default kept in the catalog.
StatusOr<DuckNodePtr> ParseExpression(std::string_view text);

}  // namespace kalamdb::sql
