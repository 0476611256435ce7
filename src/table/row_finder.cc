// SPDX-License-Identifier: Apache-2.0
#include "table/row_finder.h"

#include <algorithm>
#include <utility>

#include "cold/segment_reader.h"
#include "types/key_codec.h"

namespace kalamdb::table {

RowFinder::RowFinder(const store::KvStore& store, store::Family family, const Tiers* tiers,
                     store::SnapshotPtr snapshot, std::string prefix, ColdScopePtr cold)
    : tiers_(tiers),
      prefix_(std::move(prefix)),
      cold_(std::move(cold)),
      iterator_(store.NewIterator(
          family,
          cold_ == nullptr ? prefix_
                           : RowKey(prefix_, CommitSeq{cold_->manifest.flushed_seq.value + 1}),
          types::PrefixEnd(prefix_), std::move(snapshot))) {}

Status RowFinder::Prefetch(std::span<const CommitSeq> seqs) {
  prefetched_.clear();
  if (cold_ == nullptr) {
    return {};
  }
  std::map<cold::SegmentPtr, std::vector<CommitSeq>> by_segment;
  for (const CommitSeq seq : seqs) {
    if (const cold::SegmentPtr segment = cold_->Find(seq); segment != nullptr) {
      by_segment[segment].push_back(seq);
    }
  }
  for (auto& [segment, wanted] : by_segment) {
    std::sort(wanted.begin(), wanted.end());
    KALAMDB_ASSIGN_OR_RETURN(std::vector<cold::SegmentRow> rows,
                             cold::ReadRows(tiers_->engine(), *segment, wanted));
    for (cold::SegmentRow& row : rows) {
      prefetched_[row.seq.value] = std::move(row.bytes);
    }
  }
  return {};
}

StatusOr<std::optional<std::string_view>> RowFinder::Find(CommitSeq seq) {
  if (cold_ != nullptr && seq <= cold_->manifest.flushed_seq) {
    return FindCold(seq);
  }
  const std::string key = RowKey(prefix_, seq);
  if (iterator_->Valid() && iterator_->key() < key) {
    iterator_->Next();
  }
  if (!iterator_->Valid() || iterator_->key() != key) {
    iterator_->Seek(key);
  }
  if (iterator_->Valid() && iterator_->key() == key) {
    return iterator_->value();
  }
  KALAMDB_RETURN_IF_ERROR(iterator_->status());
  return std::nullopt;
}

StatusOr<std::optional<std::string_view>> RowFinder::FindCold(CommitSeq seq) {
  if (const auto found = prefetched_.find(seq.value); found != prefetched_.end()) {
    return found->second;
  }
  const cold::SegmentPtr segment = cold_->Find(seq);
  if (segment == nullptr) {
    return std::nullopt;
  }
  KALAMDB_ASSIGN_OR_RETURN(bytes_, cold::ReadRow(tiers_->engine(), *segment, seq));
  return bytes_;
}

}  // namespace kalamdb::table
