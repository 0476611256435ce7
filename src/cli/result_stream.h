// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "cli/column_type.h"

namespace kalamdb::cli {

// What closes one result of an answer.
struct ResultSummary {
  uint64_t row_count = 0;
  std::optional<std::string> message;
  bool has_columns = false;  // OnColumns() was called: the result is a table, if an empty one.
};

// Receives the results of an answer while it arrives: for each result OnColumns() if it has
// columns, OnRow() for each row, OnResultEnd(). A status that is not OK ends the reading.
class ResultHandler {
 public:
  virtual ~ResultHandler() = default;
  virtual Status OnColumns(std::span<const Column> columns) = 0;
  virtual Status OnRow(std::span<const Cell> cells) = 0;
  virtual Status OnResultEnd(const ResultSummary& summary) = 0;
};

// An error that the server reported, in any of the shapes it uses.
struct ServerError {
  int http_status = 0;
  std::string code;  // "SQL_EXECUTION_ERROR"; "unauthorized" from the auth endpoints.
  std::string message;
  std::string details;  // Often empty.
};

// The parts of an answer beside its results.
struct Envelope {
  std::optional<ServerError> error;
  std::optional<double> took_ms;
};

// Reads the JSON answer of /v1/api/sql in pieces of any size and hands its rows over one by one, so
// that memory is bounded by the longest row. Rows that come before their schema, or without one,
// get columns named column1, column2, ...; every row must be as long as the first.
// Thread-compatible; not usable after an error.
class ResultStream {
 public:
  explicit ResultStream(ResultHandler& handler);
  ~ResultStream();
  ResultStream(const ResultStream&) = delete;
  ResultStream& operator=(const ResultStream&) = delete;

  Status Feed(std::string_view text);
  // The rest of the answer; Corruption when it was cut off.
  StatusOr<Envelope> Finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The error in a JSON object {"error": {"code", "message", "details"}} or {"error": code,
// "message": text}; failing that, one made of the HTTP status and the start of `body`.
ServerError ParseServerError(int http_status, std::string_view body);

}  // namespace kalamdb::cli
