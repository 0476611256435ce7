// SPDX-License-Identifier: Apache-2.0
#include "service/live_service_local.h"

#include <algorithm>

#include <fmt/format.h>

namespace kalamdb::service {

namespace {

// How often users, tables and readers are looked at.
constexpr std::chrono::milliseconds kSweepInterval{500};

std::string_view PhaseName(live::Phase phase) {
  switch (phase) {
    case live::Phase::kLoading:
      return "loading";
    case live::Phase::kLive:
      return "live";
    case live::Phase::kBehind:
      return "behind";
    case live::Phase::kEnded:
      return "ended";
  }
  return "ended";
}

}  // namespace

// What the connection holds.
class LocalLiveService::Session final : public LiveSession {
 public:
  explicit Session(ConnectionPtr connection, LocalLiveService& service)
      : connection_(std::move(connection)), service_(service) {}
  ~Session() override {
    connection_->Close();
    service_.Forget(*connection_);
  }
  void Subscribe(SubscribeRequest request) override { connection_->Subscribe(std::move(request)); }
  void NextBatch(std::string_view id, std::optional<CommitSeq> last_seq) override {
    connection_->NextBatch(id, last_seq);
  }
  void Unsubscribe(std::string_view id) override { connection_->Unsubscribe(id); }
  void NoteActivity() override { connection_->NoteActivity(); }
  void Send(std::string_view json) override { connection_->Send(json); }
  bool TakeFrames(size_t bytes_max, std::vector<live::FramePtr>* frames) override {
    return connection_->outbox().Take(bytes_max, frames);
  }

