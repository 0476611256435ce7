// SPDX-License-Identifier: Apache-2.0
#include "server/sql/sql_handler.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "server/error_map.h"
#include "server/sql/envelope.h"
#include "server/sql/result_stream.h"
#include "server/sql/sql_body.h"

namespace kalamdb::server {

using service::SqlOutcome;
using service::SqlRequest;
using service::StatementResult;

namespace {

// A commit acknowledges a few counts; more than this is encoded by a worker.
constexpr size_t kResultsOnIoMax = 16;

bool IsSmall(const SqlOutcome& outcome) {
  return outcome.results.size() <= kResultsOnIoMax &&
         std::all_of(outcome.results.begin(), outcome.results.end(),
                     [](const StatementResult& result) { return result.rows == nullptr; });
}

std::string_view TokenErrorCode(TokenFailure failure) {
  switch (failure) {
    case TokenFailure::kMissing:
      return "MISSING_AUTHORIZATION";
    case TokenFailure::kExpired:
      return "TOKEN_EXPIRED";
    case TokenFailure::kMalformed:
    case TokenFailure::kMissingClaims:
    case TokenFailure::kInvalid:
      break;
  }
  return "INVALID_CREDENTIALS";
}

}  // namespace

SqlHandler::SqlHandler(service::SqlService& sql, Authenticator& authenticator, WorkerPool& workers,
                       const Clock& clock, uint32_t queries_per_user_per_sec)
    : sql_(sql),
      authenticator_(authenticator),
      workers_(workers),
      clock_(clock),
      queries_(clock, queries_per_user_per_sec) {}

double SqlHandler::Took(const Exchange& exchange) const {
  return ToMillis(clock_.Monotonic() - exchange.started_at());
}

void SqlHandler::Refuse(Exchange& exchange, int http_status, std::string_view code,
                        std::string_view message) {
  exchange.response().Set(http_status, SqlError(code, message, Took(exchange)));
  exchange.Finish();
}

void SqlHandler::Handle(Exchange& exchange) {
  const Request& request = exchange.request();
  auto user = authenticator_.FromBearer(request.Get(Header::kAuthorization));
  if (!user.has_value()) {
    Refuse(exchange, 401, TokenErrorCode(user.error().failure), user.error().message);
    return;
  }
  if (!queries_.Take(user->id)) {
    Refuse(exchange, 429, "RATE_LIMIT_EXCEEDED", "Too many queries per second. Please slow down.");
    return;
  }
  auto body = ParseSqlBody(request.Get(Header::kContentType), request.body());
  if (!body.has_value()) {
    const WireError& wire = ToWire(body.error().code());
    Refuse(exchange, wire.http_status, wire.code, WireMessage(body.error()));
    return;
  }
  const Call call{this, &exchange, IsAdmin(user->role)};
  sql_.Execute(SqlRequest{.caller = {std::move(user->id), user->role},
                          .sql = std::move(body->sql),
                          .parameters = std::move(body->parameters),
                          .namespace_id = std::move(body->namespace_id),
                          .cancel = exchange.cancel()},
               [call](SqlOutcome outcome) { call.handler->OnDone(call, std::move(outcome)); });
}

void SqlHandler::OnDone(Call call, SqlOutcome outcome) {
  if (workers_.IsWorker()) {
    Encode(call, outcome, &call.exchange->response());
    call.exchange->Finish();
    return;
  }
  if (IsSmall(outcome)) {
    call.exchange->FinishOnIo([call, moved = std::move(outcome)](Response& response) mutable {
      call.handler->Encode(call, moved, &response);
    });
    return;
  }
  // The commit thread must not read cursors: back to a worker.
  struct Continuation {
    Call call;
    SqlOutcome outcome;
  };
  workers_.Post({[](void* context) {
                   const std::unique_ptr<Continuation> c(static_cast<Continuation*>(context));
                   c->call.handler->OnDone(c->call, std::move(c->outcome));
                 },
                 new Continuation{call, std::move(outcome)}});
}

void SqlHandler::Encode(Call call, SqlOutcome& outcome, Response* response) {
  try {
    EncodeOutcome(call, outcome, response);
  } catch (const std::exception& error) {
    // Out of memory, in practice: a batch may have large results.
    LogError("server", "request {}: encoding the answer: {}", call.exchange->id(), error.what());
    response->Set(500, SqlError("INTERNAL_ERROR", "SQL request failed", Took(*call.exchange)));
  }
}

void SqlHandler::EncodeOutcome(Call call, SqlOutcome& outcome, Response* response) {
  response->Clear();
  if (!outcome.status.ok()) {
    EncodeFailure(call, outcome, response);
  } else if (outcome.results.size() == 1 && outcome.results.front().rows != nullptr) {
    EncodeStream(call, std::move(outcome.results.front()), response);
  } else {
    EncodeBatch(call, outcome, response);
  }
}

void SqlHandler::EncodeFailure(Call call, const SqlOutcome& outcome, Response* response) {
  const bool is_timeout =
      outcome.status.code() == StatusCode::kCancelled && call.exchange->is_timed_out();
  const Status status =
      is_timeout ? Timeout("the request took longer than the server allows") : outcome.status;
  const WireError& wire = ToWire(status.code());
  std::string message = WireMessage(status);
  if (wire.is_ours) {
    LogError("server", "request {}: {}", call.exchange->id(), status.ToString());
    if (!call.is_admin) {
      message = "SQL request failed (request " + call.exchange->id() + ")";
    }
  }
  if (outcome.failed_statement > 0) {
    message = "Statement " + std::to_string(outcome.failed_statement) + " failed: " + message;
  }
  std::optional<std::string_view> details;
  if (call.is_admin && !outcome.failed_sql.empty()) {
    details = outcome.failed_sql;
  }
  response->Set(wire.http_status, SqlErrorBody(wire.code, message, details, Took(*call.exchange)));
}

void SqlHandler::EncodeBatch(Call call, SqlOutcome& outcome, Response* response) {
  response->body = R"({"status":"success","results":[)";
  for (size_t i = 0; i < outcome.results.size(); ++i) {
    if (i > 0) {
      response->body += ',';
    }
    const Status status = AppendResult(outcome.results[i], call.is_admin,
                                       limits::kBatchResultBytesMax, &response->body);
    if (!status.ok()) {
      // The statements have run; the client has to know which result is missing.
      EncodeFailure(
          call,
          SqlOutcome{.status = status, .failed_statement = i + 1, .failed_sql = {}, .results = {}},
          response);
      return;
    }
  }
  response->body += R"(],"took":)";
  AppendTook(Took(*call.exchange), &response->body);
  response->body += '}';
}

void SqlHandler::EncodeStream(Call call, StatementResult result, Response* response) {
  auto stream = std::make_unique<ResultStream>(
      std::move(result),
      ResultStream::Options{.is_admin = call.is_admin,
                            .started_at = call.exchange->started_at(),
                            .request_id = call.exchange->id()},
      clock_);
  switch (stream->Next(&response->body)) {
    case BodyStream::State::kEnd:
      return;
    case BodyStream::State::kMore:
      stream->set_started();
      response->stream = std::move(stream);
      return;
    case BodyStream::State::kBroken: {
      // The only statement of the request failed while its first rows were read.
      const Request& request = call.exchange->request();
      auto body = ParseSqlBody(request.Get(Header::kContentType), request.body());
      EncodeFailure(call,
                    SqlOutcome{.status = stream->status(),
                               .failed_statement = 1,
                               .failed_sql = body.has_value() ? std::move(body->sql) : "",
                               .results = {}},
                    response);
      return;
    }
  }
}

}  // namespace kalamdb::server
