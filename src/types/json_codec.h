// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "types/row_codec.h"

namespace kalamdb::types {

// Appends `text` as a JSON string with quotes. Precondition: UTF-8.
void AppendJsonString(std::string_view text, std::string* out);

// Appends a value as the wire shows it: BIGINT, HUGEINT and DECIMAL as strings, BYTES and
// EMBEDDING as arrays of numbers, times as numbers. NaN and infinities become the strings "NaN",
// "Infinity" and "-Infinity", as PostgreSQL's to_json does: JSON has no such numbers, and nothing
// is lost. Such values are query results only; no column stores them.
void AppendJsonValue(const Value& value, const DataType& type, std::string* out);

// The same for one column of a stored row, without building a Value.
void AppendJsonColumn(const RowView& row, size_t column, const DataType& type, std::string* out);

}  // namespace kalamdb::types
