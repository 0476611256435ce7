// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "sql/parser/statement.h"
#include "table/relation.h"

namespace kalamdb::sql {

struct DuckOptions {
  uint64_t memory_bytes_max = 512u << 20;
  uint32_t threads = 2;
};

class RowFilter;

// What one query sees. Lives until its cursor is destroyed.
class QueryScope {
 public:
  virtual ~QueryScope() = default;
  // The namespace of unqualified names.
  virtual const std::string& default_namespace() const = 0;
  // The relation that `name` means, under the snapshot and for the user of the query; null when
  // there is none. The engine calls it once for each name and keeps the relation to the end.
  // Errors (no permission) end the query.
  virtual StatusOr<std::shared_ptr<const table::Relation>> Resolve(const TableName& name) = 0;
  // Values of the session functions.
  virtual const UserId& user() const = 0;
  virtual Role role() const = 0;
  virtual int64_t statement_micros() const = 0;  // NOW() and its like: fixed for the statement.
};

struct QueryRun {
  std::shared_ptr<QueryScope> scope;
  std::span<const types::Parameter> parameters;  // For $1, $2, ...; needed during the call only.
  CancelTokenPtr cancel;
};

struct QueryResult {
  std::vector<types::ResultColumn> columns;
  std::unique_ptr<types::RowCursor> rows;
};

// The SQL engine for everything that the direct path does not run. One instance a server.
// Thread-safe. Memory is bounded by DuckOptions: a query beyond it fails with ResourceExhausted.
class DuckEngine {
 public:
  static StatusOr<std::unique_ptr<DuckEngine>> Open(const DuckOptions& options);
  virtual ~DuckEngine() = default;

  // Runs a query. Results stream: rows are computed as the cursor is read, on the reading thread and
  // the engine's own.
  virtual StatusOr<QueryResult> Query(const SelectStatement& query, const QueryRun& run) = 0;

  // Runs `SELECT <expressions> FROM <from> WHERE <where>` over parse trees, the way UPDATE, DELETE,
  // ON CONFLICT, RETURNING and VALUES with expressions are computed. Null nodes are left out.
  struct Projection {
    // Each a column of `table` (by name), or an expression.
    std::vector<std::variant<std::string, DuckNodePtr>> items;
    std::optional<TableName> table;  // With `alias` when that is not empty.
    std::string alias;
    DuckNodePtr more_from;           // Further tables (UPDATE ... FROM, DELETE ... USING).
    std::optional<TableName> joined_table;  // One more table by name (`excluded` of ON CONFLICT).
    DuckNodePtr where;
  };
  virtual StatusOr<QueryResult> Project(const Projection& projection, const QueryRun& run) = 0;

  // The WHERE clause of a projection of one table, to be asked about rows one by one: exec/row_filter.h.
  virtual StatusOr<std::unique_ptr<RowFilter>> BindFilter(const Projection& projection,
                                                          const QueryRun& run) = 0;

  // The rows of a bare query node (INSERT ... SELECT).
  virtual StatusOr<QueryResult> QueryNode(const DuckNodePtr& node, const QueryRun& run) = 0;

  // Evaluates expressions that name no table, for one row: VALUES cells and column defaults.
  virtual StatusOr<std::vector<types::Parameter>> Evaluate(std::span<const DuckNodePtr> expressions,
                                                           const QueryRun& run) = 0;
};

}  // namespace kalamdb::sql
