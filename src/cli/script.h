// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/interpreter.h"
#include "cli/session.h"
#include "cli/signals.h"

namespace kalamdb::cli {

// Runs SQL that is not typed: -c, -f, \i and piped standard input. Ends at the first failure.
// Confined to the main thread.
class ScriptRunner : public FileRunner {
 public:
  // Files that include files; one that includes itself ends here.
  static constexpr int kDepthMax = 16;

  // Both outlive this object.
  ScriptRunner(Session& session, Signals& signals)
      : session_(session), signals_(signals), commands_(session, *this) {}

  Outcome RunText(std::string_view text);
  // "-" is standard input.
  Outcome RunFile(const std::string& path) override;
  Outcome RunStandardInput();
  Commands& commands() { return commands_; }

 private:
  Outcome RunDescriptor(int fd, std::string file);
  // Feeds what is complete in `*text` and leaves the rest of the last line.
  static Outcome FeedLines(std::string* text, Interpreter* interpreter);

  Session& session_;
  Signals& signals_;
  Commands commands_;
  int depth_ = 0;
};

}  // namespace kalamdb::cli
