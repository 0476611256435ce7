// SPDX-License-Identifier: Apache-2.0
#include "live/page_reader.h"

#include <algorithm>
#include <utility>

namespace kalamdb::live {

namespace {

constexpr size_t kRowsPerLook = 1'024;  // At the cancel token.

class PageBuilder {
 public:
  PageBuilder(const PageRequest& request, sql::BoundLiveFilter& filter, const RowText& text)
      : request_(request), filter_(filter), text_(text) {}

  // False: the page is full, and the row does not belong to it.
  StatusOr<bool> Add(std::string_view bytes, CommitSeq seq) {
    KALAMDB_ASSIGN_OR_RETURN(const types::RowView row,
                             types::RowView::Open(*request_.table->layout, bytes));
    bool is_in = false;
    if (!row.is_deleted()) {
      KALAMDB_ASSIGN_OR_RETURN(is_in, filter_.filter->Matches(row, seq));
    }
    if (!is_in && !request_.is_reporting_gone) {
      return true;
    }
    if (page_.items.size() >= request_.rows_max ||
        (!page_.items.empty() && bytes_ >= request_.bytes_max)) {
      page_.has_more = true;
      return false;
    }
    PageItem& item = page_.items.emplace_back();
    item.seq = seq;
    item.is_gone = !is_in;
    if (is_in) {
      text_.AppendRow(row, seq, &item.json);
    } else if (row.is_deleted()) {
      text_.AppendGone(row, seq, &item.json);
    } else {
      text_.AppendGoneKey(row, seq, &item.json);
    }
    bytes_ += item.json.size();
    return true;
  }

  Page Finish() {
    if (request_.is_newest) {
      std::ranges::reverse(page_.items);
      page_.has_more = false;
    }
    return std::move(page_);
  }

 private:
  const PageRequest& request_;
  sql::BoundLiveFilter& filter_;
  const RowText& text_;
  Page page_;
  size_t bytes_ = 0;
};

// The rows of a few keys: no other row can match.
Status ReadKeyed(const table::TableReader& reader, const table::ReadView& view,
                 const PageRequest& request, const std::vector<std::string>& keys,
                 PageBuilder* builder) {
  std::vector<table::StoredRow> rows;
  for (const std::string& key : keys) {
    KALAMDB_ASSIGN_OR_RETURN(std::optional<table::StoredRow> row,
                             reader.FindByKey(*request.table, request.scope, key, view));
    if (row.has_value() && row->seq > request.after && row->seq <= request.up_to) {
      rows.push_back(std::move(*row));
    }
  }
  std::ranges::sort(rows, {}, &table::StoredRow::seq);
  if (request.is_newest) {
    std::ranges::reverse(rows);
  }
  for (const table::StoredRow& row : rows) {
    KALAMDB_ASSIGN_OR_RETURN(const bool has_room, builder->Add(row.bytes, row.seq));
    if (!has_room) {
      break;
    }
  }
  return {};
}

}  // namespace

StatusOr<Page> ReadPage(const table::TableReader& reader, const PageRequest& request,
                        sql::BoundLiveFilter& filter, const RowText& text,
                        const CancelToken* cancel) {
  PageBuilder builder(request, filter, text);
  if (request.rows_max == 0) {
    return builder.Finish();
  }
  const table::ReadView view{request.snapshot != nullptr ? request.snapshot : reader.TakeSnapshot(),
                             nullptr};
  if (request.is_reporting_gone) {
    KALAMDB_ASSIGN_OR_RETURN(const CommitSeq forgotten,
                             reader.ForgottenUpTo(*request.table, request.scope, *view.snapshot));
    if (request.after < forgotten) {
      Page page;
      page.is_history_lost = true;
      return page;
    }
  }
  if (filter.keys.has_value()) {
    KALAMDB_RETURN_IF_ERROR(ReadKeyed(reader, view, request, *filter.keys, &builder));
    return builder.Finish();
  }
  table::ScanRange range;
  range.seq_begin = CommitSeq{request.after.value + 1};
  range.seq_end = CommitSeq{request.up_to.value + 1};
  range.is_including_deleted = request.is_reporting_gone;
  range.is_descending = request.is_newest;
  const auto relation = reader.Open(request.table, request.scope, view);
  KALAMDB_ASSIGN_OR_RETURN(const std::unique_ptr<table::RowScan> scan, relation->Scan(range));
  table::ScannedRow row;
  for (size_t seen = 1;; ++seen) {
    if (cancel != nullptr && seen % kRowsPerLook == 0) {
      KALAMDB_RETURN_IF_ERROR(cancel->Check());
    }
    KALAMDB_ASSIGN_OR_RETURN(const bool has_row, scan->Next(&row));
    if (!has_row) {
      break;
    }
    if (row.seq < range.seq_begin || row.seq >= range.seq_end) {
      continue;
    }
    KALAMDB_ASSIGN_OR_RETURN(const bool has_room, builder.Add(row.bytes, row.seq));
    if (!has_room) {
      break;
    }
  }
  return builder.Finish();
}

}  // namespace kalamdb::live
