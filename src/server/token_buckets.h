// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>

#include "base/clock.h"
#include "base/mutex.h"

namespace kalamdb::server {

// Lets each key do something `per_second` times a second, and as often at once after a pause.
// Thread-safe. Bounded: at kKeysMax keys, those that are back to full are forgotten; if all are
// busy, all are forgotten, which errs on the side of serving.
template <class Key>
class TokenBuckets {
 public:
  static constexpr size_t kKeysMax = 10'000;

  // `per_second` 0: no limit.
  TokenBuckets(const Clock& clock, uint32_t per_second) : clock_(clock), per_second_(per_second) {}

  // False when the key has used up what it had.
  bool Take(const Key& key) {
    if (per_second_ == 0) {
      return true;
    }
    const std::chrono::nanoseconds now = clock_.Monotonic();
    MutexLock lock(mu_);
    auto found = buckets_.find(key);
    if (found == buckets_.end()) {
      if (buckets_.size() >= kKeysMax) {
        Forget(now);
      }
      found = buckets_.emplace(key, Bucket{static_cast<double>(per_second_), now}).first;
    }
    Bucket& bucket = found->second;
    bucket.tokens = Refilled(bucket, now);
    bucket.at = now;
    if (bucket.tokens < 1) {
      return false;
    }
    bucket.tokens -= 1;
    return true;
  }

 private:
  struct Bucket {
    double tokens;
    std::chrono::nanoseconds at;
  };

  double Refilled(const Bucket& bucket, std::chrono::nanoseconds now) const {
    const double seconds = std::chrono::duration<double>(now - bucket.at).count();
    return std::min<double>(per_second_, bucket.tokens + seconds * per_second_);
  }

  void Forget(std::chrono::nanoseconds now) KALAMDB_REQUIRES(mu_) {
    std::erase_if(buckets_, [this, now](const auto& entry) {
      return Refilled(entry.second, now) >= per_second_;
    });
    if (buckets_.size() >= kKeysMax) {
      buckets_.clear();
    }
  }

  const Clock& clock_;
  const uint32_t per_second_;
  Mutex mu_;
  std::map<Key, Bucket> buckets_ KALAMDB_GUARDED_BY(mu_);
};

}  // namespace kalamdb::server
