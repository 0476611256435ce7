// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "cli/interpreter.h"
#include "cli/line_editor.h"
#include "cli/name_cache.h"
#include "cli/script.h"

namespace kalamdb::cli {

// The conversation with somebody at a terminal. Errors are shown and the conversation goes on; it
// ends at \q, Ctrl-D, or when the terminal goes away. Confined to the main thread.
class Repl {
 public:
  // All outlive this object.
  Repl(Session& session, ScriptRunner& scripts, Signals& signals, Output& messages);

  Outcome Run(const std::string& history_path);

 private:
  std::string PromptText() const;
  Outcome Take(const std::string& line, LineEditor& editor);
  void Remember(LineEditor& editor);

  Session& session_;
  Signals& signals_;
  Output& messages_;
  Interpreter interpreter_;
  NameCache names_;
  std::string pending_;  // Lines of the statement that is not complete yet.
};

// Whether a statement may hold a password or key, which must not reach the history file.
bool HoldsSecret(std::string_view statement);

}  // namespace kalamdb::cli
