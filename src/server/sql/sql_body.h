// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "types/result.h"

namespace kalamdb::server {

// What a client sends to /v1/api/sql.
struct SqlBody {
  std::string sql;
  std::vector<types::Parameter> parameters;
  std::string namespace_id;  // Empty: the default.
};

// Reads a JSON or multipart body. InvalidArgument: it is neither, or a field has the wrong type.
// InvalidSql: the SQL is too long or holds a NUL. InvalidParameter: too many, too large, or not a
// scalar that fits its type.
StatusOr<SqlBody> ParseSqlBody(std::string_view content_type, const std::string& body);

}  // namespace kalamdb::server
