// SPDX-License-Identifier: Apache-2.0
#include "live/change_queue.h"

#include <utility>

namespace kalamdb::live {

namespace {

size_t MemoryOf(const table::ScopeChanges& changes) {
  size_t bytes = sizeof(changes) + changes.scope.value.size();
  for (const table::RowChange& change : changes.changes) {
    bytes += sizeof(change) + change.key.size() + change.row.size() + change.old_row.size();
  }
  return bytes;
}

}  // namespace

bool ChangeQueue::IsWanted(TableId table) const {
  const ReaderLock lock(wishes_mu_);
  return !wishes_.empty() && wishes_.contains(table);
}

void ChangeQueue::OnCommit(std::vector<table::ScopeChanges> changes) {
  const MutexLock lock(mu_);
  if (items_.empty()) {
    filled_.NotifyOne();
  }
  for (table::ScopeChanges& scope : changes) {
    if (scope.changes.empty()) {
      continue;
    }
    const size_t bytes = MemoryOf(scope);
    if (bytes_ + bytes <= bytes_max_) {
      bytes_ += bytes;
      items_.emplace_back(std::move(scope));
    } else if (lost_.insert(scope.table->id).second) {
      items_.emplace_back(
          LostChanges{.table = scope.table->id, .first = scope.changes.front().seq});
    }
  }
}

void ChangeQueue::Want(TableId table) {
  const WriterLock lock(wishes_mu_);
  ++wishes_[table].count;
}

void ChangeQueue::Unwant(TableId table) {
  const WriterLock lock(wishes_mu_);
  const auto wish = wishes_.find(table);
  if (wish != wishes_.end() && --wish->second.count == 0) {
    wishes_.erase(wish);
  }
}

bool ChangeQueue::IsSettled(TableId table) const {
  const ReaderLock lock(wishes_mu_);
  const auto wish = wishes_.find(table);
  return wish != wishes_.end() && wish->second.is_settled;
}

void ChangeQueue::Settle(TableId table) {
  const WriterLock lock(wishes_mu_);
  if (const auto wish = wishes_.find(table); wish != wishes_.end()) {
    wish->second.is_settled = true;
  }
}

bool ChangeQueue::Take(std::vector<Item>* items) {
  items->clear();
  const MutexLock lock(mu_);
  while (items_.empty() && !is_stopping_) {
    filled_.Wait(mu_);
  }
  if (items_.empty()) {
    return false;
  }
  std::swap(*items, items_);
  bytes_ = 0;
  lost_.clear();
  return true;
}

void ChangeQueue::Stop() {
  const MutexLock lock(mu_);
  is_stopping_ = true;
  filled_.NotifyAll();
}

}  // namespace kalamdb::live
