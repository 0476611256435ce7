// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "duckdb/function/table_function.hpp"

#include "sql/exec/duck_catalog.h"
#include "table/relation.h"

namespace kalamdb::sql {

class QueryState;

inline constexpr const char* kScanFunction = "table_scan";

struct ScanOptions {
  // Tombstones too. Without it `SELECT *` shows live rows only, though `_deleted` is one of its
  // columns; the query has to name `_deleted` to see the others (duck_tree.h).
  bool is_including_deleted = false;
};

// One reading of a relation by a query. `range` narrows as the optimiser shows its filters.
struct ScanBind final : public duckdb::TableFunctionData {
  ScanBind(QueryState& of_query, RelationEntry& of_entry)
      : state(of_query), entry(of_entry), relation(of_entry.relation()) {}

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    auto copy = duckdb::make_uniq<ScanBind>(state, entry);
    copy->range = range;
    return copy;
  }
  bool Equals(const duckdb::FunctionData& other) const override;

  QueryState& state;  // Both belong to the connection, which outlives every plan of it.
  RelationEntry& entry;
  const std::shared_ptr<const table::Relation> relation;
  table::ScanRange range;
};

// The table function that reads `entry`, and what it reads. Segments are read by several threads,
// with the filters of the query in their readers.
duckdb::TableFunction MakeScan(duckdb::ClientContext& context, RelationEntry& entry,
                               const ScanOptions& options,
                               duckdb::unique_ptr<duckdb::FunctionData>* bind);

}  // namespace kalamdb::sql
