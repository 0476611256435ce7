// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "live/row_text.h"
#include "sql/exec/row_filter.h"
#include "table/reader.h"

namespace kalamdb::live {

// Rows of one scope with after < _seq <= up_to.
struct PageRequest {
  // Null: the newest state. To report what is gone it has to be the state as of `up_to` exactly: a
  // row that changed since would be in neither this page nor, if no version matched, the changes.
  store::SnapshotPtr snapshot = {};
  catalog::TableDefPtr table;
  table::Scope scope;
  CommitSeq after;
  CommitSeq up_to;
  size_t rows_max = 0;
  size_t bytes_max = 0;  // Of JSON; one row is always read.
  // For a client that knows the rows as of `after`: also those that were deleted since or do not
  // match any more.
  bool is_reporting_gone = false;
  bool is_newest = false;  // The last `rows_max` rows instead of the first, in the same order.
};

struct PageItem {
  CommitSeq seq;
  bool is_gone = false;
  std::string json;  // One object.
};

struct Page {
  std::vector<PageItem> items;  // In the order of `_seq`.
  bool has_more = false;
  // What is gone cannot be told: tombstones newer than `after` were removed. There are no items.
  bool is_history_lost = false;
};

// Reads one page of a live query from both tiers.
StatusOr<Page> ReadPage(const table::TableReader& reader, const PageRequest& request,
                        sql::BoundLiveFilter& filter, const RowText& text,
                        const CancelToken* cancel);

}  // namespace kalamdb::live
