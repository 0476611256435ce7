// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "duckdb/parser/parsed_expression.hpp"

#include "sql/parser/statement.h"

namespace kalamdb::sql {

// The constant or parameter that `expression` is: a literal with the type that the engine gives it,
// also negative, and DATE, TIME, TIMESTAMP, UUID and JSON literals. Nothing for any other
// expression and for constants that we read differently from the engine or not at all.
std::optional<Operand> AsOperand(const duckdb::ParsedExpression& expression);

}  // namespace kalamdb::sql
