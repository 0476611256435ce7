// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/parser/duck_parse.h"
#include "sql/parser/statement.h"

namespace kalamdb::sql {

// Parses one statement: our own grammar where it begins like one, the engine's parser for queries
// and DML, our own fast path for plain INSERT ... VALUES. Also called for the statement inside of
// EXECUTE AS USER.
StatusOr<Statement> ParseStatement(const TokenRange& range);

}  // namespace kalamdb::sql
