// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "types/schema.h"

namespace kalamdb::types {

// The value that `column` stores for `value` of type `from`: widening, checked narrowing, text to
// any type, numbers to text, dates to timestamps. NULL stays NULL.
// ConstraintViolation names the column, what came and what is expected, also for numbers that do
// not fit, bad dates, NaN in DECIMAL, malformed JSON and invalid UTF-8.
StatusOr<Value> CoerceToColumn(Value value, const DataType& from, const Column& column);

// ConstraintViolation when a NOT NULL column is NULL.
Status CheckNotNull(const Schema& schema, const Row& row);

// True when `text` is well-formed UTF-8 without NUL.
bool IsCleanUtf8(std::string_view text);
// True when `text` is one well-formed JSON document.
bool IsWellFormedJson(std::string_view text);

}  // namespace kalamdb::types
