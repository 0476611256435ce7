// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"

namespace kalamdb::cold {

// Values by text key, the least recently used leave when the bytes are above a maximum.
// Thread-safe.
template <class T>
class LruCache {
 public:
  explicit LruCache(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  std::optional<T> Find(const std::string& key) {
    const MutexLock lock(mu_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
      return std::nullopt;
    }
    order_.splice(order_.begin(), order_, found->second);
    return found->second->value;
  }
  void Put(const std::string& key, T value, uint64_t bytes) {
    const MutexLock lock(mu_);
    if (const auto found = entries_.find(key); found != entries_.end()) {
      bytes_ -= found->second->bytes;
      order_.erase(found->second);
      entries_.erase(found);
    }
    order_.push_front({key, std::move(value), bytes + key.size() + kEntryBytes});
    entries_[key] = order_.begin();
    bytes_ += order_.front().bytes;
    while (bytes_ > bytes_max_ && order_.size() > 1) {
      bytes_ -= order_.back().bytes;
      entries_.erase(order_.back().key);
      order_.pop_back();
    }
  }

 private:
  static constexpr uint64_t kEntryBytes = 200;
  struct Entry {
    std::string key;
    T value;
    uint64_t bytes;
  };
  const uint64_t bytes_max_;
  Mutex mu_;
  std::list<Entry> order_ KALAMDB_GUARDED_BY(mu_);  // The most recently used first.
  std::unordered_map<std::string, typename std::list<Entry>::iterator> entries_
      KALAMDB_GUARDED_BY(mu_);
  uint64_t bytes_ KALAMDB_GUARDED_BY(mu_) = 0;
};

}  // namespace kalamdb::cold
