// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "base/status.h"

namespace kalamdb::cli {

// The one place where this program waits. Signals are blocked and arrive through a descriptor, so
// that every wait - for the keyboard, the network or a slow reader of our output - ends at Ctrl-C,
// and no code ever runs inside a signal handler. Confined to the main thread. The signals stay
// blocked after destruction: the object lives as long as the process.
class Signals {
 public:
  // Blocks SIGINT, SIGTERM, SIGHUP, SIGWINCH and SIGCONT, and ignores SIGPIPE.
  static StatusOr<Signals> Open();
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&&) = delete;
  ~Signals();

  enum class Wake { kReady, kTimeout, kInterrupt, kTerminate, kScreen };

  // Waits until `fd` is ready for `events` (POLLIN, POLLOUT; errors count as ready). A pending
  // interrupt wins and is used up; a request to terminate wins and stays. kScreen: the window
  // changed or the process was continued. Without `timeout`: forever.
  Wake Wait(int fd, short events, std::optional<std::chrono::milliseconds> timeout = std::nullopt);
  // As Wait, for callers to which the screen is nothing.
  Wake WaitIgnoringScreen(int fd, short events,
                          std::optional<std::chrono::milliseconds> timeout = std::nullopt);
  // Forgets a Ctrl-C that came while nothing waited.
  void DropPendingInterrupt();
  bool is_terminating() const { return is_terminating_; }

 private:
  explicit Signals(int fd) : fd_(fd) {}
  void ReadPending();

  int fd_;
  bool is_interrupted_ = false;
  bool is_terminating_ = false;
  bool has_screen_change_ = false;
};

}  // namespace kalamdb::cli
