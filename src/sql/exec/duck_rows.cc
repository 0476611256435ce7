// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_rows.h"

#include <string_view>
#include <utility>

#include "duckdb/common/types/string_type.hpp"
#include "duckdb/common/vector_operations/vector_operations.hpp"

#include "vectors/rows.h"

namespace kalamdb::sql {

namespace {

using duckdb::idx_t;
using duckdb::UnifiedVectorFormat;
using types::Row;
using types::Value;

}  // namespace

RowSlice SliceThatFits(duckdb::DataChunk& chunk, idx_t begin, size_t bytes_max) {
  const size_t row_bytes = sizeof(Row) + chunk.ColumnCount() * sizeof(Value);
  std::vector<size_t> bytes(chunk.size() - begin, row_bytes);
  for (duckdb::Vector& vector : chunk.data) {
    if (vector.GetType().InternalType() != duckdb::PhysicalType::VARCHAR) {
      continue;
    }
    UnifiedVectorFormat format;
    vector.ToUnifiedFormat(chunk.size(), format);
    const auto* texts = UnifiedVectorFormat::GetData<duckdb::string_t>(format);
    for (size_t i = 0; i < bytes.size(); ++i) {
      const idx_t index = format.sel->get_index(begin + i);
      if (format.validity.RowIsValid(index)) {
        bytes[i] += texts[index].GetSize();
      }
    }
  }
  RowSlice slice{.begin = begin, .end = begin, .bytes = 0};
  for (const size_t row : bytes) {
    if (slice.end > begin && slice.bytes + row > bytes_max) {
      break;
    }
    slice.bytes += row;
    ++slice.end;
  }
  return slice;
}

void ReadChunk(duckdb::ClientContext& context, duckdb::DataChunk& chunk, idx_t begin, idx_t end,
               const std::vector<vectors::ResultType>& types, std::vector<Row>* rows) {
  const idx_t count = end - begin;
  rows->assign(count, Row(types.size()));
  for (size_t column = 0; column < types.size(); ++column) {
    const bool is_whole = count == chunk.size();
    duckdb::Vector part(chunk.data[column].GetType(), nullptr);
    if (!is_whole) {
      part.Slice(chunk.data[column], begin, end);
    }
    duckdb::Vector& source = is_whole ? chunk.data[column] : part;
    if (types[column].cast.has_value()) {
      duckdb::Vector converted(*types[column].cast, count);
      duckdb::VectorOperations::Cast(context, source, converted, count);
      vectors::FillColumn(converted, types[column].type, column, rows);
    } else {
      vectors::FillColumn(source, types[column].type, column, rows);
    }
  }
}

}  // namespace kalamdb::sql
