// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/limits.h"
#include "server/sql/sql_body.h"

// The first byte chooses the content type. What is accepted is within the limits.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using kalamdb::server::ParseSqlBody;
  if (size == 0) {
    return 0;
  }
  std::string body(reinterpret_cast<const char*>(data) + 1, size - 1);
  body.shrink_to_fit();
  const auto parsed = ParseSqlBody(
      data[0] % 2 == 0 ? "application/json" : "multipart/form-data; boundary=\"b\"", body);
  if (parsed.has_value()) {
    KALAMDB_CHECK(parsed->sql.size() <= kalamdb::limits::kSqlBytesMax);
    KALAMDB_CHECK(parsed->sql.find('\0') == std::string::npos);
    KALAMDB_CHECK(parsed->parameters.size() <= kalamdb::limits::kParametersMax);
  } else {
    KALAMDB_CHECK(!parsed.error().message().empty());
  }
  return 0;
}
