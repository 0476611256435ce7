// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace kalamdb::server {

// What this process uses. Thread-safe; reads /proc on every call.
class ProcessStats {
 public:
  explicit ProcessStats(const Clock& clock) : clock_(clock), started_at_(clock.Monotonic()) {}

  uint64_t ResidentBytes() const;
  // User and system time of all threads.
  double CpuSeconds() const;
  // Of one core, over the life of the process.
  double CpuPercent() const;
  uint64_t OpenFiles() const;
  std::chrono::seconds Uptime() const;
  static std::string HostName();

 private:
  const Clock& clock_;
  const std::chrono::nanoseconds started_at_;
};

// "33s", "2m 5s", "3h 0m", "4d 2h".
std::string HumanDuration(std::chrono::seconds duration);

}  // namespace kalamdb::server
