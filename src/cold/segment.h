// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "types/schema.h"

namespace kalamdb::cold {

// Rows of a row group of a segment. Small groups are what a look-up by key reads; a scan does not
// mind them.
inline constexpr uint64_t kRowGroupRows = 20'480;
// Stored bytes after which a group ends earlier.
inline constexpr uint64_t kRowGroupBytesMax = 32u << 20;

// What all values of a column in a segment lie between. Bounds may be wider than the values: long
// texts are cut. Neither is set when nothing is known, or when all values are NULL.
struct ColumnBounds {
  std::optional<types::Value> min;
  std::optional<types::Value> max;
  uint64_t null_count = 0;
};

// One immutable Parquet file: rows of one scope in `_seq` order.
struct SegmentMeta {
  uint64_t number = 0;  // N of batch-N.parquet, unique in its scope.
  std::string path;     // Relative to the base directory of the table's storage.
  CommitSeq min_seq;
  CommitSeq max_seq;
  uint64_t row_count = 0;        // Tombstones included.
  uint64_t tombstone_count = 0;  // Rows with `_deleted`.
  uint64_t bytes = 0;
  uint64_t checksum = 0;              // Of the file: FileChecksum().
  uint32_t schema_version = 0;        // Of all its rows.
  int64_t created_at = 0;             // Microseconds since 1970.
  std::vector<ColumnBounds> columns;  // In the order of the written schema.
};

// A segment together with what it takes to read it.
struct Segment {
  SegmentMeta meta;
  std::string file;                              // Absolute.
  std::shared_ptr<const types::Schema> written;  // The schema of its rows.
};
using SegmentPtr = std::shared_ptr<const Segment>;

}  // namespace kalamdb::cold
