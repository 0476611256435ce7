// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "base/clock.h"
#include "base/status.h"

namespace kalamdb {

// Runs long work in steps, with the time that the processors have to spare: a thread that is woken
// for a statement takes the processor from it within microseconds, which it would not from a thread
// of merely low priority. Short work is not held back. When the processors have no time to spare,
// more and more steps compete like any other thread. Confined to one thread.
class SpareTime {
 public:
  explicit SpareTime(const Clock& clock) : clock_(clock) {}
  // Waits for the step, which may run on another thread. Steps of 1 to 20 ms are best.
  Status Run(const std::function<Status()>& step);

 private:
  static constexpr std::chrono::milliseconds kShortWork{20};
  // A step that takes so many times its processor time was starved.
  static constexpr int kStarved = 10;

  const Clock& clock_;
  std::chrono::nanoseconds used_{0};  // By steps so far.
  uint32_t compete_next_ = 4;         // Steps that compete after the next one that is starved.
  uint32_t competing_ = 0;            // Steps that still do.
};

}  // namespace kalamdb
