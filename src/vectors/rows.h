// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "duckdb/common/types/vector.hpp"

#include "types/data_type.h"
#include "types/value.h"

namespace kalamdb::vectors {

// Sets column `column` of every row to the element of `vector` at the same place. Preconditions:
// the vector has the engine's type for `type` and at least as many elements as there are rows; the
// rows have that column and hold NULL in it.
void FillColumn(duckdb::Vector& vector, const types::DataType& type, size_t column,
                std::vector<types::Row>* rows);

}  // namespace kalamdb::vectors
