// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "server/http/route_table.h"

namespace kalamdb::server {

// What the HTTP stack counts. Thread-safe; all counters are independent of each other.
class HttpMetrics {
 public:
  explicit HttpMetrics(const RouteTable& routes);

  // `route` is null when none matched.
  void CountRequest(const Route* route, int status, std::chrono::nanoseconds duration);
  // In Prometheus text format.
  void AppendText(std::string* out) const;

  std::atomic<uint64_t> connections_accepted{0};
  std::atomic<uint64_t> connections_refused{0};
  std::atomic<int64_t> connections_open{0};
  std::atomic<int64_t> requests_running{0};
  std::atomic<uint64_t> received_bytes{0};
  std::atomic<uint64_t> sent_bytes{0};
  std::atomic<uint64_t> disconnects{0};  // Clients that went away before their answer.
  std::atomic<uint64_t> timeouts{0};     // Connections ended because the client was too slow.

 private:
  static constexpr int kStatusMin = 100;
  static constexpr int kStatusEnd = 600;
  // Upper bounds in microseconds; a last bucket holds the rest.
  static constexpr std::array<int64_t, 12> kBuckets = {
      100, 250, 500, 1'000, 2'500, 5'000, 10'000, 50'000, 100'000, 500'000, 1'000'000, 10'000'000};
  struct RouteCounters {
    std::array<std::atomic<uint64_t>, kStatusEnd - kStatusMin> by_status{};
    std::array<std::atomic<uint64_t>, kBuckets.size() + 1> by_duration{};
    std::atomic<uint64_t> duration_us_total{0};
  };

  void AppendRequests(std::string* out) const;
  void AppendDurations(std::string* out) const;
  std::string LabelOf(size_t index) const;

  const RouteTable& routes_;
  // One per route, then one for requests that matched none.
  std::unique_ptr<RouteCounters[]> counters_;
};

// One line of Prometheus text with its # HELP and # TYPE.
void AppendMetric(std::string_view name, std::string_view type, std::string_view help, double value,
                  std::string* out);

}  // namespace kalamdb::server
