// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "cli/completion.h"
#include "cli/signals.h"

namespace kalamdb::cli {

// Asked when Tab is pressed, with the text of the line before and after the cursor.
using CompletionFunction =
    std::function<Completion(std::string_view before, std::string_view after)>;

// Lines typed at a terminal, with editing, history and completion. The history is a file of mode
// 0600 that holds the last kHistoryMax entries; each is appended when it is made, so that shells
// that run at the same time keep all of theirs. Confined to the main thread; one per process.
class LineEditor {
 public:
  static constexpr int kHistoryMax = 2000;

  enum class Event { kLine, kInterrupt, kEnd };

  // `signals` outlives the editor. Without `history_path`, the history lasts as long as the editor.
  static StatusOr<std::unique_ptr<LineEditor>> Open(Signals& signals, std::string history_path,
                                                    CompletionFunction complete);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // Waits for a line, without its line break. kInterrupt: Ctrl-C, the line is thrown away. kEnd:
  // Ctrl-D on an empty line, or a request to terminate.
  Event ReadLine(std::string_view prompt, std::string* line);
  // OK also when there is nowhere to write it to.
  Status AddHistory(const std::string& entry);

  // $XDG_STATE_HOME/kalam/history, or ~/.local/state/kalam/history; empty when the environment
  // names neither place.
  static std::string DefaultHistoryPath();

 private:
  class Impl;
  explicit LineEditor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace kalamdb::cli
