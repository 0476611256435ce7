// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "sql/parser/statement.h"

namespace kalamdb::sql {

// The constant, or the parameter it names. InvalidParameter when that was not given.
StatusOr<types::Parameter> OperandValue(const Operand& operand,
                                        std::span<const types::Parameter> parameters);

// `value` as a constant to compare a column of `type` with, when that comparison means the same on
// values of the column's own type; nothing when the engine has to decide (mixed types, rounding).
// NULL stays NULL.
std::optional<types::Value> ComparableValue(const types::Parameter& value,
                                            const types::DataType& type);

// A row count (LIMIT, OFFSET) from 0; InvalidSql for anything else. NULL means none.
StatusOr<std::optional<uint64_t>> RowCountValue(const types::Parameter& value,
                                                std::string_view clause);

}  // namespace kalamdb::sql
