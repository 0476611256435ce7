// SPDX-License-Identifier: Apache-2.0
// The HTTP stack of the server with a handler that does nothing: what the other figures are a
// fraction of. Prints the port and serves until standard input ends.

#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>

#include "base/clock.h"
#include "server/http/listener.h"

int main() {
  using namespace kalamdb;  // NOLINT(google-build-using-namespace)
  const SystemClock clock;
  server::WorkerPool workers(2, 1'024);
  server::RouteTable routes({{.method = server::Method::kPost,
                              .path = "/v1/api/sql",
                              .run_on = server::RunOn::kIo,
                              .error_body = &server::PlainError,
                              .body_bytes_max = 0,
                              .handler = [](server::Exchange& exchange) {
                                exchange.response().Set(200, "{}");
                                exchange.Finish();
                              }}});
  server::HttpOptions options;
  options.port = 0;
  server::Listener listener(clock, options, routes, workers);
  if (const Status status = listener.Start(); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.message().c_str());
    return 1;
  }
  std::printf("%d\n", static_cast<int>(listener.port()));
  std::fflush(stdout);
  std::array<char, 16> ignored;
  while (read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
  listener.Stop(std::chrono::milliseconds(100));
  workers.Stop();
  return 0;
}
