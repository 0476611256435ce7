// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "duckdb/main/config.hpp"
#include "duckdb/main/connection.hpp"

namespace kalamdb::sql {

// The second wall behind the parser's: what stands here holds for any parse tree.

// Takes out of the engine every table function but the harmless few, and the scalar functions that
// show or change its state: what is not there cannot be called, by whatever name or view.
// Once, before the configuration is locked.
void RemoveFunctions(duckdb::Connection& connection);

// Looks at every plan before it is optimised. Plans of our queries may hold only operators that
// compute, and read only our relations and the table functions above; anything else is InvalidSql.
// Also notes which result columns are plain columns of a single table (QueryState::flags).
void RegisterGuard(duckdb::DBConfig& config);

}  // namespace kalamdb::sql
