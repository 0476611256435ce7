// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cold/segment.h"
#include "types/row_codec.h"

namespace kalamdb::cold {

class Engine;

// Writes one Parquet file: columns in schema order with their ids as field ids, then `_seq` and
// `_deleted`; zstd, row groups of 20,480 rows. Confined to one thread. A file that is not finished
// is left where it is: the caller removes it.
class SegmentWriter {
 public:
  // Creates the file, which must not exist. `schema` outlives the writer.
  static StatusOr<std::unique_ptr<SegmentWriter>> Create(Engine& engine, const std::string& path,
                                                         const types::Schema& schema);
  virtual ~SegmentWriter() = default;

  // In ascending `_seq`. `row` reads through `schema`. IoError when the disk is full or fails.
  virtual Status Add(CommitSeq seq, const types::RowView& row) = 0;
  // Completes the file. All but number, path, bytes and created_at are set. Precondition: at least
  // one row.
  virtual StatusOr<SegmentMeta> Finish() = 0;
};

}  // namespace kalamdb::cold
