// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "duckdb/common/types/vector.hpp"

#include "base/ids.h"
#include "types/row_codec.h"

namespace kalamdb::vectors {

// Where the values of a table's column come from.
struct ColumnSource {
  enum class Kind : uint8_t { kColumn, kSeq, kDeleted, kUpdated, kNothing };
  Kind kind = Kind::kNothing;
  size_t position = 0;  // kColumn: in the schema.
};

// Puts one column of stored rows into a vector of the engine. Confined to one thread at a time.
class ColumnDecoder {
 public:
  // `type` is that of the stored column; it means nothing for the other sources.
  ColumnDecoder(ColumnSource source, const types::DataType& type) : source_(source), type_(type) {}

  // Starts a chunk. `vector` is flat and of the column's type, and outlives the calls of Put().
  void Begin(duckdb::Vector& vector);
  // The value of the column in `row` becomes element `index`.
  void Put(CommitSeq seq, const types::RowView& row, duckdb::idx_t index);

 private:
  template <class T>
  void Store(duckdb::idx_t index, T value) {
    reinterpret_cast<T*>(data_)[index] = value;
  }
  void PutStored(const types::RowView& row, duckdb::idx_t index);
  void PutDecimal(types::Int128 value, duckdb::idx_t index);

  const ColumnSource source_;
  const types::DataType type_;
  duckdb::Vector* vector_ = nullptr;
  duckdb::data_ptr_t data_ = nullptr;
};

}  // namespace kalamdb::vectors
