// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace kalamdb::cli {

Output::Output(int fd, Signals& signals)
    : fd_(fd), signals_(signals), is_terminal_(isatty(fd) == 1) {}

Status Output::Write(std::string_view text) {
  buffer_ += text;
  return buffer_.size() < kBufferBytes ? Status() : Flush();
}

Status Output::Flush() {
  std::string_view rest = buffer_;
  Status status;
  while (!rest.empty() && status.ok()) {
    if (is_closed_) {
      status = Cancelled("the output was closed");
      break;
    }
    const Signals::Wake wake = signals_.WaitIgnoringScreen(fd_, POLLOUT);
    if (wake != Signals::Wake::kReady) {
      status = Cancelled("interrupted");
      break;
    }
    // No more than a pipe takes at once, so that the write does not block.
    const ssize_t written = write(fd_, rest.data(), std::min<size_t>(rest.size(), PIPE_BUF));
    if (written >= 0) {
      rest.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EPIPE) {
      is_closed_ = true;
    } else if (errno != EINTR && errno != EAGAIN) {
      status = IoError(std::string("cannot write the output: ") + std::strerror(errno));
    }
  }
  buffer_.clear();
  return status;
}

size_t Output::columns() const {
  winsize size{};
  if (ioctl(fd_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return 80;
  }
  return size.ws_col;
}

}  // namespace kalamdb::cli
