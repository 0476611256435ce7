// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "sql/parser/duck_parse.h"
#include "sql/parser/statement.h"

namespace kalamdb::sql {

// INSERT INTO t [(columns)] VALUES (...), ... whose cells are all literals, parameters and DEFAULT,
// without further clauses: ten times as fast as the engine's parser, with the same result (a test
// compares them). Nothing for any other statement, also for those with an error: the engine's
// parser has the message.
std::optional<Statement> ParseInsertValues(const TokenRange& range);

}  // namespace kalamdb::sql
