// SPDX-License-Identifier: Apache-2.0
#include "cli/script.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace kalamdb::cli {
namespace {

constexpr size_t kReadBytes = 64u << 10;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

Outcome ScriptRunner::FeedLines(std::string* text, Interpreter* interpreter) {
  size_t begin = 0;
  for (size_t end = text->find('\n'); end != std::string::npos; end = text->find('\n', begin)) {
    const Outcome outcome =
        interpreter->FeedLine(std::string_view(*text).substr(begin, end - begin));
    if (outcome != Outcome::kOk) {
      return outcome;
    }
    begin = end + 1;
  }
  text->erase(0, begin);
  return Outcome::kOk;
}

Outcome ScriptRunner::RunText(std::string_view text) {
  Interpreter interpreter(session_, commands_, {});
  std::string rest(text);
  rest += '\n';
  const Outcome outcome = FeedLines(&rest, &interpreter);
  return outcome == Outcome::kOk ? interpreter.Finish() : outcome;
}

Outcome ScriptRunner::RunFile(const std::string& path) {
  if (path == "-") {
    return RunStandardInput();
  }
  if (depth_ == kDepthMax) {
    return session_.Report(InvalidArgument(path + " is included too deep"));
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return session_.Report(
        InvalidArgument(fmt::format("cannot open {}: {}", path, std::strerror(errno))));
  }
  ++depth_;
  const Outcome outcome = RunDescriptor(fd, path);
  --depth_;
  close(fd);
  return outcome;
}

Outcome ScriptRunner::RunStandardInput() { return RunDescriptor(STDIN_FILENO, {}); }

Outcome ScriptRunner::RunDescriptor(int fd, std::string file) {
  Interpreter interpreter(session_, commands_, {.file = file});
  const auto buffer = std::make_unique<char[]>(kReadBytes);
  std::string text;
  bool is_start = true;
  while (true) {
    if (signals_.WaitIgnoringScreen(fd, POLLIN) != Signals::Wake::kReady) {
      return Outcome::kInterrupted;
    }
    const ssize_t bytes = read(fd, buffer.get(), kReadBytes);
    if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) {
      continue;
    }
    if (bytes < 0) {
      return session_.Report(
          InvalidArgument(fmt::format("cannot read {}: {}", file, std::strerror(errno))));
    }
    text.append(buffer.get(), static_cast<size_t>(bytes));
    if (std::exchange(is_start, false) && text.starts_with(kByteOrderMark)) {
      text.erase(0, kByteOrderMark.size());
    }
    if (bytes == 0) {
      text += '\n';
    }
    Outcome outcome = FeedLines(&text, &interpreter);
    if (outcome == Outcome::kOk && bytes == 0) {
      outcome = interpreter.Finish();
    }
    if (outcome == Outcome::kQuit) {
      return Outcome::kOk;  // Ends this file; whoever included it goes on.
    }
    if (outcome != Outcome::kOk || bytes == 0) {
      return outcome;
    }
    if (text.size() > StatementSplitter::kStatementBytesMax) {
      return session_.Report(InvalidArgument("a line is longer than 16 MiB"));
    }
  }
}

}  // namespace kalamdb::cli
