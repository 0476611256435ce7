// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace kalamdb {

// Counts what clients ask for, so that work in the background can see whether somebody is waiting
// for the processors. Thread-safe.
class Activity {
 public:
  explicit Activity(const Clock& clock) : clock_(clock) {}
  void NoteRequest() { requests_.fetch_add(1, std::memory_order_relaxed); }
  uint64_t requests() const { return requests_.load(std::memory_order_relaxed); }

  const Clock& clock() const { return clock_; }

 private:
  const Clock& clock_;
  std::atomic<uint64_t> requests_{0};
};

// Tells, each time it is asked, whether clients have been busy since the last time. Confined to one
// thread at a time.
class ActivityWatch {
 public:
  // `activity` outlives the watch.
  explicit ActivityWatch(const Activity& activity)
      : activity_(activity),
        last_requests_(activity.requests()),
        last_time_(activity.clock().Monotonic()) {}

  bool IsBusy() {
    const uint64_t requests = activity_.requests();
    const std::chrono::nanoseconds now = activity_.clock().Monotonic();
    const double seconds = std::chrono::duration<double>(now - last_time_).count();
    const bool is_busy =
        static_cast<double>(requests - last_requests_) > kBusyRequestsPerSecond * seconds;
    last_requests_ = requests;
    last_time_ = now;
    return is_busy;
  }

 private:
  static constexpr double kBusyRequestsPerSecond = 100;

  const Activity& activity_;
  uint64_t last_requests_;
  std::chrono::nanoseconds last_time_;
};

}  // namespace kalamdb
