// SPDX-License-Identifier: Apache-2.0
#include "service/sql_service_local.h"

#include <algorithm>
#include <future>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/log.h"
#include "service/authorization.h"

namespace kalamdb::service {

namespace {

constexpr std::string_view kDefaultNamespace = "default";

std::string NamespaceOf(const SqlRequest& request) {
  return request.namespace_id.empty() ? std::string(kDefaultNamespace)
                                      : types::AsciiLower(request.namespace_id);
}

bool IsChange(const sql::Statement& statement) {
  return std::holds_alternative<sql::InsertStatement>(statement.body) ||
         std::holds_alternative<sql::UpdateStatement>(statement.body) ||
         std::holds_alternative<sql::DeleteStatement>(statement.body);
}

std::string ChangeMessage(const sql::Statement& statement, uint64_t row_count) {
  const char* verb = std::holds_alternative<sql::InsertStatement>(statement.body)   ? "Inserted "
                     : std::holds_alternative<sql::UpdateStatement>(statement.body) ? "Updated "
                                                                                    : "Deleted ";
  return verb + std::to_string(row_count) + " row(s)";
}

StatementResult MessageResult(std::string message, const UserId& user) {
  StatementResult result;
  result.message = std::move(message);
  result.as_user = user;
  return result;
}

StatementResult RowsResult(sql::QueryResult query, const UserId& user) {
  StatementResult result;
  result.columns = std::move(query.columns);
  result.rows = std::move(query.rows);
  result.as_user = user;
  return result;
}

StatementResult ChangedResult(const sql::Statement& statement, sql::ChangeResult change,
                              const UserId& user) {
  if (change.returning.has_value()) {
    return RowsResult(std::move(*change.returning), user);
  }
  StatementResult result = MessageResult(ChangeMessage(statement, change.row_count), user);
  result.row_count = change.row_count;
  return result;
}

// Ends after a number of rows: limits.default_query_limit and limits.max_query_limit.
class LimitedCursor final : public types::RowCursor {
 public:
  LimitedCursor(std::unique_ptr<types::RowCursor> rows, uint64_t limit)
      : rows_(std::move(rows)), left_(limit) {}
  Status Next(std::vector<types::Row>* rows) override {
    rows->clear();
    if (left_ == 0) {
      return {};
    }
    KALAMDB_RETURN_IF_ERROR(rows_->Next(rows));
    if (rows->size() > left_) {
      rows->resize(left_);
    }
    left_ -= rows->size();
    return {};
  }

 private:
  std::unique_ptr<types::RowCursor> rows_;
  uint64_t left_;
};

size_t MemorySize(const types::Row& row) {
  size_t bytes = row.size() * sizeof(types::Value);
  for (const types::Value& value : row) {
    bytes += value.is_string() ? value.AsString().size() : 0;
  }
  return bytes;
}

}  // namespace

// The statements of one request, run in order on one thread.
class LocalSqlService::Batch {
 public:
  Batch(LocalSqlService& service, const SqlRequest& request)
      : service_(service), request_(request), namespace_(NamespaceOf(request)) {}

  SqlOutcome Run(const std::vector<sql::StatementPtr>& statements);

 private:
  StatusOr<StatementResult> RunOne(const sql::StatementPtr& statement, const Caller& caller);
  StatusOr<StatementResult> RunOwn(const sql::Statement& statement, const Caller& caller);
  StatusOr<StatementResult> Select(const sql::SelectStatement& select, const Caller& caller);
  StatusOr<StatementResult> Change(const sql::StatementPtr& statement, const Caller& caller);
  StatusOr<std::string> BeginTransaction();
  StatusOr<std::string> EndTransaction(bool is_commit);
  Status CheckTransaction(const sql::Statement& statement) const;
  // Reads all rows of a result, because the next statement must not wait for the client.
  Status Complete(StatementResult* result);
  sql::SessionPtr MakeSession(const Caller& caller) const;

