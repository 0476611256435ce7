// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "duckdb/parser/statement/delete_statement.hpp"
#include "duckdb/parser/statement/insert_statement.hpp"
#include "duckdb/parser/statement/update_statement.hpp"

#include "sql/parser/duck_security_walk.h"
#include "sql/parser/statement.h"

namespace kalamdb::sql {

// Turn the engine's trees of INSERT, UPDATE and DELETE into ours, walking every part. The parts are
// moved out of `parsed`.
StatusOr<InsertStatement> ConvertInsert(duckdb::InsertStatement& parsed, SecurityWalk& walk);
StatusOr<UpdateStatement> ConvertUpdate(duckdb::UpdateStatement& parsed, SecurityWalk& walk);
StatusOr<DeleteStatement> ConvertDelete(duckdb::DeleteStatement& parsed, SecurityWalk& walk);

}  // namespace kalamdb::sql
