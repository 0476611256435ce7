// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace kalamdb::bench {

// What a run of requests came to.
struct LoadResult {
  uint64_t requests = 0;
  uint64_t errors = 0;  // Answers other than 200.
  std::string first_error;
  double seconds = 0;
  std::vector<uint32_t> latencies_us;  // Sorted.

  double Rate() const { return seconds > 0 ? static_cast<double>(requests) / seconds : 0; }
  // `fraction` in [0, 1]; 0 when nothing was measured.
  double PercentileUs(double fraction) const;
};

// A request as bytes on the wire, made for the n-th request of the run.
using RequestMaker = std::function<std::string(uint64_t n)>;

struct LoadOptions {
  int port = 0;  // On 127.0.0.1.
  int connections = 1;
  std::chrono::milliseconds duration{1'000};
  uint64_t requests_max = UINT64_MAX;  // Whichever comes first.
};

// Keeps every connection busy with one request at a time, from one thread with epoll: a client that
// costs little beside the server it measures. Exits the process with a message when the server
// cannot be reached.
LoadResult RunLoad(const LoadOptions& options, const RequestMaker& make);

// One request on a connection of its own; returns the body. Exits the process on anything but 200.
std::string Call(int port, const std::string& request);

// An HTTP POST with keep-alive. An empty token: no Authorization header.
std::string PostRequest(const std::string& path, const std::string& token,
                        const std::string& json_body);
std::string JsonQuoted(const std::string& text);

}  // namespace kalamdb::bench
