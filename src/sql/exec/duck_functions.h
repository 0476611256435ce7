// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "duckdb/main/connection.hpp"

namespace kalamdb::sql {

// Functions of ours: session, ids, cosine_distance (names and types in sql/parser/duck_node.h).
// Those of the session are the same for the whole query; ids are new in every row.
void AddFunctions(duckdb::Connection& connection);

// `/` and `%` as in PostgreSQL: integers divide to integers, towards zero, and division by zero is
// an error for every type. Replaces the engine's own, under all their names (duck_operators.cc).
void ReplaceDivision(duckdb::Connection& connection);

// Bounds what the functions can make that make much out of little, as repeat() does: beyond it
// ResourceExhausted (duck_bounds.cc).
void BoundFunctions(duckdb::Connection& connection);

}  // namespace kalamdb::sql
