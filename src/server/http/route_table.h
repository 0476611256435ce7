// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/exchange.h"

namespace kalamdb::server {

enum class RunOn : uint8_t {
  kIo,      // Never blocks, and finishes before it returns.
  kWorker,  // May block; may finish later, on another thread.
};

// The body of an error that the HTTP stack answers in place of a handler: overload, time-out, a
// handler that failed. Each family of endpoints has its own shape.
using ErrorBody = std::string (*)(std::string_view code, std::string_view message, double took_ms);

// One endpoint. HEAD goes to the GET route.
struct Route {
  Method method = Method::kGet;
  std::string path;  // Compared whole and as sent: no patterns, no percent-decoding.
  RunOn run_on = RunOn::kWorker;
  ErrorBody error_body = nullptr;
  size_t body_bytes_max = 0;  // 0: what HttpOptions says.
  Handler handler;
};

// Every endpoint of a server. Immutable after construction.
class RouteTable {
 public:
  explicit RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {}

  // Null when there is none for this method.
  const Route* Find(Method method, std::string_view path) const;
  // "GET, HEAD": the methods of a path; empty when the path does not exist.
  std::string AllowedMethods(std::string_view path) const;

  const std::vector<Route>& routes() const { return routes_; }
  size_t IndexOf(const Route& route) const { return static_cast<size_t>(&route - routes_.data()); }

 private:
  std::vector<Route> routes_;  // About a dozen: comparing lengths first, a scan is the fastest.
};

// ErrorBody of endpoints without a shape of their own.
std::string PlainError(std::string_view code, std::string_view message, double took_ms);

}  // namespace kalamdb::server
