// SPDX-License-Identifier: Apache-2.0
#include <span>
#include <utility>

#include "base/check.h"
#include "table/relation.h"

namespace kalamdb::table {

StatusOr<std::vector<ColdPart>> Relation::ColdParts(const ScanRange&) const {
  return std::vector<ColdPart>();
}

StatusOr<bool> Relation::IsNarrow(const ScanRange& range) const {
  return range.lower.has_value() || range.upper.has_value();
}

StatusOr<std::vector<ScanRange>> Relation::SplitHot(const ScanRange& range) const {
  return std::vector<ScanRange>{range};
}

namespace {

// All rows in order. Borrows them: the relation outlives its scans.
class RowsScan final : public RowScan {
 public:
  explicit RowsScan(const std::vector<std::string>& rows) : rows_(rows) {}

  StatusOr<bool> Next(ScannedRow* row) override {
    if (next_ == rows_.size()) {
      return false;
    }
    *row = {.seq = CommitSeq{0}, .bytes = rows_[next_++]};
    return true;
  }

 private:
  const std::vector<std::string>& rows_;
  size_t next_ = 0;
};

}  // namespace

RowsRelation::RowsRelation(types::Schema schema, const std::vector<types::Row>& rows)
    : schema_(std::move(schema)), layout_(std::span(&schema_, 1)) {
  encoded_.reserve(rows.size());
  for (const types::Row& row : rows) {
    KALAMDB_CHECK(row.size() == schema_.columns.size());
    types::EncodeRow(schema_, row, /*is_deleted=*/false, &encoded_.emplace_back());
  }
}

StatusOr<std::unique_ptr<RowScan>> RowsRelation::Scan(const ScanRange&) const {
  return std::make_unique<RowsScan>(encoded_);
}

}  // namespace kalamdb::table
