// SPDX-License-Identifier: Apache-2.0
#include "cli/prompt.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kalamdb::cli {
namespace {

// Turns the echo of a terminal off, and back on at the end of its scope.
class EchoOff {
 public:
  explicit EchoOff(int fd) : fd_(fd), is_terminal_(tcgetattr(fd, &before_) == 0) {
    if (is_terminal_) {
      termios quiet = before_;
      quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      quiet.c_lflag |= ECHONL;
      tcsetattr(fd_, TCSAFLUSH, &quiet);
    }
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (is_terminal_) {
      tcsetattr(fd_, TCSANOW, &before_);
    }
  }

 private:
  int fd_;
  termios before_{};
  bool is_terminal_;
};

}  // namespace

StatusOr<std::string> ReadLineUnbuffered(int input, Signals& signals, size_t bytes_max) {
  std::string line;
  while (true) {
    if (signals.WaitIgnoringScreen(input, POLLIN) != Signals::Wake::kReady) {
      return Error(Cancelled("interrupted"));
    }
    char c = 0;
    const ssize_t bytes = read(input, &c, 1);
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (bytes < 0) {
      return Error(IoError(std::string("cannot read the input: ") + std::strerror(errno)));
    }
    if (bytes == 0 && line.empty()) {
      return Error(NotFound("the input ended"));
    }
    if (bytes == 0 || c == '\n') {
      break;
    }
    if (line.size() == bytes_max) {
      return Error(InvalidArgument("the line is too long"));
    }
    line += c;
  }
  if (line.ends_with('\r')) {
    line.pop_back();
  }
  return line;
}

StatusOr<std::string> Prompt::ReadLine() {
  StatusOr<std::string> line = ReadLineUnbuffered(input_, signals_, kAnswerBytesMax);
  if (!line.has_value()) {
    output_.Write("\n").Ignore("only moves the cursor");
    output_.Flush().Ignore("only moves the cursor");
    if (line.error().code() == StatusCode::kNotFound) {
      return Error(Cancelled("no answer"));
    }
  }
  return line;
}

StatusOr<std::string> Prompt::Ask(std::string_view question) {
  KALAMDB_RETURN_IF_ERROR(output_.Write(question));
  KALAMDB_RETURN_IF_ERROR(output_.Flush());
  return ReadLine();
}

StatusOr<std::string> Prompt::AskSecret(std::string_view question) {
  const EchoOff echo_off(input_);
  return Ask(question);
}

StatusOr<bool> Prompt::Confirm(std::string_view question) {
  KALAMDB_ASSIGN_OR_RETURN(const std::string answer, Ask(question));
  const std::string_view said = answer;
  return said == "y" || said == "Y" || said == "yes" || said == "Yes";
}

}  // namespace kalamdb::cli