  LocalSqlService& service_;
  const SqlRequest& request_;
  std::string namespace_;
  std::optional<sql::Transaction> transaction_;
  std::chrono::nanoseconds transaction_begin_{};
  size_t completed_bytes_ = 0;
};

sql::SessionPtr LocalSqlService::Batch::MakeSession(const Caller& caller) const {
  auto session = std::make_shared<sql::Session>();
  session->user = caller.user;
  session->role = caller.role;
  session->default_namespace = namespace_;
  session->statement_micros = service_.clock_.WallMicros();
  session->parameters = request_.parameters;
  session->cancel = request_.cancel;
  return session;
}

Status LocalSqlService::Batch::Complete(StatementResult* result) {
  if (result->rows == nullptr) {
    return {};
  }
  std::vector<types::Row> all;
  std::vector<types::Row> next;
  while (true) {
    KALAMDB_RETURN_IF_ERROR(result->rows->Next(&next));
    if (next.empty()) {
      break;
    }
    for (types::Row& row : next) {
      completed_bytes_ += MemorySize(row);
      all.push_back(std::move(row));
    }
    if (completed_bytes_ > limits::kBatchResultBytesMax) {
      return ResourceExhausted(
          "the results of the batch are larger than " +
          std::to_string(limits::kBatchResultBytesMax >> 20) +
          " MiB; send the query alone, then its rows are streamed without a limit");
    }
  }
  result->rows = std::make_unique<types::VectorCursor>(std::move(all));
  return {};
}

StatusOr<std::string> LocalSqlService::Batch::BeginTransaction() {
  if (transaction_.has_value()) {
    return Error(Conflict("the request already has an active transaction"));
  }
  transaction_.emplace();
  transaction_->id = service_.values_.UuidV7();
  transaction_begin_ = service_.clock_.Monotonic();
  service_.executor_.Begin(*transaction_);
  return "Transaction started (" + transaction_->id + ")";
}

StatusOr<std::string> LocalSqlService::Batch::EndTransaction(bool is_commit) {
  if (!transaction_.has_value()) {
    return Error(
        InvalidOperation("there is no active transaction in this request; transactions "
                         "begin and end within one request"));
  }
  sql::Transaction ended = std::move(*transaction_);
  transaction_.reset();
  if (!is_commit) {
    return "Transaction rolled back (" + ended.id + ")";
  }
  KALAMDB_RETURN_IF_ERROR(service_.executor_.Commit(ended));
  return "Transaction committed (" + ended.id + ")";
}

Status LocalSqlService::Batch::CheckTransaction(const sql::Statement& statement) const {
  if (!transaction_.has_value()) {
    return {};
  }
  if (service_.clock_.Monotonic() - transaction_begin_ > service_.options_.transaction_timeout) {
    return Timeout("the transaction took longer than " +
                   std::to_string(service_.options_.transaction_timeout.count()) +
                   " seconds and was rolled back");
  }
  const bool is_definition = !IsChange(statement) &&
                             !std::holds_alternative<sql::SelectStatement>(statement.body) &&
                             !std::holds_alternative<sql::UseNamespace>(statement.body) &&
                             !std::holds_alternative<sql::Show>(statement.body) &&
                             !std::holds_alternative<sql::Describe>(statement.body) &&
                             !std::holds_alternative<sql::ExecuteAs>(statement.body) &&
                             !std::holds_alternative<sql::Begin>(statement.body) &&
                             !std::holds_alternative<sql::Commit>(statement.body) &&
                             !std::holds_alternative<sql::Rollback>(statement.body);
  if (is_definition) {
    return InvalidOperation(
        "only queries, INSERT, UPDATE and DELETE may run in a transaction; COMMIT or ROLLBACK "
        "first");
  }
  return {};
}

StatusOr<StatementResult> LocalSqlService::Batch::Select(const sql::SelectStatement& select,
                                                         const Caller& caller) {
  KALAMDB_ASSIGN_OR_RETURN(
      sql::QueryResult query,
      service_.executor_.Select(select, MakeSession(caller),
                                transaction_.has_value() ? &*transaction_ : nullptr));
  const SqlServiceOptions& options = service_.options_;
  uint64_t limit = select.has_limit ? 0 : options.default_query_limit;
  if (options.max_query_limit > 0) {
    limit = limit == 0 ? options.max_query_limit : std::min(limit, options.max_query_limit);
  }
  if (limit > 0 && !select.is_explain) {
    query.rows = std::make_unique<LimitedCursor>(std::move(query.rows), limit);
  }
  return RowsResult(std::move(query), caller.user);
}

StatusOr<StatementResult> LocalSqlService::Batch::Change(const sql::StatementPtr& statement,
                                                         const Caller& caller) {
  std::promise<StatusOr<sql::ChangeResult>> promise;
  service_.executor_.Change(
      statement, MakeSession(caller), transaction_.has_value() ? &*transaction_ : nullptr,
      [&](StatusOr<sql::ChangeResult> result) { promise.set_value(std::move(result)); });
  KALAMDB_ASSIGN_OR_RETURN(sql::ChangeResult change, promise.get_future().get());
  if (transaction_.has_value() &&
      transaction_->staged->byte_size() > service_.options_.transaction_bytes_max) {
    return Error(ResourceExhausted("the transaction writes more than " +
                                   std::to_string(service_.options_.transaction_bytes_max) +
                                   " bytes; split it into smaller ones"));
  }
  return ChangedResult(*statement, std::move(change), caller.user);
}

StatusOr<StatementResult> LocalSqlService::Batch::RunOwn(const sql::Statement& statement,
                                                         const Caller& caller) {
  StatementServices& services = service_.services_;
  StatusOr<std::string> message = std::visit(
      [&](const auto& body) -> StatusOr<std::string> {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, sql::CreateNamespace>) {
          return services.namespaces.Create(body);
        } else if constexpr (std::is_same_v<Body, sql::DropNamespace>) {
          return services.namespaces.Drop(body);
        } else if constexpr (std::is_same_v<Body, sql::UseNamespace>) {
          KALAMDB_ASSIGN_OR_RETURN(std::string text, services.namespaces.Use(body));
          namespace_ = types::AsciiLower(body.name);
          return text;
        } else if constexpr (std::is_same_v<Body, sql::CreateTable>) {
          return services.tables.Create(body, namespace_, caller);
        } else if constexpr (std::is_same_v<Body, sql::DropTable>) {
          return services.tables.Drop(body, namespace_);
        } else if constexpr (std::is_same_v<Body, sql::CreateUser>) {
          return services.users.Create(body, caller);
        } else if constexpr (std::is_same_v<Body, sql::AlterUser>) {
          return services.users.Alter(body, caller);
        } else if constexpr (std::is_same_v<Body, sql::DropUser>) {
          return services.users.Drop(body, caller);
        } else if constexpr (std::is_same_v<Body, sql::CreateStorage>) {
          return services.storages.Create(body);
        } else if constexpr (std::is_same_v<Body, sql::AlterStorage>) {
          return services.storages.Alter(body);
        } else if constexpr (std::is_same_v<Body, sql::DropStorage>) {
          return services.storages.Drop(body);
        } else if constexpr (std::is_same_v<Body, sql::KillJob>) {
          return services.jobs.Kill(body);
        } else if constexpr (std::is_same_v<Body, sql::KillLiveQuery>) {
          return services.live.Kill(body);
        } else if constexpr (std::is_same_v<Body, sql::StorageCommand>) {
          return services.jobs.Run(body, namespace_);
        } else if constexpr (std::is_same_v<Body, sql::Begin>) {
          return BeginTransaction();
        } else if constexpr (std::is_same_v<Body, sql::Commit>) {
          return EndTransaction(/*is_commit=*/true);
        } else if constexpr (std::is_same_v<Body, sql::Rollback>) {
          return EndTransaction(/*is_commit=*/false);
        } else {
          return Error(Internal("a statement without a service"));
        }
      },
      statement.body);
  if (!message.has_value()) {
    return std::unexpected(std::move(message).error());
  }
  return MessageResult(std::move(*message), caller.user);
}

