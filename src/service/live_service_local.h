// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "catalog/catalog.h"
#include "catalog/live_row.h"
#include "catalog/system_tables.h"
#include "live/change_queue.h"
#include "live/matcher.h"
#include "service/live_session.h"
#include "sql/exec/duck_engine.h"
#include "sql/parser/statement_cache.h"
#include "table/committer.h"
#include "table/reader.h"

namespace kalamdb::service {

struct LiveOptions {
  size_t queue_bytes_max = 1u << 20;  // Frames that wait for one connection.
  std::chrono::seconds stuck_reader{60};
  size_t subscriptions_per_user = 10;
  size_t subscriptions_per_connection = 100;
  size_t connections_max = 25'000;
  int64_t node_id = 1;
};

// What live queries work with; all of it outlives the service.
struct LiveParts {
  const catalog::Catalog& catalog;
  const catalog::SystemTables& system_tables;
  const table::TableReader& reader;
  table::Committer& committer;
  live::ChangeQueue& changes;
  sql::DuckEngine& duck;
  const Clock& clock;
};

// LiveService over the database in this process. Thread-safe. Besides the matcher's thread it has
// one that reads what slow connections missed, and that looks after users and tables that are gone.
class LocalLiveService final : public LiveService {
 public:
  LocalLiveService(const LiveParts& parts, const LiveOptions& options);
  // Stop()s. All sessions are gone by then.
  ~LocalLiveService();

  StatusOr<std::unique_ptr<LiveSession>> Open(LiveSessionOptions options,
                                              LiveSessionListener& listener) override;
  // The subscriptions there are.
  std::vector<catalog::LiveRow> List() const;
  size_t connection_count() const;
  size_t subscription_count() const;
  const LiveParts& parts() const { return parts_; }
  // Ends the subscription called so and tells its client. NotFound.
  Status Kill(std::string_view live_id);
  // Ends the threads. Idempotent.
  void Stop();

 private:
  friend class LiveConnection;
  class Session;
  using ConnectionPtr = std::shared_ptr<LiveConnection>;
  // Work for the thread of the service: to catch up, or to fail.
  struct Task {
    live::SubscriptionPtr subscription;
    Status failure;
  };

  // ---- For connections ----
  const LiveOptions& options() const { return options_; }
  StatusOr<sql::StatementPtr> Parse(const std::string& sql);
  // Counts the subscription of a user. ResourceExhausted when there are too many.
  Status Reserve(const UserId& user);
  void Release(const UserId& user);
  // Makes the table's changes known to the matcher, from the next commit on at the latest.
  Status WantTable(TableId table);
  void Forget(LiveConnection& connection);
  void Submit(Task task);

  void Run();
  void RunTask(Task task);
  void Sweep();
  ConnectionPtr FindConnection(const live::Outbox* outbox) const;
  std::vector<ConnectionPtr> ListConnections() const;

  const LiveParts parts_;
  const LiveOptions options_;
  sql::StatementCache statements_;
  mutable Mutex mu_;
  CondVar work_;
  std::unordered_map<const live::Outbox*, ConnectionPtr> connections_ KALAMDB_GUARDED_BY(mu_);
  std::unordered_map<UserId, size_t> by_user_ KALAMDB_GUARDED_BY(mu_);  // Subscriptions.
  std::deque<Task> tasks_ KALAMDB_GUARDED_BY(mu_);
  bool is_stopping_ KALAMDB_GUARDED_BY(mu_) = false;
  live::Matcher matcher_;
  std::thread thread_;
};

}  // namespace kalamdb::service
