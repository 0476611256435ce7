// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/ids.h"
#include "types/result.h"

namespace kalamdb::service {

// Who a request acts for.
struct Caller {
  UserId user;
  Role role = Role::kAnonymous;
};

struct SqlRequest {
  Caller caller;
  std::string sql;
  std::vector<types::Parameter> parameters;
  std::string namespace_id;  // For unqualified names; empty is `default`.
  CancelTokenPtr cancel;     // Never null.
};

struct StatementResult {
  std::vector<types::ResultColumn> columns;  // Empty for statements without rows.
  std::unique_ptr<types::RowCursor> rows;    // Null for statements without rows.
  uint64_t row_count = 0;                    // Statements without rows: rows changed.
  std::string message;                       // Statements without rows.
  UserId as_user;
};

// What came of a request. Either every statement succeeded, or `status` says why one did not.
struct SqlOutcome {
  Status status;
  size_t failed_statement = 0;  // From 1; 0 when no statement had begun.
  std::string failed_sql;
  std::vector<StatementResult> results;
};

using SqlDone = std::move_only_function<void(SqlOutcome)>;

// Runs the SQL of a request: splits, authorises every statement, then executes in order.
// Thread-safe. Interface, so that the server needs to know nothing of what is behind it.
class SqlService {
 public:
  virtual ~SqlService() = default;

  // Runs on the calling thread, which may block on disk. `done` is called exactly once, on this
  // thread or on the commit thread, and must not block. The rows of a request with one statement
  // are produced as its cursor is read (on a thread that may block); those of a batch are complete.
  virtual void Execute(SqlRequest request, SqlDone done) = 0;
};

}  // namespace kalamdb::service
