// SPDX-License-Identifier: Apache-2.0
#include "cli/repl.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "cli/display_text.h"

namespace kalamdb::cli {
namespace {

std::string LowerText(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// Words that people type to leave or to get help, when no statement is open.
std::string_view CommandFor(std::string_view line) {
  const std::string word = LowerText(line);
  if (word == "quit" || word == "exit" || word == "quit;" || word == "exit;") {
    return "\\q";
  }
  return word == "help" || word == "help;" ? "\\h" : std::string_view();
}

}  // namespace

bool HoldsSecret(std::string_view statement) {
  const std::string text = LowerText(statement);
  return text.find("password") != std::string::npos ||
         text.find("credentials") != std::string::npos || text.find("oauth") != std::string::npos;
}

Repl::Repl(Session& session, ScriptRunner& scripts, Signals& signals, Output& messages)
    : session_(session),
      signals_(signals),
      messages_(messages),
      interpreter_(session, scripts.commands(), {}),
      names_(session) {}

std::string Repl::PromptText() const {
  const std::string& chosen = session_.name_space();
  const std::string name =
      EscapeForTerminal(chosen.empty() ? "default" : chosen, LineBreaks::kEscape);
  const char mark = interpreter_.in_transaction() ? '*' : '=';
  switch (interpreter_.inside()) {
    case StatementSplitter::Inside::kNothing:
      return fmt::format("{}{}> ", name, mark);
    case StatementSplitter::Inside::kStatement:
      return fmt::format("{}-> ", name);
    case StatementSplitter::Inside::kQuote:
      return fmt::format("{}'> ", name);
    case StatementSplitter::Inside::kComment:
      return fmt::format("{}/> ", name);
  }
  return "> ";
}

void Repl::Remember(LineEditor& editor) {
  if (pending_.find_first_not_of(" \t\n") != std::string::npos && !HoldsSecret(pending_)) {
    if (const Status status = editor.AddHistory(pending_); !status.ok()) {
      messages_.Write("the history is not kept: " + status.message() + "\n").Ignore("a warning");
      messages_.Flush().Ignore("a warning");
    }
  }
  pending_.clear();
}

Outcome Repl::Take(const std::string& line, LineEditor& editor) {
  const bool is_fresh = interpreter_.inside() == StatementSplitter::Inside::kNothing;
  const std::string_view command = is_fresh ? CommandFor(line) : std::string_view();
  const Outcome outcome = interpreter_.FeedLine(command.empty() ? line : command);
  pending_ += pending_.empty() ? line : "\n" + line;
  if (interpreter_.inside() == StatementSplitter::Inside::kNothing) {
    Remember(editor);
    names_.Forget();
  }
  return outcome;
}

Outcome Repl::Run(const std::string& history_path) {
  const auto complete = [this](std::string_view before, std::string_view after) {
    const std::string statement = pending_.empty() ? std::string() : pending_ + "\n";
    return Complete(statement + std::string(before), after, names_);
  };
  const StatusOr<std::unique_ptr<LineEditor>> opened =
      LineEditor::Open(signals_, history_path, complete);
  if (!opened.has_value()) {
    return session_.Report(opened.error());
  }
  LineEditor& editor = **opened;
  while (true) {
    // A second Ctrl-C, pressed while a statement was already being cancelled, means nothing more.
    signals_.DropPendingInterrupt();
    std::string line;
    switch (editor.ReadLine(PromptText(), &line)) {
      case LineEditor::Event::kEnd:
        return Outcome::kQuit;
      case LineEditor::Event::kInterrupt:
        interpreter_.Clear();
        pending_.clear();
        continue;
      case LineEditor::Event::kLine:
        break;
    }
    const Outcome outcome = Take(line, editor);
    if (outcome == Outcome::kInterrupted && !signals_.is_terminating()) {
      messages_.Write("Cancelled.\n").Ignore("the terminal is gone");
      messages_.Flush().Ignore("the terminal is gone");
    }
    if (outcome == Outcome::kQuit || outcome == Outcome::kOutputClosed ||
        signals_.is_terminating()) {
      return outcome;
    }
  }
}

}  // namespace kalamdb::cli
