// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace kalamdb {

// The only source of time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Microseconds since 1970-01-01T00:00:00Z. May step back.
  virtual int64_t WallMicros() const = 0;
  // Never steps back; for measuring and deadlines only.
  virtual std::chrono::nanoseconds Monotonic() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  int64_t WallMicros() const override;
  std::chrono::nanoseconds Monotonic() const override;
};

// A clock that moves only when told. For tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(int64_t wall_micros) : wall_micros_(wall_micros) {}
  int64_t WallMicros() const override { return wall_micros_.load(std::memory_order_relaxed); }
  std::chrono::nanoseconds Monotonic() const override {
    return std::chrono::nanoseconds(monotonic_nanos_.load(std::memory_order_relaxed));
  }
  // Moves both clocks forward.
  void Advance(std::chrono::microseconds by) {
    wall_micros_.fetch_add(by.count(), std::memory_order_relaxed);
    monotonic_nanos_.fetch_add(by.count() * 1000, std::memory_order_relaxed);
  }
  // Steps the wall clock alone, as an administrator or NTP does.
  void SetWall(int64_t wall_micros) { wall_micros_.store(wall_micros, std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> wall_micros_;
  std::atomic<int64_t> monotonic_nanos_{0};
};

// Processor time that the calling thread has used so far.
std::chrono::nanoseconds ThreadCpuTime();

}  // namespace kalamdb
