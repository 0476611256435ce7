// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "duckdb/main/database.hpp"

#include "sql/exec/duck_engine.h"

namespace kalamdb::sql {

// A DuckDB in memory that has our catalog (as `kalam`) and functions and PostgreSQL's meaning, and
// can do nothing but compute: no files, no network, no extensions, no settings, no statement
// without a QueryState. Throws.
duckdb::unique_ptr<duckdb::DuckDB> OpenDatabase(const DuckOptions& options);

}  // namespace kalamdb::sql
