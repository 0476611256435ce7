// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "sql/parser/parser.h"

namespace kalamdb::sql {

// For tests: the only statement of `sql`; a default one, with a failure, when it does not parse.
inline Statement ParseOne(std::string_view sql) {
  auto parsed = Parse(sql);
  if (!parsed.has_value()) {
    ADD_FAILURE() << sql << ": " << parsed.error().ToString();
    return {};
  }
  EXPECT_EQ(parsed->size(), 1u) << sql;
  return *parsed->front();
}

// The body of the only statement, which has to be a `Body`.
template <class Body>
Body ParseAs(std::string_view sql) {
  Statement statement = ParseOne(sql);
  if (!std::holds_alternative<Body>(statement.body)) {
    ADD_FAILURE() << sql << " is another kind of statement: " << statement.body.index();
    return {};
  }
  return std::get<Body>(std::move(statement.body));
}

// The message of the InvalidSql error that `sql` gives.
inline std::string ErrorOf(std::string_view sql) {
  const auto parsed = Parse(sql);
  if (parsed.has_value()) {
    ADD_FAILURE() << sql << " parses";
    return {};
  }
  EXPECT_EQ(parsed.error().code(), StatusCode::kInvalidSql) << sql;
  return parsed.error().message();
}

}  // namespace kalamdb::sql
