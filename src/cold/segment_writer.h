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
// `_deleted`; zstd, row groups of kRowGroupRows. Confined to one thread. While clients are not
// busy, the row group before the one that is collected is decoded, and the one before that encoded,
// on threads of their own. A file that is not finished is left where it is: the caller removes it.
class SegmentWriter {
 public:
  // Creates the file, which must not exist. `schema` is the one that `layout` reads through; both
  // outlive the writer.
  static StatusOr<std::unique_ptr<SegmentWriter>> Create(Engine& engine, const std::string& path,
                                                         const types::Schema& schema,
                                                         const types::TableLayout& layout);
  virtual ~SegmentWriter() = default;

  // In ascending `_seq`; `row` is in stored form. Corruption when an earlier row was not, IoError
  // when the disk is full or fails.
  virtual Status Add(CommitSeq seq, std::string_view row) = 0;
  // Completes the file. All but number, path, bytes and created_at are set. Precondition: at least
  // one row.
  virtual StatusOr<SegmentMeta> Finish() = 0;
};

}  // namespace kalamdb::cold
