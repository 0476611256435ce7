// SPDX-License-Identifier: Apache-2.0
#include "cli/interpreter.h"

#include <utility>

namespace kalamdb::cli {

Outcome Interpreter::FeedLine(std::string_view line) {
  if (splitter_.inside() == StatementSplitter::Inside::kNothing && Commands::IsCommand(line)) {
    const Outcome outcome = commands_.Run(line);
    // For the count of lines.
    const Status counted = splitter_.Feed("\n");
    return counted.ok() ? outcome : Complain(counted);
  }
  Status status = splitter_.Feed(line);
  if (status.ok()) {
    status = splitter_.Feed("\n");
  }
  return status.ok() ? RunComplete() : Complain(status);
}

Outcome Interpreter::RunComplete() {
  while (std::optional<Statement> statement = splitter_.Next()) {
    const Outcome outcome = RunStatement(*std::move(statement));
    if (outcome != Outcome::kOk) {
      Clear();
      return outcome;
    }
  }
  return Outcome::kOk;
}

Outcome Interpreter::RunStatement(Statement statement) {
  if (!grouper_.in_transaction() && IsSubscribe(statement.text)) {
    return session_.Subscribe(statement.text);
  }
  const StatusOr<std::optional<Request>> request = grouper_.Add(std::move(statement));
  if (!request.has_value()) {
    return Complain(request.error());
  }
  return request->has_value() ? session_.Run(**request, source_) : Outcome::kOk;
}

Outcome Interpreter::Finish() {
  if (std::optional<Statement> statement = splitter_.Finish()) {
    const Outcome outcome = RunStatement(*std::move(statement));
    if (outcome != Outcome::kOk) {
      Clear();
      return outcome;
    }
  }
  const std::optional<Request> request = grouper_.Finish();
  return request.has_value() ? session_.Run(*request, source_) : Outcome::kOk;
}

void Interpreter::Clear() {
  splitter_.Clear();
  grouper_.Clear();
}

Outcome Interpreter::Complain(const Status& status) {
  Clear();
  return session_.Report(InvalidArgument(status.message()));
}

}  // namespace kalamdb::cli
