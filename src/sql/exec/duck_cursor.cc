// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_cursor.h"

#include <chrono>
#include <thread>
#include <utility>

#include "duckdb/main/client_context.hpp"
#include "duckdb/main/stream_query_result.hpp"

#include "sql/exec/duck_call.h"

namespace kalamdb::sql {

namespace {

// What to do while all tasks of the query are with the engine's own threads: they take
// microseconds when the query is small, so look again a few times before sleeping.
class Backoff {
 public:
  void Wait() {
    if (++rounds_ < kYields) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(kPause);
    }
  }
  void Reset() { rounds_ = 0; }

 private:
  static constexpr int kYields = 64;
  static constexpr std::chrono::microseconds kPause{50};
  int rounds_ = 0;
};

}  // namespace

DuckCursor::DuckCursor(duckdb::unique_ptr<duckdb::Connection> connection,
                       duckdb::shared_ptr<QueryState> state,
                       duckdb::unique_ptr<duckdb::PendingQueryResult> pending,
                       std::vector<ResultType> types)
    : connection_(std::move(connection)),
      state_(std::move(state)),
      pending_(std::move(pending)),
      types_(std::move(types)) {}

DuckCursor::~DuckCursor() { Close(); }

Status DuckCursor::Next(std::vector<types::Row>* rows) {
  rows->clear();
  if (connection_ == nullptr) {
    return {};
  }
  Status status = CallDuck(state_.get(), "run a query", [&] { return ReadNext(rows); });
  if (!status.ok() || rows->empty()) {
    rows->clear();
    Close();
  }
  return status;
}

Status DuckCursor::Start() {
  Backoff backoff;
  while (true) {
    state_->CheckCancelled();
    const duckdb::PendingExecutionResult progress = pending_->ExecuteTask();
    if (duckdb::PendingQueryResult::IsResultReady(progress)) {
      break;
    }
    if (progress == duckdb::PendingExecutionResult::BLOCKED) {
      pending_->WaitForTask();
    } else if (progress == duckdb::PendingExecutionResult::NO_TASKS_AVAILABLE) {
      backoff.Wait();
    } else {
      backoff.Reset();
    }
  }
  if (pending_->HasError()) {
    return state_->Translate(pending_->GetErrorObject());
  }
  result_ = pending_->Execute();
  pending_.reset();
  return result_->HasError() ? state_->Translate(result_->GetErrorObject()) : Status();
}

Status DuckCursor::RunToNextChunk() {
  if (result_->type != duckdb::QueryResultType::STREAM_RESULT) {
    return {};
  }
  auto& stream = result_->Cast<duckdb::StreamQueryResult>();
  Backoff backoff;
  while (stream.IsOpen()) {
    state_->CheckCancelled();
    const duckdb::StreamExecutionResult progress = stream.ExecuteTask();
    if (duckdb::StreamQueryResult::IsChunkReady(progress)) {
      break;
    }
    if (progress == duckdb::StreamExecutionResult::BLOCKED) {
      stream.WaitForTask();
    } else if (progress == duckdb::StreamExecutionResult::CHUNK_NOT_READY) {
      backoff.Wait();
    }
  }
  return stream.HasError() ? state_->Translate(stream.GetErrorObject()) : Status();
}

Status DuckCursor::ReadNext(std::vector<types::Row>* rows) {
  if (pending_ != nullptr) {
    KALAMDB_RETURN_IF_ERROR(Start());
  }
  KALAMDB_RETURN_IF_ERROR(RunToNextChunk());
  const auto chunk = result_->FetchRaw();
  if (result_->HasError()) {
    return state_->Translate(result_->GetErrorObject());
  }
  if (chunk != nullptr) {
    ReadChunk(*connection_->context, *chunk, types_, rows);
  }
  return {};
}

void DuckCursor::Close() {
  if (connection_ == nullptr) {
    return;
  }
  // Tasks on the engine's threads look at this; the destructors below wait for them.
  connection_->Interrupt();
  result_.reset();
  pending_.reset();
  connection_.reset();
  state_.reset();
}

}  // namespace kalamdb::sql
