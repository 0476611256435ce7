// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "cli/signals.h"

namespace kalamdb::cli {

// Buffered writing to a descriptor that others read at their own pace: a terminal, a file, a pipe.
// Waits for a slow reader, but not past Ctrl-C (Cancelled). Confined to the main thread. Holds up
// to kBufferBytes; Flush() writes them out.
class Output {
 public:
  static constexpr size_t kBufferBytes = 64u << 10;

  // Does not own `fd`.
  Output(int fd, Signals& signals);

  Status Write(std::string_view text);
  Status Flush();
  bool is_terminal() const { return is_terminal_; }
  // The reader went away (as in `kalam ... | head`); every later write fails too. No error to tell
  // anybody.
  bool is_closed() const { return is_closed_; }
  // Columns of the terminal; 80 when that is unknown.
  size_t columns() const;

 private:
  int fd_;
  Signals& signals_;
  std::string buffer_;
  bool is_terminal_;
  bool is_closed_ = false;
};

}  // namespace kalamdb::cli
