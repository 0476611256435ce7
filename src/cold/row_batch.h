// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "cold/segment.h"

namespace kalamdb::cold {

// Copies of stored rows on their way into a segment, of which they become a row group. Confined to
// one thread at a time.
class RowBatch {
 public:
  // Rows of kilobytes make smaller groups.
  bool IsFull() const {
    return rows_.size() >= kRowGroupRows || bytes_.size() >= kRowGroupBytesMax;
  }
  bool IsEmpty() const { return rows_.empty(); }
  size_t size() const { return rows_.size(); }

  void Add(CommitSeq seq, std::string_view row) {
    bytes_.append(row);
    rows_.push_back({.seq = seq, .end = bytes_.size()});
  }
  CommitSeq seq(size_t i) const { return rows_[i].seq; }
  std::string_view row(size_t i) const {
    const size_t begin = i == 0 ? 0 : rows_[i - 1].end;
    return std::string_view(bytes_).substr(begin, rows_[i].end - begin);
  }
  void Clear() {
    bytes_.clear();
    rows_.clear();
  }

 private:
  struct Entry {
    CommitSeq seq;
    size_t end;  // In `bytes_`.
  };
  std::string bytes_;
  std::vector<Entry> rows_;
};

}  // namespace kalamdb::cold
