// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "duckdb/common/types/data_chunk.hpp"

#include "sql/exec/duck_types.h"
#include "types/value.h"

namespace duckdb {
class ClientContext;
}

namespace kalamdb::sql {

// Replaces `*rows` by the rows of `chunk`, each column as `types` says. Throws what casts throw.
void ReadChunk(duckdb::ClientContext& context, duckdb::DataChunk& chunk,
               const std::vector<ResultType>& types, std::vector<types::Row>* rows);

}  // namespace kalamdb::sql
