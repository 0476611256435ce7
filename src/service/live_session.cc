// SPDX-License-Identifier: Apache-2.0
#include "service/live_session.h"

#include <algorithm>

#include <fmt/format.h>

#include "service/authorization.h"
#include "service/live_service_local.h"
#include "service/name_rules.h"

namespace kalamdb::service {

namespace {

constexpr uint32_t kBatchRowsDefault = 1'000;
// The newest rows are sent at once.
constexpr uint32_t kNewestRowsMax = 10'000;
// Pages are cut at this part of what may wait for a connection.
constexpr size_t kPagePart = 4;
constexpr std::string_view kHistoryLost =
    "deletions since that position are not known any more: subscribe without `from` and start over";

// The wire code of why a subscription was refused.
std::string_view SubscribeCode(StatusCode code) {
  switch (code) {
    case StatusCode::kInvalidSql:
    case StatusCode::kEmptySql:
    case StatusCode::kBatchParse:
    case StatusCode::kExecution:
    case StatusCode::kInvalidParameter:
    case StatusCode::kParametersWithBatch:
      return "INVALID_SQL";
    case StatusCode::kTableNotFound:
      return "NOT_FOUND";
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnauthenticated:
      return "UNAUTHORIZED";
    case StatusCode::kInvalidOperation:
      return "UNSUPPORTED";
    case StatusCode::kResourceExhausted:
      return "SUBSCRIPTION_LIMIT_EXCEEDED";
    default:
      return "SUBSCRIPTION_FAILED";
  }
}

// Failures of the server are for its log.
std::string ClientMessage(const Status& status) {
  switch (status.code()) {
    case StatusCode::kIoError:
    case StatusCode::kCorruption:
    case StatusCode::kInternal:
      return "the server could not read the rows";
    default:
      return status.message();
  }
}

// Whether `position` is from before the table was made: of a dropped one with its name, none of
// whose rows is left. 0 is the position of those who hold nothing.
bool IsOlderThan(const catalog::TableDef& table, CommitSeq position) {
  return position.value != 0 && SeqTimeMicros(position) / 1'000 < table.created_at / 1'000;
}

std::string OptionsJson(const SubscribeRequest& request) {
  if (!request.has_initial_data) {
    return {};
  }
  std::string json;
  const auto add = [&json](std::string_view name, uint64_t value) {
    json += fmt::format("{}\"{}\":{}", json.empty() ? "{" : ",", name, value);
  };
  if (request.batch_size.has_value()) {
    add("batch_size", *request.batch_size);
  }
  if (request.last_rows.has_value()) {
    add("last_rows", *request.last_rows);
  }
  if (request.from.has_value()) {
    add("from", request.from->value);
  }
  return json.empty() ? "{}" : json + "}";
}

}  // namespace

LiveConnection::LiveConnection(LocalLiveService& service, LiveSessionOptions options,
                               LiveSessionListener& listener)
    : service_(service),
      options_(std::move(options)),
      outbox_(std::make_shared<live::Outbox>(service.options().queue_bytes_max,
                                             service.parts().clock, *this)),
      last_heard_(service.parts().clock.WallMicros()),
      listener_(&listener) {
  const catalog::UserDefPtr user = service.parts().catalog.FindUser(options_.caller.user);
  if (user != nullptr && !user->deleted_at.has_value()) {
    stored_role = user->role;
  }
}

void LiveConnection::NoteActivity() {
  last_heard_.store(service_.parts().clock.WallMicros(), std::memory_order_relaxed);
}

void LiveConnection::OnFrames() {
  const MutexLock lock(listener_mu_);
  if (listener_ != nullptr) {
    listener_->OnFrames();
  }
}

void LiveConnection::AskToClose(uint16_t code, std::string_view reason) {
  const MutexLock lock(listener_mu_);
  if (listener_ != nullptr) {
    listener_->OnClose(code, reason);
  }
}

void LiveConnection::OnBehind(live::SubscriptionPtr subscription) {
  service_.Submit({.subscription = std::move(subscription), .failure = {}});
}

void LiveConnection::Send(std::string_view json) {
  outbox_->Send(live::Frame::Encode(json, options_.encoding));
}

void LiveConnection::SendError(std::string_view id, const WireFailure& failure) {
  Send(live::ErrorMessage(id, failure.code, failure.message));
}

std::vector<live::SubscriptionPtr> LiveConnection::subscriptions() const {
  const MutexLock lock(mu_);
  std::vector<live::SubscriptionPtr> all;
  all.reserve(entries_.size());
  for (const auto& [id, entry] : entries_) {
    all.push_back(entry.subscription);
  }
  return all;
}

std::optional<LiveConnection::Entry> LiveConnection::Find(std::string_view id) const {
  const MutexLock lock(mu_);
  const auto found = entries_.find(id);
  return found == entries_.end() ? std::nullopt : std::optional<Entry>(found->second);
}

bool LiveConnection::End(const live::SubscriptionPtr& subscription) {
  if (!outbox_->End(subscription)) {
    return false;
  }
  subscription->session->cancel->Cancel();
  service_.matcher_.Remove(subscription);
  service_.parts().changes.Unwant(subscription->table->id);
  service_.Release(options_.caller.user);
  const MutexLock lock(mu_);
  const auto found = entries_.find(subscription->id);
  if (found != entries_.end() && found->second.subscription == subscription) {
    entries_.erase(found);
  }
  return true;
}

bool LiveConnection::Fail(const live::SubscriptionPtr& subscription, std::string_view code,
                          std::string_view message) {
  if (!End(subscription)) {
    return false;
  }
  SendError(subscription->id, {.code = code, .message = std::string(message)});
  return true;
}

void LiveConnection::Close() {
  {
    const MutexLock lock(listener_mu_);
    listener_ = nullptr;
  }
  outbox_->Close();
  for (const live::SubscriptionPtr& subscription : subscriptions()) {
    End(subscription);
  }
}

LiveConnection::Outcome LiveConnection::CheckOptions(const SubscribeRequest& request) const {
  if (!request.last_rows.has_value() || request.from.has_value()) {
    return {};
  }
  if (*request.last_rows > request.batch_size.value_or(kBatchRowsDefault)) {
    return WireFailure{"UNSUPPORTED", "last_rows is larger than batch_size"};
  }
  if (*request.last_rows > kNewestRowsMax) {
    return WireFailure{"UNSUPPORTED", fmt::format("last_rows is at most {}", kNewestRowsMax)};
  }
  return {};
}

StatusOr<live::SubscriptionPtr> LiveConnection::Bind(SubscribeRequest& request,
                                                     sql::BoundLiveFilter* filter) {
  const LiveParts& parts = service_.parts();
  KALAMDB_ASSIGN_OR_RETURN(const sql::StatementPtr statement, service_.Parse(request.sql));
  const auto* select = std::get_if<sql::SelectStatement>(&statement->body);
  if (select == nullptr) {
    return Error(InvalidSql("only a SELECT can be subscribed to"));
  }
  KALAMDB_RETURN_IF_ERROR(
      Authorize(*statement, options_.caller, "default", parts.catalog, parts.system_tables));
  if (statement->parameter_count > request.parameters.size()) {
    return Error(
        InvalidParameter(fmt::format("the query uses ${}, but {} parameter(s) were given",
                                     statement->parameter_count, request.parameters.size())));
  }
  auto subscription = std::make_shared<live::Subscription>();
  KALAMDB_ASSIGN_OR_RETURN(sql::LiveQuery query, sql::AsLiveQuery(*select, options_.caller.user));
  subscription->query = std::make_shared<const sql::LiveQuery>(std::move(query));
  const QualifiedName name = Qualify(subscription->query->table, "default");
  if (IsSystemNamespace(name.namespace_id)) {
    return Error(
        InvalidOperation("'" + name.Text() + "' is computed when it is read: it has no changes"));
  }
  subscription->table = parts.catalog.FindTable(name.namespace_id, name.name);
  if (subscription->table == nullptr) {
    return Error(TableNotFound("Table not found: " + name.Text()));
  }
  KALAMDB_RETURN_IF_ERROR(CheckRead(*subscription->table, options_.caller));
  if (options_.caller.role < Role::kUser) {
    return Error(PermissionDenied("log in to subscribe"));
  }
  auto session = std::make_shared<sql::Session>();
  session->user = options_.caller.user;
  session->role = options_.caller.role;
  session->default_namespace = "default";
  session->statement_micros = parts.clock.WallMicros();
  session->parameters = std::move(request.parameters);
  session->cancel = std::make_shared<CancelToken>();
  subscription->created_at = session->statement_micros;
  subscription->delivery.updated_at = session->statement_micros;
  subscription->session = std::move(session);
  KALAMDB_ASSIGN_OR_RETURN(live::RowText text, live::RowText::Bind(subscription->table->schema(),
                                                                   subscription->query->items));
  subscription->text = std::make_shared<const live::RowText>(std::move(text));
  KALAMDB_ASSIGN_OR_RETURN(*filter, sql::BindLiveFilter(*subscription->query, subscription->table,
                                                        subscription->session, parts.duck));
  subscription->scope = sql::ScopeOf(*subscription->table, options_.caller.user);
  subscription->id = request.id;
  subscription->connection_id = options_.connection_id;
  subscription->live_id =
      options_.caller.user.value + "-" + options_.connection_id + "-" + request.id;
  subscription->sql = request.sql;
  subscription->options_json = OptionsJson(request);
  subscription->encoding = options_.encoding;
  subscription->outbox = outbox_;
  return subscription;
}

Status LiveConnection::FixMoment(store::SnapshotPtr* snapshot, CommitSeq* seq) {
  const LiveParts& parts = service_.parts();
  return parts.committer.RunExclusive([&] {
    *snapshot = parts.reader.TakeSnapshot();
    *seq = parts.committer.last_commit();
    return Status();
  });
}

StatusOr<live::Page> LiveConnection::Read(const live::Subscription& subscription,
                                          live::PageRequest request) {
  request.table = subscription.table;
  request.scope = subscription.scope;
  if (!request.is_newest) {
    request.bytes_max = outbox_->bytes_max() / kPagePart;
  }
  KALAMDB_ASSIGN_OR_RETURN(sql::BoundLiveFilter filter,
                           sql::BindLiveFilter(*subscription.query, subscription.table,
                                               subscription.session, service_.parts().duck));
  return live::ReadPage(service_.parts().reader, request, filter, *subscription.text,
                        subscription.session->cancel.get());
}

LiveConnection::Outcome LiveConnection::FailureOf(const StatusOr<live::Page>& page,
                                                  std::string_view (*code)(StatusCode)) {
  if (!page.has_value()) {
    return WireFailure{code(page.error().code()), ClientMessage(page.error())};
  }
  if (page->is_history_lost) {
    return WireFailure{"SNAPSHOT_REQUIRED", std::string(kHistoryLost)};
  }
  return {};
}

// Rows and deletions in the order of `_seq`: a deletion ends a batch. Only the last batch of the
// page says whether the client has to ask for more.
LiveConnection::PageMessages LiveConnection::Describe(const live::Subscription& subscription,
                                                      const live::Page& page, bool is_resync,
                                                      uint32_t* number) {
  PageMessages result;
  std::string rows;
  std::optional<CommitSeq> last;
  bool is_first = true;
  const auto flush = [&](bool is_last) {
    live::BatchControl control{.number = (*number)++, .last_seq = last};
    if (is_last && !page.has_more) {
      control.status = live::BatchStatus::kReady;
    } else if (is_resync) {
      control.status = live::BatchStatus::kResync;
    } else {
      control.has_more = is_last;
      control.status =
          control.number == 0 ? live::BatchStatus::kLoading : live::BatchStatus::kLoadingBatch;
    }
    result.messages.push_back(live::BatchMessage(subscription.id, rows, control));
    if (std::exchange(is_first, false)) {
      result.first = control;
    }
    rows.clear();
  };
  for (const live::PageItem& item : page.items) {
    if (item.is_gone && !rows.empty()) {
      flush(false);
    }
    last = item.seq;
    if (item.is_gone) {
      result.messages.push_back(live::ChangeMessage(subscription.id, live::DeleteBody(item.json)));
    } else {
      rows += rows.empty() ? "" : ",";
      rows += item.json;
    }
  }
  flush(true);
  return result;
}

LiveConnection::Outcome LiveConnection::LoadFirst(const Entry& entry,
                                                  const SubscribeRequest& request) {
  const live::Subscription& subscription = *entry.subscription;
  Load& load = *entry.load;
  // Changes are held since the subscription was added; what is committed by now is read.
  load.boundary = service_.parts().committer.last_commit();
  store::SnapshotPtr snapshot;
  if (load.is_reporting_gone) {
    if (IsOlderThan(*subscription.table, load.start)) {
      return WireFailure{"SNAPSHOT_REQUIRED", std::string(kHistoryLost)};
    }
    if (Status status = FixMoment(&snapshot, &load.boundary); !status.ok()) {
      return WireFailure{SubscribeCode(status.code()), ClientMessage(status)};
    }
  }
  outbox_->SetBoundary(entry.subscription, load.boundary);
  if (!load.has_initial_data) {
    Send(live::AckMessage(subscription.id, {}, subscription.text->columns()));
    load.is_done = true;
    outbox_->Activate(entry.subscription);
    return {};
  }
  live::PageRequest page_request{.snapshot = std::move(snapshot),
                                 .table = {},
                                 .scope = {},
                                 .after = load.start,
                                 .up_to = load.boundary,
                                 .rows_max = load.batch_rows};
  page_request.is_reporting_gone = load.is_reporting_gone;
  if (request.last_rows.has_value() && !request.from.has_value()) {
    page_request.is_newest = true;
    page_request.rows_max = *request.last_rows;
    page_request.bytes_max = SIZE_MAX;
  }
  StatusOr<live::Page> page = Read(subscription, std::move(page_request));
  if (Outcome failure = FailureOf(page, SubscribeCode); failure.has_value()) {
    return failure;
  }
  const PageMessages described = Describe(subscription, *page, false, &load.next_number);
  Send(live::AckMessage(subscription.id, described.first, subscription.text->columns()));
  for (const std::string& message : described.messages) {
    Send(message);
  }
  if (!page->has_more) {
    load.is_done = true;
    outbox_->Activate(entry.subscription);
  }
  return {};
}

LiveConnection::Outcome LiveConnection::TrySubscribe(SubscribeRequest& request) {
  if (Outcome failure = CheckOptions(request); failure.has_value()) {
    return failure;
  }
  const auto failed = [](const Status& status) {
    return WireFailure{SubscribeCode(status.code()), ClientMessage(status)};
  };
  sql::BoundLiveFilter filter;
  StatusOr<live::SubscriptionPtr> bound = Bind(request, &filter);
  if (!bound.has_value()) {
    return failed(bound.error());
  }
  const live::SubscriptionPtr& subscription = *bound;
  if (const std::optional<Entry> former = Find(request.id); former.has_value()) {
    End(former->subscription);
  }
  Entry entry{.subscription = subscription, .load = std::make_shared<Load>()};
  Load& load = *entry.load;
  load.has_initial_data = request.has_initial_data;
  load.batch_rows = request.batch_size.value_or(kBatchRowsDefault);
  load.is_reporting_gone = request.from.has_value();
  load.start = request.from.value_or(CommitSeq{0});
  {
    const MutexLock lock(mu_);
    if (entries_.size() >= service_.options().subscriptions_per_connection) {
      return WireFailure{"SUBSCRIPTION_LIMIT_EXCEEDED",
                         fmt::format("a connection has at most {} subscriptions",
                                     service_.options().subscriptions_per_connection)};
    }
  }
  if (Status status = service_.Reserve(options_.caller.user); !status.ok()) {
    return failed(status);
  }
  if (Status status = service_.WantTable(subscription->table->id); !status.ok()) {
    service_.parts().changes.Unwant(subscription->table->id);
    service_.Release(options_.caller.user);
    return failed(status);
  }
  {
    const MutexLock lock(mu_);
    entries_.insert_or_assign(request.id, entry);
  }
  service_.matcher_.Add(subscription, std::move(filter));
  if (outbox_->DeliveryOf(*subscription).phase == live::Phase::kEnded) {
    // The table was dropped meanwhile; the client knows.
    service_.matcher_.Remove(subscription);
    return {};
  }
  Outcome failure = LoadFirst(entry, request);
  if (failure.has_value()) {
    End(subscription);
  }
  return failure;
}

void LiveConnection::Subscribe(SubscribeRequest request) {
  NoteActivity();
  if (request.id.empty()) {
    SendError("invalid_subscription", {"INVALID_SUBSCRIPTION_ID", "the id is empty"});
    return;
  }
  if (const Outcome failure = TrySubscribe(request); failure.has_value()) {
    SendError(request.id, *failure);
  }
}

void LiveConnection::NextBatch(std::string_view id, std::optional<CommitSeq> last_seq) {
  NoteActivity();
  const std::optional<Entry> entry = Find(id);
  if (!entry.has_value() || !entry->load->has_initial_data) {
    SendError(id, {"BATCH_FETCH_FAILED", entry.has_value()
                                             ? "the subscription was made without initial data"
                                             : "there is no such subscription"});
    return;
  }
  Load& load = *entry->load;
  store::SnapshotPtr snapshot;
  if (load.is_reporting_gone && !load.is_done) {
    // The boundary moves with the pages: each shows the rows as of one moment.
    if (Status status = FixMoment(&snapshot, &load.boundary); !status.ok()) {
      SendError(id, {"BATCH_FETCH_FAILED", ClientMessage(status)});
      return;
    }
    outbox_->SetBoundary(entry->subscription, load.boundary);
  }
  live::PageRequest request{.snapshot = std::move(snapshot),
                            .table = {},
                            .scope = {},
                            .after = last_seq.value_or(load.start),
                            .up_to = load.boundary,
                            .rows_max = load.batch_rows};
  request.is_reporting_gone = load.is_reporting_gone;
  StatusOr<live::Page> page = Read(*entry->subscription, std::move(request));
  const Outcome failure =
      FailureOf(page, [](StatusCode) -> std::string_view { return "BATCH_FETCH_FAILED"; });
  if (failure.has_value()) {
    if (page.has_value()) {  // The history it needs is gone: no page will ever come.
      Fail(entry->subscription, failure->code, failure->message);
    } else {
      SendError(id, *failure);
    }
    return;
  }
  const PageMessages described = Describe(*entry->subscription, *page, false, &load.next_number);
  for (const std::string& message : described.messages) {
    Send(message);
  }
  if (!page->has_more && !std::exchange(load.is_done, true)) {
    outbox_->Activate(entry->subscription);
  }
}

void LiveConnection::Unsubscribe(std::string_view id) {
  NoteActivity();
  if (const std::optional<Entry> entry = Find(id); entry.has_value()) {
    End(entry->subscription);
  }
}

void LiveConnection::CatchUp(const live::SubscriptionPtr& subscription) {
  const std::optional<CommitSeq> position = outbox_->BeginCatchUp(subscription);
  if (!position.has_value()) {
    return;
  }
  store::SnapshotPtr snapshot;
  CommitSeq boundary;
  if (Status status = FixMoment(&snapshot, &boundary); !status.ok()) {
    Fail(subscription, SubscribeCode(status.code()), ClientMessage(status));
    return;
  }
  outbox_->SetBoundary(subscription, boundary);
  live::PageRequest request{.snapshot = std::move(snapshot),
                            .table = {},
                            .scope = {},
                            .after = *position,
                            .up_to = boundary,
                            .rows_max = kBatchRowsDefault};
  request.is_reporting_gone = true;
  StatusOr<live::Page> page = Read(*subscription, std::move(request));
  if (const Outcome failure = FailureOf(page, SubscribeCode); failure.has_value()) {
    Fail(subscription, failure->code, failure->message);
    return;
  }
  uint32_t number = 0;
  for (const std::string& message : Describe(*subscription, *page, true, &number).messages) {
    Send(message);
  }
  if (page->has_more) {
    outbox_->StayBehind(subscription, page->items.back().seq);
  } else {
    outbox_->Activate(subscription);
  }
}

}  // namespace kalamdb::service
