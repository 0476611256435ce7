// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace kalamdb::cli {

StatusOr<Signals> Signals::Open() {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGCONT}) {
    sigaddset(&watched, number);
  }
  sigprocmask(SIG_BLOCK, &watched, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const int fd = signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) {
    return Error(IoError(std::string("cannot watch for signals: ") + std::strerror(errno)));
  }
  return Signals(fd);
}

Signals::Signals(Signals&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      is_interrupted_(other.is_interrupted_),
      is_terminating_(other.is_terminating_),
      has_screen_change_(other.has_screen_change_) {}

Signals::~Signals() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

void Signals::ReadPending() {
  signalfd_siginfo info{};
  while (read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    switch (info.ssi_signo) {
      case SIGINT:
        is_interrupted_ = true;
        break;
      case SIGTERM:
      case SIGHUP:
        is_terminating_ = true;
        break;
      default:
        has_screen_change_ = true;
        break;
    }
  }
}

Signals::Wake Signals::Wait(int fd, short events,
                            std::optional<std::chrono::milliseconds> timeout) {
  while (true) {
    std::array<pollfd, 2> waiting = {pollfd{.fd = fd, .events = events, .revents = 0},
                                     pollfd{.fd = fd_, .events = POLLIN, .revents = 0}};
    const int timeout_ms = timeout.has_value() ? static_cast<int>(timeout->count()) : -1;
    const int ready = poll(waiting.data(), waiting.size(), timeout_ms);
    if (ready < 0 && errno == EINTR) {
      continue;
    }
    ReadPending();
    if (is_terminating_) {
      return Wake::kTerminate;
    }
    if (std::exchange(is_interrupted_, false)) {
      return Wake::kInterrupt;
    }
    if (std::exchange(has_screen_change_, false)) {
      return Wake::kScreen;
    }
    if (ready == 0) {
      return Wake::kTimeout;
    }
    if (ready < 0 || waiting[0].revents != 0) {
      return Wake::kReady;
    }
  }
}

Signals::Wake Signals::WaitIgnoringScreen(int fd, short events,
                                          std::optional<std::chrono::milliseconds> timeout) {
  Wake wake = Wait(fd, events, timeout);
  bool saw_screen_change = false;
  while (wake == Wake::kScreen) {
    saw_screen_change = true;
    wake = Wait(fd, events, timeout);
  }
  has_screen_change_ = saw_screen_change;
  return wake;
}

void Signals::DropPendingInterrupt() {
  ReadPending();
  is_interrupted_ = false;
}

}  // namespace kalamdb::cli
