// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

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

// A row at its place in `_seq` order.
struct PlacedRow {
  CommitSeq seq;
  types::RowView row;
};

// Puts one column of stored rows into a vector of the engine. Confined to one thread at a time.
class ColumnDecoder {
 public:
  // `type` is that of the stored column; it means nothing for the other sources.
  ColumnDecoder(ColumnSource source, const types::DataType& type) : source_(source), type_(type) {}

  // Starts a chunk. `vector` is flat and of the column's type, and outlives the calls of Put().
  void Begin(duckdb::Vector& vector);
  // The values of the column in `rows` become the elements from `index` on.
  void Put(std::span<const PlacedRow> rows, duckdb::idx_t index);

 private:
  // Sets elements of type T to make(row).
  template <class T, class Make>
  void Fill(std::span<const PlacedRow> rows, duckdb::idx_t index, Make&& make);
  // The same with NULL for rows whose column is NULL.
  template <class T, class Make>
  void FillStored(std::span<const PlacedRow> rows, duckdb::idx_t index, Make&& make);
  void PutStored(std::span<const PlacedRow> rows, duckdb::idx_t index);
  void PutDecimals(std::span<const PlacedRow> rows, duckdb::idx_t index);
  void PutEmbeddings(std::span<const PlacedRow> rows, duckdb::idx_t index);

  const ColumnSource source_;
  const types::DataType type_;
  duckdb::Vector* vector_ = nullptr;
  duckdb::data_ptr_t data_ = nullptr;
};

}  // namespace kalamdb::vectors
