// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "cold/engine.h"
#include "cold/segment_reader.h"
#include "table/relation.h"

namespace kalamdb::table {

// The rows of segments in stored form, without the dead ones: in `_seq` order or backwards. Files
// are opened when their turn comes. Confined to one thread at a time.
class ColdScan final : public RowScan {
 public:
  // `parts` in `_seq` order.
  ColdScan(cold::Engine& engine, std::vector<ColdPart> parts, const ScanRange& range);

  StatusOr<bool> Next(ScannedRow* row) override;

 private:
  // False when there are no more.
  StatusOr<bool> ReadBlock();

  cold::Engine& engine_;
  std::vector<ColdPart> parts_;  // In the order of the scan.
  const CommitSeq begin_;
  const CommitSeq end_;
  const bool is_descending_;
  const bool is_including_deleted_;
  size_t next_part_ = 0;
  std::unique_ptr<cold::SegmentScan> segment_;
  const std::vector<uint64_t>* dead_ = nullptr;
  std::vector<cold::SegmentRow> block_;
  size_t next_row_ = 0;
};

}  // namespace kalamdb::table
