// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "duckdb/main/connection.hpp"
#include "duckdb/main/pending_query_result.hpp"

#include "sql/exec/duck_rows.h"
#include "sql/exec/duck_state.h"
#include "types/result.h"

namespace kalamdb::sql {

// The rows of a planned query. Runs it as far as the next chunk each time one is read; looks at the
// cancel token between the engine's tasks. Destroying it stops the query and lets go of all it
// holds; so does the end of the rows and any error.
class DuckCursor final : public types::RowCursor {
 public:
  DuckCursor(duckdb::unique_ptr<duckdb::Connection> connection,
             duckdb::shared_ptr<QueryState> state,
             duckdb::unique_ptr<duckdb::PendingQueryResult> pending, std::vector<ResultType> types);
  ~DuckCursor() override;

  Status Next(std::vector<types::Row>* rows) override;

 private:
  // Each throws what the engine throws, or returns its error.
  Status Start();
  Status RunToNextChunk();
  Status ReadNext(std::vector<types::Row>* rows);
  void Close();

  duckdb::unique_ptr<duckdb::Connection> connection_;  // Null when closed.
  duckdb::shared_ptr<QueryState> state_;
  duckdb::unique_ptr<duckdb::PendingQueryResult> pending_;  // Until the first read.
  duckdb::unique_ptr<duckdb::QueryResult> result_;
  const std::vector<ResultType> types_;
};

}  // namespace kalamdb::sql
