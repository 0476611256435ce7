// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "service/sql_service.h"
#include "types/result.h"

// The JSON of /v1/api/sql, in the order of keys that clients see: status, results, took, error.
namespace kalamdb::server {

// Milliseconds with three decimals.
void AppendTook(double took_ms, std::string* out);
double ToMillis(std::chrono::nanoseconds duration);

// `[{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]},...]`
void AppendSchema(const std::vector<types::ResultColumn>& columns, std::string* out);

// Encodes the rows of one result. Knows which columns are hidden from callers that are no admins.
class RowEncoder {
 public:
  RowEncoder(const std::vector<types::ResultColumn>& columns, bool is_admin);
  // `[value,value]`. Precondition: as many values as columns.
  void Append(const types::Row& row, std::string* out) const;

 private:
  struct Column {
    types::DataType type;
    bool is_masked = false;
  };
  std::vector<Column> columns_;
};

// Appends one entry of `results`, reading its rows to the end. ResourceExhausted when `*out` grows
// above `bytes_max`.
Status AppendResult(service::StatementResult& result, bool is_admin, size_t bytes_max,
                    std::string* out);

// {"status":"error","results":[],"took":...,"error":{...}}
std::string SqlErrorBody(std::string_view code, std::string_view message,
                         std::optional<std::string_view> details, double took_ms);
// The same as an ErrorBody of the HTTP stack.
std::string SqlError(std::string_view code, std::string_view message, double took_ms);

}  // namespace kalamdb::server
