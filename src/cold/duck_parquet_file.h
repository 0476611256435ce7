// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "duckdb/main/connection.hpp"
#include "duckdb/planner/table_filter.hpp"
#include "parquet_reader.hpp"

#include "cold/duck_engine.h"

namespace kalamdb::cold {

// Chosen columns of one segment's file, as they are in it: schema columns in the order of the
// written schema, then `_seq` and `_deleted`. Confined to one thread.
class ParquetFile {
 public:
  // Opens the file. `columns`: numbers of file columns. `filters`: by position in `columns`; may be
  // null.
  static StatusOr<std::unique_ptr<ParquetFile>> Open(
      Engine& engine, const Segment& segment, const std::vector<size_t>& columns,
      duckdb::unique_ptr<duckdb::TableFilterSet> filters);

  static size_t SeqColumn(const Segment& segment) { return segment.written->columns.size(); }
  static size_t DeletedColumn(const Segment& segment) { return SeqColumn(segment) + 1; }

  size_t group_count() const { return reader_->NumRowGroups(); }
  // Row groups that may hold positions in [first, last].
  std::vector<duckdb::idx_t> GroupsWith(CommitSeq first, CommitSeq last) const {
    return cold::GroupsWith(reader_->metadata, first, last);
  }

  // Starts to read these row groups.
  Status Begin(duckdb::vector<duckdb::idx_t> groups);
  // The next rows that pass the filters, in chunk(); false at the end.
  StatusOr<bool> Next();
  duckdb::DataChunk& chunk() { return chunk_; }
  duckdb::ClientContext& context() { return *connection_.context; }

 private:
  explicit ParquetFile(Engine& engine, const Segment& segment)
      : segment_(segment), connection_(*engine.rep().database) {}

  const Segment& segment_;
  duckdb::Connection connection_;
  duckdb::unique_ptr<duckdb::ParquetReader> reader_;
  duckdb::ParquetReaderScanState state_;
  duckdb::DataChunk chunk_;
};

}  // namespace kalamdb::cold
