// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "store/kv_store.h"
#include "table/tiers.h"

namespace kalamdb::table {

// Finds rows of one scope by position under a snapshot, in both tiers. Fastest when positions come
// in the order in which rows were written. Confined to one thread at a time.
class RowFinder {
 public:
  // Hot rows are in `family`. `cold` may be null; `tiers` is needed only with it.
  RowFinder(const store::KvStore& store, store::Family family, const Tiers* tiers,
            store::SnapshotPtr snapshot, std::string prefix, ColdScopePtr cold);

  bool has_segments() const { return cold_ != nullptr; }
  // Reads the rows among `seqs` that lie in segments, together.
  Status Prefetch(std::span<const CommitSeq> seqs);
  // Nothing when there is no such row. Borrowed until the next call.
  StatusOr<std::optional<std::string_view>> Find(CommitSeq seq);

 private:
  StatusOr<std::optional<std::string_view>> FindCold(CommitSeq seq);

  const Tiers* const tiers_;
  const std::string prefix_;
  const ColdScopePtr cold_;
  std::unique_ptr<store::Iterator> iterator_;
  std::map<uint64_t, std::string> prefetched_;
  std::string bytes_;
};

}  // namespace kalamdb::table
