// SPDX-License-Identifier: Apache-2.0
#include "table/cold_scan.h"

#include <algorithm>
#include <utility>

#include "types/row_codec.h"

namespace kalamdb::table {

ColdScan::ColdScan(cold::Engine& engine, std::vector<ColdPart> parts, const ScanRange& range)
    : engine_(engine),
      parts_(std::move(parts)),
      begin_(range.seq_begin),
      end_(range.seq_end),
      is_descending_(range.is_descending),
      is_including_deleted_(range.is_including_deleted) {
  if (is_descending_) {
    std::reverse(parts_.begin(), parts_.end());
  }
}

StatusOr<bool> ColdScan::ReadBlock() {
  while (true) {
    if (segment_ == nullptr) {
      if (next_part_ == parts_.size()) {
        return false;
      }
      const ColdPart& part = parts_[next_part_++];
      dead_ = part.dead.get();
      KALAMDB_ASSIGN_OR_RETURN(
          segment_, cold::SegmentScan::Open(engine_, part.segment, begin_, end_, is_descending_));
    }
    KALAMDB_ASSIGN_OR_RETURN(block_, segment_->Next());
    next_row_ = 0;
    if (!block_.empty()) {
      return true;
    }
    segment_.reset();
  }
}

StatusOr<bool> ColdScan::Next(ScannedRow* row) {
  while (true) {
    if (next_row_ == block_.size()) {
      KALAMDB_ASSIGN_OR_RETURN(const bool has_block, ReadBlock());
      if (!has_block) {
        return false;
      }
    }
    const cold::SegmentRow& next = block_[next_row_++];
    if (std::binary_search(dead_->begin(), dead_->end(), next.seq.value) ||
        (!is_including_deleted_ && types::IsTombstone(next.bytes))) {
      continue;
    }
    *row = {next.seq, next.bytes};
    return true;
  }
}

}  // namespace kalamdb::table
