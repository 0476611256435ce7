// SPDX-License-Identifier: Apache-2.0
#include "server/sql/envelope.h"

#include <array>
#include <charconv>
#include <cmath>

#include "types/json_codec.h"

namespace kalamdb::server {

using types::AppendJsonString;
using types::ResultColumn;

namespace {

// Columns that hold secrets in system tables. Masked by name wherever they appear, as in the
// reference: renaming one in a query is up to whoever may read it.
bool IsSecret(std::string_view column) {
  return column == "credentials" || column == "password_hash";
}

}  // namespace

void AppendTook(double took_ms, std::string* out) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), std::max(took_ms, 0.0),
                                 std::chars_format::fixed, 3)
                       .ptr;
  out->append(text.data(), end);
}

double ToMillis(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

void AppendSchema(const std::vector<ResultColumn>& columns, std::string* out) {
  *out += '[';
  for (size_t i = 0; i < columns.size(); ++i) {
    const ResultColumn& column = columns[i];
    *out += i == 0 ? R"({"name":)" : R"(,{"name":)";
    AppendJsonString(column.name, out);
    *out += R"(,"data_type":)";
    *out += types::WireName(column.type);
    *out += R"(,"index":)";
    *out += std::to_string(i);
    if (column.is_key) {
      *out += R"(,"flags":["pk","nn","uq"])";
    } else if (column.is_not_null) {
      *out += R"(,"flags":["nn"])";
    }
    *out += '}';
  }
  *out += ']';
}

RowEncoder::RowEncoder(const std::vector<ResultColumn>& columns, bool is_admin) {
  columns_.reserve(columns.size());
  for (const ResultColumn& column : columns) {
    columns_.push_back({column.type, !is_admin && IsSecret(column.name)});
  }
}

void RowEncoder::Append(const types::Row& row, std::string* out) const {
  *out += '[';
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) {
      *out += ',';
    }
    if (columns_[i].is_masked) {
      *out += R"("***")";
    } else {
      types::AppendJsonValue(row[i], columns_[i].type, out);
    }
  }
  *out += ']';
}

Status AppendResult(service::StatementResult& result, bool is_admin, size_t bytes_max,
                    std::string* out) {
  *out += '{';
  uint64_t row_count = result.row_count;
  if (!result.columns.empty()) {
    *out += R"("schema":)";
    AppendSchema(result.columns, out);
    *out += ',';
  }
  if (result.rows != nullptr) {
    const RowEncoder encoder(result.columns, is_admin);
    std::vector<types::Row> rows;
    row_count = 0;
    *out += R"("rows":[)";
    for (;;) {
      KALAMDB_RETURN_IF_ERROR(result.rows->Next(&rows));
      if (rows.empty()) {
        break;
      }
      for (const types::Row& row : rows) {
        if (row_count++ > 0) {
          *out += ',';
        }
        encoder.Append(row, out);
        if (out->size() > bytes_max) {
          return ResourceExhausted("the results of a request with several statements may have " +
                                   std::to_string(bytes_max) + " bytes; run the query by itself");
        }
      }
    }
    *out += "],";
  }
  *out += R"("row_count":)";
  *out += std::to_string(row_count);
  if (result.rows == nullptr) {
    *out += R"(,"message":)";
    AppendJsonString(result.message, out);
  }
  *out += R"(,"as_user":)";
  AppendJsonString(result.as_user.value, out);
  *out += '}';
  return {};
}

std::string SqlErrorBody(std::string_view code, std::string_view message,
                         std::optional<std::string_view> details, double took_ms) {
  std::string body = R"({"status":"error","results":[],"took":)";
  AppendTook(took_ms, &body);
  body += R"(,"error":{"code":)";
  AppendJsonString(code, &body);
  body += R"(,"message":)";
  AppendJsonString(message, &body);
  if (details.has_value()) {
    body += R"(,"details":)";
    AppendJsonString(*details, &body);
  }
  body += "}}";
  return body;
}

std::string SqlError(std::string_view code, std::string_view message, double took_ms) {
  return SqlErrorBody(code, message, std::nullopt, took_ms);
}

}  // namespace kalamdb::server