 private:
  const ConnectionPtr connection_;
  LocalLiveService& service_;
};

LocalLiveService::LocalLiveService(const LiveParts& parts, const LiveOptions& options)
    : parts_(parts),
      options_(options),
      matcher_(parts.changes, parts.clock,
               [this](live::SubscriptionPtr subscription, const Status& status) {
                 Submit({.subscription = std::move(subscription), .failure = status});
               }) {
  thread_ = std::thread([this] { Run(); });
}

LocalLiveService::~LocalLiveService() { Stop(); }

void LocalLiveService::Stop() {
  matcher_.Stop();
  {
    const MutexLock lock(mu_);
    is_stopping_ = true;
    work_.NotifyAll();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

StatusOr<std::unique_ptr<LiveSession>> LocalLiveService::Open(LiveSessionOptions options,
                                                              LiveSessionListener& listener) {
  auto connection = std::make_shared<LiveConnection>(*this, std::move(options), listener);
  {
    const MutexLock lock(mu_);
    if (is_stopping_) {
      return Error(Unavailable("the server is stopping"));
    }
    if (connections_.size() >= options_.connections_max) {
      return Error(ResourceExhausted("there are too many connections"));
    }
    connections_.emplace(&connection->outbox(), connection);
  }
  return std::make_unique<Session>(std::move(connection), *this);
}

void LocalLiveService::Forget(LiveConnection& connection) {
  const MutexLock lock(mu_);
  connections_.erase(&connection.outbox());
}

StatusOr<sql::StatementPtr> LocalLiveService::Parse(const std::string& sql) {
  KALAMDB_ASSIGN_OR_RETURN(const sql::StatementList list, statements_.Parse(sql));
  if (list->size() != 1) {
    return Error(InvalidSql("a subscription has one statement"));
  }
  return list->front();
}

Status LocalLiveService::Reserve(const UserId& user) {
  const MutexLock lock(mu_);
  size_t& count = by_user_[user];
  if (count >= options_.subscriptions_per_user) {
    return ResourceExhausted(
        fmt::format("a user has at most {} subscriptions", options_.subscriptions_per_user));
  }
  ++count;
  return {};
}

void LocalLiveService::Release(const UserId& user) {
  const MutexLock lock(mu_);
  const auto count = by_user_.find(user);
  if (count != by_user_.end() && --count->second == 0) {
    by_user_.erase(count);
  }
}

// The commit thread asks whether a table is wanted when it checks a group, and tells of the group
// when it is written. Work of its own that runs between two groups is the proof that it will ask
// again: every commit that it does not tell of is then visible.
Status LocalLiveService::WantTable(TableId table) {
  parts_.changes.Want(table);
  if (!parts_.changes.IsSettled(table)) {
    KALAMDB_RETURN_IF_ERROR(parts_.committer.RunExclusive([] { return Status(); }));
    parts_.changes.Settle(table);
  }
  return {};
}

void LocalLiveService::Submit(Task task) {
  const MutexLock lock(mu_);
  tasks_.push_back(std::move(task));
  work_.NotifyOne();
}

LocalLiveService::ConnectionPtr LocalLiveService::FindConnection(const live::Outbox* outbox) const {
  const MutexLock lock(mu_);
  const auto found = connections_.find(outbox);
  return found == connections_.end() ? nullptr : found->second;
}

std::vector<LocalLiveService::ConnectionPtr> LocalLiveService::ListConnections() const {
  const MutexLock lock(mu_);
  std::vector<ConnectionPtr> all;
  all.reserve(connections_.size());
  for (const auto& [outbox, connection] : connections_) {
    all.push_back(connection);
  }
  return all;
}

void LocalLiveService::Run() {
  std::chrono::nanoseconds next_sweep = parts_.clock.Monotonic() + kSweepInterval;
  while (true) {
    std::deque<Task> tasks;
    {
      const MutexLock lock(mu_);
      if (tasks_.empty() && !is_stopping_) {
        work_.WaitFor(mu_, kSweepInterval);
      }
      if (is_stopping_) {
        return;
      }
      std::swap(tasks, tasks_);
    }
    for (Task& task : tasks) {
      RunTask(std::move(task));
    }
    if (const std::chrono::nanoseconds now = parts_.clock.Monotonic(); now >= next_sweep) {
      Sweep();
      next_sweep = now + kSweepInterval;
    }
  }
}

void LocalLiveService::RunTask(Task task) {
  const ConnectionPtr connection = FindConnection(task.subscription->outbox.get());
  if (connection == nullptr) {
    return;
  }
  if (task.failure.ok()) {
    connection->CatchUp(task.subscription);
  } else {
    connection->Fail(task.subscription, "SUBSCRIPTION_FAILED", task.failure.message());
  }
}

void LocalLiveService::Sweep() {
  for (const ConnectionPtr& connection : ListConnections()) {
    if (connection->stored_role.has_value()) {
      const catalog::UserDefPtr user = parts_.catalog.FindUser(connection->options().caller.user);
      if (user == nullptr || user->deleted_at.has_value()) {
        connection->AskToClose(kCloseUserChanged, "The user was dropped");
      } else if (user->role != *connection->stored_role) {
        connection->AskToClose(kCloseUserChanged, "The role of the user was changed");
      }
    }
    if (connection->outbox().state().waiting > options_.stuck_reader) {
      connection->AskToClose(kCloseSlowReader, "Messages are not read fast enough");
    }
    for (const live::SubscriptionPtr& subscription : connection->subscriptions()) {
      if (subscription->table->is_dropped->load(std::memory_order_acquire)) {
        connection->Fail(subscription, "NOT_FOUND",
                         "Table " + subscription->table->QualifiedName() + " was dropped");
      }
    }
  }
}

std::vector<catalog::LiveRow> LocalLiveService::List() const {
  std::vector<catalog::LiveRow> rows;
  for (const ConnectionPtr& connection : ListConnections()) {
    const live::OutboxState waiting = connection->outbox().state();
    for (const live::SubscriptionPtr& subscription : connection->subscriptions()) {
      const live::Delivery delivery = connection->outbox().DeliveryOf(*subscription);
      catalog::LiveRow& row = rows.emplace_back();
      row.live_id = subscription->live_id;
      row.connection_id = subscription->connection_id;
      row.subscription_id = subscription->id;
      row.namespace_id = subscription->table->namespace_id;
      row.table_name = subscription->table->name;
      row.user_id = connection->options().caller.user.value;
      row.query = subscription->sql;
      if (!subscription->options_json.empty()) {
        row.options = subscription->options_json;
      }
      row.status = PhaseName(delivery.phase);
      row.created_at = subscription->created_at;
      row.last_update = delivery.updated_at;
      row.last_ping_at = connection->last_heard();
      row.node_id = options_.node_id;
      row.changes = static_cast<int64_t>(delivery.changes);
      row.bytes = static_cast<int64_t>(delivery.bytes);
      row.resyncs = static_cast<int64_t>(delivery.resyncs);
      row.queue_length = static_cast<int64_t>(waiting.frames);
      row.queue_bytes = static_cast<int64_t>(waiting.bytes);
      row.lag_ms = std::chrono::duration_cast<std::chrono::milliseconds>(waiting.waiting).count();
    }
  }
  std::ranges::sort(rows, {}, &catalog::LiveRow::live_id);
  return rows;
}

size_t LocalLiveService::connection_count() const {
  const MutexLock lock(mu_);
  return connections_.size();
}

size_t LocalLiveService::subscription_count() const {
  const MutexLock lock(mu_);
  size_t count = 0;
  for (const auto& [user, subscriptions] : by_user_) {
    count += subscriptions;
  }
  return count;
}

Status LocalLiveService::Kill(std::string_view live_id) {
  for (const ConnectionPtr& connection : ListConnections()) {
    for (const live::SubscriptionPtr& subscription : connection->subscriptions()) {
      if (subscription->live_id == live_id &&
          connection->Fail(subscription, "KILLED", "the live query was killed")) {
        return {};
      }
    }
  }
  return NotFound("Live query '" + std::string(live_id) + "' not found");
}

}  // namespace kalamdb::service
