// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "duckdb/planner/expression.hpp"

#include "sql/exec/duck_catalog.h"
#include "table/relation.h"

namespace duckdb {
class LogicalGet;
}

namespace kalamdb::sql {

// Looks at the conjuncts above a scan and narrows `range` to rows that can pass them: bounds on the
// leading columns of the primary key, on `_seq`, and on `_updated` as bounds on `_seq`. The
// filters stay where they are, so what is not understood costs time, never a right answer.
void NarrowRange(duckdb::ClientContext& context, const duckdb::LogicalGet& get,
                 const RelationEntry& entry,
                 const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters,
                 table::ScanRange* range);

// True when the range holds at most one key.
bool IsPointRange(const types::Schema& schema, const table::ScanRange& range);

// "id >= 5, id < 9, _seq >= 100"; empty when nothing is bounded.
std::string DescribeRange(const types::Schema& schema, const table::ScanRange& range);

}  // namespace kalamdb::sql
