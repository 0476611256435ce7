// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cold/engine.h"
#include "cold/segment.h"

namespace kalamdb::cold {

// A row of a segment in stored form (types/row_codec.h), with the schema it was written with.
struct SegmentRow {
  CommitSeq seq;
  std::string bytes;
};

// A number made of all bytes of a file, different after any single change.
StatusOr<uint64_t> FileChecksum(const std::string& path);

// The rows at `seqs`, which are ascending and in the segment; Corruption naming the file when one is
// missing. IoError and Corruption name the file. Thread-safe.
StatusOr<std::vector<SegmentRow>> ReadRows(Engine& engine, const Segment& segment,
                                           std::span<const CommitSeq> seqs);
// One row. Row groups that were read for this stay decoded in a cache (EngineOptions).
StatusOr<std::string> ReadRow(Engine& engine, const Segment& segment, CommitSeq seq);

// Rows with begin <= _seq < end, a block at a time. Confined to one thread at a time.
class SegmentScan {
 public:
  static StatusOr<std::unique_ptr<SegmentScan>> Open(Engine& engine, SegmentPtr segment,
                                                     CommitSeq begin, CommitSeq end,
                                                     bool is_descending);
  virtual ~SegmentScan() = default;
  // The next block in the order of the scan; empty at the end.
  virtual StatusOr<std::vector<SegmentRow>> Next() = 0;
};

}  // namespace kalamdb::cold
