// SPDX-License-Identifier: Apache-2.0
#include "server/ops/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace kalamdb::server {

uint64_t ProcessStats::ResidentBytes() const {
  std::ifstream file("/proc/self/statm");
  uint64_t total_pages = 0;
  uint64_t resident_pages = 0;
  file >> total_pages >> resident_pages;
  return resident_pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

double ProcessStats::CpuSeconds() const {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ProcessStats::CpuPercent() const {
  const double elapsed = std::chrono::duration<double>(clock_.Monotonic() - started_at_).count();
  return elapsed <= 0 ? 0 : CpuSeconds() / elapsed * 100;
}

uint64_t ProcessStats::OpenFiles() const {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<uint64_t>(std::distance(begin(files), end(files)));
}

std::chrono::seconds ProcessStats::Uptime() const {
  return std::chrono::duration_cast<std::chrono::seconds>(clock_.Monotonic() - started_at_);
}

std::string ProcessStats::HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::string HumanDuration(std::chrono::seconds duration) {
  const int64_t s = duration.count();
  const auto two = [](int64_t a, const char* a_unit, int64_t b, const char* b_unit) {
    return std::to_string(a) + a_unit + " " + std::to_string(b) + b_unit;
  };
  if (s < 60) {
    return std::to_string(s) + "s";
  }
  if (s < 3600) {
    return two(s / 60, "m", s % 60, "s");
  }
  if (s < 86'400) {
    return two(s / 3600, "h", s % 3600 / 60, "m");
  }
  return two(s / 86'400, "d", s % 86'400 / 3600, "h");
}

}  // namespace kalamdb::server
