// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "duckdb/common/types/data_chunk.hpp"

#include "vectors/types.h"
#include "types/value.h"

namespace duckdb {
class ClientContext;
}

namespace kalamdb::sql {

// Rows [begin, end) of a chunk and about how many bytes they take as ours.
struct RowSlice {
  duckdb::idx_t begin = 0;
  duckdb::idx_t end = 0;
  size_t bytes = 0;
};

// As many rows from `begin` on as stay below `bytes_max`, but at least one.
RowSlice SliceThatFits(duckdb::DataChunk& chunk, duckdb::idx_t begin, size_t bytes_max);

// Replaces `*rows` by rows [begin, end) of `chunk`, each column as `types` says. Throws what casts
// throw.
void ReadChunk(duckdb::ClientContext& context, duckdb::DataChunk& chunk, duckdb::idx_t begin,
               duckdb::idx_t end, const std::vector<vectors::ResultType>& types,
               std::vector<types::Row>* rows);

}  // namespace kalamdb::sql