StatusOr<StatementResult> LocalSqlService::Batch::RunOne(const sql::StatementPtr& statement,
                                                         const Caller& caller) {
  KALAMDB_RETURN_IF_ERROR(CheckTransaction(*statement));
  if (const auto* select = std::get_if<sql::SelectStatement>(&statement->body)) {
    return Select(*select, caller);
  }
  if (IsChange(*statement)) {
    return Change(statement, caller);
  }
  if (const auto* show = std::get_if<sql::Show>(&statement->body)) {
    KALAMDB_ASSIGN_OR_RETURN(
        ShowResult shown,
        service_.services_.show.Run(*show, namespace_, caller, request_.cancel.get()));
    return RowsResult(
        {std::move(shown.columns), std::make_unique<types::VectorCursor>(std::move(shown.rows))},
        caller.user);
  }
  if (const auto* subscribe = std::get_if<sql::Subscribe>(&statement->body)) {
    KALAMDB_ASSIGN_OR_RETURN(ShowResult shown,
                             service_.services_.live.Describe(*subscribe, caller));
    return RowsResult({std::move(shown.columns),
                       std::make_unique<types::VectorCursor>(std::move(shown.rows))},
                      caller.user);
  }
  if (const auto* describe = std::get_if<sql::Describe>(&statement->body)) {
    KALAMDB_ASSIGN_OR_RETURN(ShowResult shown,
                             service_.services_.show.Run(*describe, namespace_, caller));
    return RowsResult(
        {std::move(shown.columns), std::make_unique<types::VectorCursor>(std::move(shown.rows))},
        caller.user);
  }
  if (const auto* execute_as = std::get_if<sql::ExecuteAs>(&statement->body)) {
    KALAMDB_ASSIGN_OR_RETURN(const Caller target,
                             EffectiveCaller(*execute_as, caller, service_.catalog_));
    return RunOne(execute_as->inner, target);
  }
  return RunOwn(*statement, caller);
}

