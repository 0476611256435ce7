// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <set>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/mutex.h"
#include "table/change_sink.h"

namespace kalamdb::live {

// From here on changes of a table are missing in the queue, up to when the item is taken.
struct LostChanges {
  TableId table;
  CommitSeq first;  // The first that is missing.
};

// Commits on their way from the commit thread to the publisher, in commit order. Thread-safe.
// Bounded in bytes: beyond it changes are dropped and a LostChanges stands in their place, because
// a commit never waits for subscribers.
class ChangeQueue final : public table::ChangeSink {
 public:
  using Item = std::variant<table::ScopeChanges, LostChanges>;

  explicit ChangeQueue(size_t bytes_max) : bytes_max_(bytes_max) {}

  bool IsWanted(TableId table) const override;
  void OnCommit(std::vector<table::ScopeChanges> changes) override;

  // One more and one less who wants the changes of a table.
  void Want(TableId table);
  void Unwant(TableId table);
  // Whether the commit thread is known to have seen that the table is wanted.
  bool IsSettled(TableId table) const;
  void Settle(TableId table);

  // Waits for items and moves all to `*items`. False after Stop().
  bool Take(std::vector<Item>* items);
  void Stop();

 private:
  struct Wish {
    size_t count = 0;
    bool is_settled = false;
  };

  const size_t bytes_max_;
  mutable SharedMutex wishes_mu_;
  std::unordered_map<TableId, Wish> wishes_ KALAMDB_GUARDED_BY(wishes_mu_);
  Mutex mu_;
  CondVar filled_;
  std::vector<Item> items_ KALAMDB_GUARDED_BY(mu_);
  size_t bytes_ KALAMDB_GUARDED_BY(mu_) = 0;
  std::set<TableId> lost_ KALAMDB_GUARDED_BY(mu_);  // Tables with a LostChanges in items_.
  bool is_stopping_ KALAMDB_GUARDED_BY(mu_) = false;
};

}  // namespace kalamdb::live
