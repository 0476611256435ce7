// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string_view>
#include <thread>

namespace kalamdb::app {

// SIGTERM, SIGINT and SIGHUP as events for the main thread; SIGPIPE is ignored. Construct before
// any other thread, because threads inherit which signals are blocked. Confined to the main thread.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

  // Waits for the first signal and returns its name.
  std::string_view Wait();

  // From now on a further signal, or `deadline` passing, ends the process at once with exit code 1:
  // whatever keeps it from stopping, the operator is not made to wait.
  void ForceExitAfter(std::chrono::milliseconds deadline);

 private:
  void WatchStop(std::chrono::milliseconds deadline) const;

  int signal_fd_ = -1;
  int done_fd_ = -1;  // Becomes readable when the watcher may end.
  std::thread watcher_;
};

}  // namespace kalamdb::app
