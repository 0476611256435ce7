// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_cursor.h"

#include <chrono>
#include <thread>
#include <utility>

#include "sql/exec/duck_call.h"

namespace kalamdb::sql {

namespace {

using duckdb::PendingExecutionResult;

// While all tasks of the query are with the engine's own threads there is nothing to run here. Go
// on at once the first times, for a small query is done in microseconds, and then pause.
class Backoff {
 public:
  void Wait() {
    if (++rounds_ > kRoundsWithoutPause) {
      std::this_thread::sleep_for(kPause);
    }
  }
  void Reset() { rounds_ = 0; }

 private:
  static constexpr int kRoundsWithoutPause = 100;
  static constexpr std::chrono::microseconds kPause{50};
  int rounds_ = 0;
};

}  // namespace

DuckCursor::DuckCursor(RunningQuery query)
    : query_(std::make_unique<RunningQuery>(std::move(query))) {}

DuckCursor::~DuckCursor() { Close(); }

Status DuckCursor::Next(std::vector<types::Row>* rows) {
  rows->clear();
  if (query_ == nullptr) {
    return {};
  }
  Status status = CallDuck(query_->state.get(), "run a query", [&] { return RunToNextRows(rows); });
  if (!status.ok() || rows->empty()) {
    rows->clear();
    Close();
  }
  return status;
}

Status DuckCursor::RunToNextRows(std::vector<types::Row>* rows) {
  Backoff backoff;
  while (true) {
    query_->state->CheckCancelled();
    if (query_->buffer->Take(rows) || is_finished_) {
      return {};
    }
    query_->buffer->Resume();
    switch (query_->pending->ExecuteTask()) {
      case PendingExecutionResult::EXECUTION_ERROR:
        return query_->state->Translate(query_->pending->GetErrorObject());
      case PendingExecutionResult::EXECUTION_FINISHED:
        is_finished_ = true;
        break;
      case PendingExecutionResult::RESULT_NOT_READY:
        backoff.Reset();
        break;
      case PendingExecutionResult::NO_TASKS_AVAILABLE:
      case PendingExecutionResult::BLOCKED:
      case PendingExecutionResult::RESULT_READY:
        backoff.Wait();
        break;
    }
  }
}

void DuckCursor::Close() {
  if (query_ == nullptr) {
    return;
  }
  // Tasks on the engine's threads look at this; the connection waits for them.
  query_->connection->Interrupt();
  query_.reset();
}

}  // namespace kalamdb::sql
