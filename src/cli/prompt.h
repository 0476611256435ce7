// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "cli/output.h"
#include "cli/signals.h"

namespace kalamdb::cli {

// Asks questions on the terminal that is standard input. Cancelled at Ctrl-C, Ctrl-D and a request
// to terminate. Answers are at most kAnswerBytesMax long. Confined to the main thread.
class Prompt {
 public:
  static constexpr size_t kAnswerBytesMax = 4096;

  // All outlive this object. Questions go to `output`, which shows on the same terminal.
  Prompt(int input, Output& output, Signals& signals)
      : input_(input), output_(output), signals_(signals) {}

  StatusOr<std::string> Ask(std::string_view question);
  // Without showing what is typed.
  StatusOr<std::string> AskSecret(std::string_view question);
  // Yes or no; just Enter means no.
  StatusOr<bool> Confirm(std::string_view question);

 private:
  StatusOr<std::string> ReadLine();

  int input_;
  Output& output_;
  Signals& signals_;
};

// Reads one line, a byte at a time so that nothing behind it is taken; without the line break.
// Cancelled when interrupted, NotFound at the end of the input.
StatusOr<std::string> ReadLineUnbuffered(int input, Signals& signals, size_t bytes_max);

}  // namespace kalamdb::cli