SqlOutcome LocalSqlService::Batch::Run(const std::vector<sql::StatementPtr>& statements) {
  SqlOutcome outcome;
  for (size_t i = 0; i < statements.size(); ++i) {
    const std::chrono::nanoseconds begin = service_.clock_.Monotonic();
    Status status = request_.cancel->Check();
    if (status.ok()) {
      StatusOr<StatementResult> result = RunOne(statements[i], request_.caller);
      if (result.has_value()) {
        if (statements.size() > 1) {
          status = Complete(&*result);
        }
        outcome.results.push_back(std::move(*result));
      } else {
        status = std::move(result).error();
      }
    }
    service_.LogWhenSlow(*statements[i], request_.caller.user, begin);
    if (!status.ok()) {
      outcome.results.clear();
      outcome.failed_statement = i + 1;
      outcome.failed_sql = statements[i]->text;
      outcome.status = std::move(status);
      return outcome;
    }
  }
  if (transaction_.has_value()) {
    outcome.results.clear();
    outcome.status = InvalidOperation(
        "Request completed with an open explicit transaction; rolled back automatically");
  }
  return outcome;
}

StatusOr<sql::StatementList> LocalSqlService::Admit(const SqlRequest& request,
                                                    SqlOutcome* outcome) {
  KALAMDB_ASSIGN_OR_RETURN(sql::StatementList statements, cache_.Parse(request.sql));
  if (statements->size() > 1 && !request.parameters.empty()) {
    return Error(ParametersWithBatch("parameters can be used with a single statement only"));
  }
  std::string namespace_id = NamespaceOf(request);
  for (size_t i = 0; i < statements->size(); ++i) {
    const sql::Statement& statement = *(*statements)[i];
    Status status = Authorize(statement, request.caller, namespace_id, catalog_, system_tables_);
    if (status.ok() && statement.parameter_count > request.parameters.size()) {
      status = InvalidParameter("the statement uses $" + std::to_string(statement.parameter_count) +
                                ", but " + std::to_string(request.parameters.size()) +
                                " parameter(s) were given");
    }
    if (!status.ok()) {
      outcome->failed_statement = i + 1;
      outcome->failed_sql = statement.text;
      return Error(std::move(status));
    }
    if (const auto* use = std::get_if<sql::UseNamespace>(&statement.body)) {
      namespace_id = types::AsciiLower(use->name);
    }
  }
  return statements;
}

void LocalSqlService::LogWhenSlow(const sql::Statement& statement, const UserId& user,
                                  std::chrono::nanoseconds begin) const {
  constexpr size_t kLoggedTextMax = 200;
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Monotonic() - begin);
  if (options_.slow_statement.count() == 0 || took < options_.slow_statement) {
    return;
  }
  // The text of other statements may hold a password.
  const bool is_showable =
      IsChange(statement) || std::holds_alternative<sql::SelectStatement>(statement.body);
  LogWarn("sql", "slow statement: {} ms, user {}: {}", took.count(), user.value,
          is_showable ? statement.text.substr(0, kLoggedTextMax) : "(text not shown)");
}

void LocalSqlService::RunSingleChange(const sql::StatementPtr& statement, SqlRequest request,
                                      SqlDone done) {
  auto session = std::make_shared<sql::Session>();
  session->user = request.caller.user;
  session->role = request.caller.role;
  session->default_namespace = NamespaceOf(request);
  session->statement_micros = clock_.WallMicros();
  session->parameters = std::move(request.parameters);
  session->cancel = std::move(request.cancel);
  const std::chrono::nanoseconds begin = clock_.Monotonic();
  executor_.Change(
      statement, session, nullptr,
      [this, statement, session, begin,
       done = std::move(done)](StatusOr<sql::ChangeResult> result) mutable {
        SqlOutcome outcome;
        if (result.has_value()) {
          outcome.results.push_back(ChangedResult(*statement, std::move(*result), session->user));
        } else {
          outcome.status = std::move(result).error();
          outcome.failed_statement = 1;
          outcome.failed_sql = statement->text;
        }
        LogWhenSlow(*statement, session->user, begin);
        done(std::move(outcome));
      });
}

void LocalSqlService::Execute(SqlRequest request, SqlDone done) {
  if (options_.activity != nullptr) {
    options_.activity->NoteRequest();
  }
  SqlOutcome outcome;
  StatusOr<sql::StatementList> statements = Admit(request, &outcome);
  if (!statements.has_value()) {
    outcome.status = std::move(statements).error();
    return done(std::move(outcome));
  }
  if ((*statements)->size() == 1 && IsChange(*(*statements)->front())) {
    return RunSingleChange((*statements)->front(), std::move(request), std::move(done));
  }
  done(Batch(*this, request).Run(**statements));
}

}  // namespace kalamdb::service
