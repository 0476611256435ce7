// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/request_grouper.h"
#include "cli/session.h"
#include "cli/statement_splitter.h"

namespace kalamdb::cli {

// Turns lines from one source - the keyboard, a file, -c - into requests and commands, and runs
// each as soon as it is complete. Confined to the main thread.
class Interpreter {
 public:
  // Both outlive this object.
  Interpreter(Session& session, Commands& commands, Source source)
      : session_(session), commands_(commands), source_(std::move(source)) {}

  // `line` without its line break. Stops at the first statement that does not succeed; the rest of
  // the line is dropped then, and an open transaction with it.
  Outcome FeedLine(std::string_view line);
  // Runs what has no semicolon behind it.
  Outcome Finish();
  // Forgets what is not complete.
  void Clear();

  StatementSplitter::Inside inside() const { return splitter_.inside(); }
  bool in_transaction() const { return grouper_.in_transaction(); }

 private:
  Outcome RunComplete();
  Outcome RunStatement(Statement statement);
  // Adds the line to a complaint about the input itself.
  Outcome Complain(const Status& status);

  Session& session_;
  Commands& commands_;
  Source source_;
  StatementSplitter splitter_;
  RequestGrouper grouper_;
};

}  // namespace kalamdb::cli
