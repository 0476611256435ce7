// SPDX-License-Identifier: Apache-2.0
#include "server/error_map.h"

#include <array>

#include "base/check.h"

namespace kalamdb::server {

namespace {

struct Row {
  StatusCode status;
  WireError wire;
};

constexpr std::string_view kExecution = "SQL_EXECUTION_ERROR";

// In the order of StatusCode; a test checks that every code is here.
constexpr std::array kRows = {
    Row{StatusCode::kOk, {500, "INTERNAL_ERROR", "", true}},
    Row{StatusCode::kInvalidArgument, {400, "INVALID_INPUT", "", false}},
    Row{StatusCode::kInvalidSql, {400, "INVALID_SQL", "Invalid SQL: ", false}},
    Row{StatusCode::kNotFound, {400, kExecution, "Not found: ", false}},
    Row{StatusCode::kTableNotFound, {400, kExecution, "Table not found: ", false}},
    Row{StatusCode::kAlreadyExists, {400, kExecution, "Already exists: ", false}},
    Row{StatusCode::kConstraintViolation, {400, kExecution, "Constraint violation: ", false}},
    Row{StatusCode::kConflict, {400, kExecution, "Conflict: ", false}},
    Row{StatusCode::kPermissionDenied, {403, "PERMISSION_DENIED", "Permission denied: ", false}},
    Row{StatusCode::kUnauthenticated, {401, "INVALID_CREDENTIALS", "Unauthorized: ", false}},
    Row{StatusCode::kInvalidOperation, {400, kExecution, "Invalid operation: ", false}},
    Row{StatusCode::kResourceExhausted, {400, "RESOURCE_EXHAUSTED", "", false}},
    Row{StatusCode::kCancelled, {400, "CANCELLED", "", false}},
    Row{StatusCode::kTimeout, {408, "TIMEOUT", "", false}},
    Row{StatusCode::kUnavailable, {503, "UNAVAILABLE", "", false}},
    Row{StatusCode::kExecution, {400, kExecution, "Execution error: ", false}},
    Row{StatusCode::kIoError, {500, "INTERNAL_ERROR", "", true}},
    Row{StatusCode::kCorruption, {500, "INTERNAL_ERROR", "", true}},
    Row{StatusCode::kInternal, {500, "INTERNAL_ERROR", "", true}},
    Row{StatusCode::kEmptySql, {400, "EMPTY_SQL", "", false}},
    Row{StatusCode::kInvalidParameter, {400, "INVALID_PARAMETER", "", false}},
    Row{StatusCode::kParametersWithBatch, {400, "PARAMS_WITH_BATCH", "", false}},
    Row{StatusCode::kBatchParse, {400, "BATCH_PARSE_ERROR", "", false}},
};

}  // namespace

const WireError& ToWire(StatusCode code) {
  const auto index = static_cast<size_t>(code);
  KALAMDB_CHECK(index < kRows.size() && kRows[index].status == code);
  return kRows[index].wire;
}

std::string WireMessage(const Status& status) {
  const std::string_view prefix = ToWire(status.code()).prefix;
  if (status.message().starts_with(prefix)) {
    return status.message();
  }
  return std::string(prefix) + status.message();
}

}  // namespace kalamdb::server
