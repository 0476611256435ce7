// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "duckdb/main/database.hpp"

#include "sql/exec/duck_ids.h"
#include "sql/exec/row_filter.h"

namespace kalamdb::sql {

// Binds the WHERE clause of `projection`, which names one relation. The filter has a connection of
// its own: the functions in it ask for the session by it.
StatusOr<std::unique_ptr<RowFilter>> BindDuckFilter(duckdb::DuckDB& db, IdSource& ids,
                                                    const DuckEngine::Projection& projection,
                                                    const QueryRun& run);

}  // namespace kalamdb::sql
