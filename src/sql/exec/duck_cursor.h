// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "duckdb/main/connection.hpp"
#include "duckdb/main/pending_query_result.hpp"

#include "base/cancel.h"
#include "sql/exec/duck_collector.h"
#include "sql/exec/duck_state.h"
#include "types/result.h"

namespace kalamdb::sql {

// What one query runs on, in the order of destruction: the query before its connection, that before
// what the query uses.
struct RunningQuery {
  duckdb::shared_ptr<QueryState> state;
  std::unique_ptr<RowBuffer> buffer = std::make_unique<RowBuffer>();
  duckdb::unique_ptr<duckdb::Connection> connection;
  duckdb::unique_ptr<duckdb::PendingQueryResult> pending;
  // Looking at the token is not enough: a task may work on one chunk of a join for minutes.
  std::unique_ptr<CancelListener> listener;
};

// The rows of a planned query. Runs it as far as the next rows each time some are read; looks at
// the cancel token between the engine's tasks. Destroying it stops the query and lets go of all it
// holds; so does the end of the rows and any error.
class DuckCursor final : public types::RowCursor {
 public:
  explicit DuckCursor(RunningQuery query);
  ~DuckCursor() override;

  Status Next(std::vector<types::Row>* rows) override;

 private:
  // Leaves `*rows` empty at the end. Throws what the engine throws, or returns its error.
  Status RunToNextRows(std::vector<types::Row>* rows);
  void Close();

  std::unique_ptr<RunningQuery> query_;  // Null when closed.
  bool is_finished_ = false;             // All rows are in the buffer, or were.
};

}  // namespace kalamdb::sql
