// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "duckdb/common/types/data_chunk.hpp"
#include "duckdb/planner/table_filter.hpp"

#include "cold/engine.h"
#include "cold/segment.h"
#include "types/row_codec.h"
#include "vectors/column_decoder.h"

namespace kalamdb::cold {

// What a scan of columns reads. Everything it points to outlives the scan.
struct ColumnScanSpec {
  // The columns of the chunks: those of the reading schema, or `_seq`, `_deleted`, `_updated`.
  std::vector<vectors::ColumnSource> sources;
  const types::Schema* reading = nullptr;
  const types::TableLayout* layout = nullptr;
  // By position in `sources`; may be null. Rows that do not pass are left out.
  const duckdb::TableFilterSet* filters = nullptr;
  bool is_including_deleted = false;
  CommitSeq seq_begin{0};  // seq_begin <= _seq < seq_end
  CommitSeq seq_end{UINT64_MAX};
};

// False when the bounds in the manifest tell that no row of the segment can pass.
bool MayHaveRows(const Segment& segment, const ColumnScanSpec& spec);

// Columns of one segment in chunks of the engine's vectors, read through the current schema. Row
// groups may be read by several threads at once, each with a Cursor of its own.
class ColumnScan {
 public:
  // `dead` holds the `_seq`s of rows that were superseded or removed since, ascending.
  static StatusOr<std::unique_ptr<ColumnScan>> Open(
      Engine& engine, SegmentPtr segment, const ColumnScanSpec& spec,
      std::shared_ptr<const std::vector<uint64_t>> dead);
  virtual ~ColumnScan() = default;

  virtual size_t group_count() const = 0;

  class Cursor {
   public:
    virtual ~Cursor() = default;
    // Starts with row group `group`.
    virtual Status Begin(size_t group) = 0;
    // Fills `chunk`, whose vectors have the engine's types for the sources; it may borrow from the
    // cursor until the next call. Zero rows at the end of the group.
    virtual Status Next(duckdb::DataChunk& chunk) = 0;
  };
  virtual StatusOr<std::unique_ptr<Cursor>> NewCursor() = 0;
};

}  // namespace kalamdb::cold
