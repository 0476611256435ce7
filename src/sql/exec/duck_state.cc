// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_state.h"

#include "duckdb/common/exception.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/transaction/meta_transaction.hpp"

#include "sql/exec/duck_error.h"

namespace kalamdb::sql {

namespace {

constexpr const char* kStateKey = "kalamdb";
// Text of the exceptions that Throw() throws. No message of the library holds it.
constexpr const char* kMarker = "kalamdb status";

}  // namespace

duckdb::shared_ptr<QueryState> QueryState::Find(duckdb::ClientContext& context) {
  return context.registered_state->Get<QueryState>(kStateKey);
}

QueryState& QueryState::Get(duckdb::ClientContext& context) {
  const auto state = Find(context);
  if (!state) {
    throw duckdb::InvalidInputException("a query outside of the SQL engine");
  }
  return *state;  // The connection keeps it.
}

void QueryState::Attach(duckdb::ClientContext& context, duckdb::shared_ptr<QueryState> state) {
  context.registered_state->Insert(kStateKey, std::move(state));
}

void QueryState::CheckCancelled() const {
  if (is_cancelled()) {
    throw duckdb::InterruptException();
  }
}

void QueryState::Throw(Status status) {
  {
    const MutexLock lock(mu_);
    failure_ = std::move(status);
  }
  throw duckdb::InvalidInputException(kMarker);
}

Status QueryState::Translate(const duckdb::ErrorData& error) {
  if (error.RawMessage().find(kMarker) != std::string::npos) {
    const MutexLock lock(mu_);
    if (!failure_.ok()) {
      return failure_;
    }
  }
  if (is_cancelled()) {
    return cancel_->Check();
  }
  return FromDuckError(error);
}

void QueryState::TransactionBegin(duckdb::MetaTransaction& begun, duckdb::ClientContext&) {
  begun.start_timestamp = duckdb::timestamp_t(scope_->statement_micros());
}

Status TranslateDuckError(QueryState* state, const duckdb::ErrorData& error) {
  return state == nullptr ? FromDuckError(error) : state->Translate(error);
}

}  // namespace kalamdb::sql
