// SPDX-License-Identifier: Apache-2.0
#include "app/stop_signals.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/check.h"
#include "base/log.h"

namespace kalamdb::app {

namespace {

std::string_view SignalName(uint32_t number) {
  switch (number) {
    case SIGTERM:
      return "SIGTERM";
    case SIGINT:
      return "SIGINT";
    case SIGHUP:
      return "SIGHUP";
    default:
      return "a signal";
  }
}

}  // namespace

StopSignals::StopSignals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  KALAMDB_CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  signal_fd_ = signalfd(-1, &set, SFD_CLOEXEC);
  done_fd_ = eventfd(0, EFD_CLOEXEC);
  KALAMDB_CHECK(signal_fd_ >= 0 && done_fd_ >= 0);
}

StopSignals::~StopSignals() {
  if (watcher_.joinable()) {
    KALAMDB_CHECK(eventfd_write(done_fd_, 1) == 0);
    watcher_.join();
  }
  close(signal_fd_);
  close(done_fd_);
}

std::string_view StopSignals::Wait() {
  signalfd_siginfo info{};
  while (read(signal_fd_, &info, sizeof(info)) != sizeof(info)) {
    KALAMDB_CHECK(errno == EINTR);
  }
  return SignalName(info.ssi_signo);
}

void StopSignals::ForceExitAfter(std::chrono::milliseconds deadline) {
  watcher_ = std::thread([this, deadline] { WatchStop(deadline); });
}

void StopSignals::WatchStop(std::chrono::milliseconds deadline) const {
  std::array<pollfd, 2> events = {pollfd{.fd = signal_fd_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = done_fd_, .events = POLLIN, .revents = 0}};
  int ready = -1;
  do {
    // A signal that interrupts the wait starts it anew; only blocked signals are expected here.
    ready = poll(events.data(), events.size(), static_cast<int>(deadline.count()));
  } while (ready < 0 && errno == EINTR);
  if (events[1].revents != 0) {
    return;
  }
  LogError("app", "{}: exiting at once; acknowledged writes are recovered at the next start",
           ready == 0 ? "stopping takes too long" : "a second signal came");
  FlushLog();
  _exit(EXIT_FAILURE);
}

}  // namespace kalamdb::app
