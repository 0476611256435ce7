// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/status.h"
#include "server/http/http_metrics.h"
#include "server/http/http_options.h"
#include "server/http/route_table.h"
#include "server/worker_pool.h"

namespace kalamdb::server {

// Accepts connections and serves a table of routes on them. Thread-safe from Start() on.
//
//   RouteTable routes({{Method::kGet, "/", RunOn::kIo, &PlainError, 0, handler}});
//   Listener listener(clock, options, routes, workers);
//   KALAMDB_RETURN_IF_ERROR(listener.Start());
class Listener {
 public:
  // What is passed by reference outlives the listener.
  Listener(const Clock& clock, HttpOptions options, const RouteTable& routes, WorkerPool& workers);
  ~Listener();

  // Binds and begins to accept. Unavailable when the address is in use, InvalidArgument when there
  // is no such address. Called once.
  Status Start();
  // The port that Start() bound.
  uint16_t port() const;
  const HttpMetrics& metrics() const;

  // Stops accepting, closes idle connections, lets running requests finish. After `grace` they are
  // cancelled, and after another half of it their connections are cut. Returns when no handler
  // works any more. May be called more than once.
  void Stop(std::chrono::milliseconds grace);

 private:
  class Impl;  // Keeps Asio out of this header.
  std::unique_ptr<Impl> impl_;
};

}  // namespace kalamdb::server
