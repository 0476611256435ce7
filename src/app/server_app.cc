// SPDX-License-Identifier: Apache-2.0
#include "app/server_app.h"

#include <atomic>
#include <utility>

#include "app/data_metrics.h"
#include "app/data_tier.h"
#include "app/server_options.h"
#include "app/sql_tier.h"
#include "base/clock.h"
#include "base/rng.h"
#include "jobs/job_runner.h"
#include "server/http_server.h"
#include "service/health.h"

namespace kalamdb::app {

namespace {

// The server can do its work as long as its store takes writes.
class StoreHealth final : public service::Health {
 public:
  explicit StoreHealth(const store::KvStore& store) : store_(store) {}
  bool IsHealthy() const override { return store_.IsHealthy(); }

 private:
  const store::KvStore& store_;
};

}  // namespace

// In the order in which they use each other; taken down in the reverse one.
struct ServerApp::Parts {
  SystemClock clock;
  std::unique_ptr<DataTier> data;
  std::unique_ptr<StoreHealth> health;
  Rng rng;
  std::unique_ptr<jobs::JobRunner> jobs;
  std::atomic<uint16_t> port{0};  // Once the server listens.
  std::unique_ptr<SqlTier> sql;
  std::unique_ptr<server::HttpServer> http;
  bool is_stopped = false;
  Status stop_status;

  // Handlers of jobs use all tiers, so they end before any of them goes, also after a failed start.
  ~Parts() {
    if (sql != nullptr) {
      sql->flush_scheduler().Stop();
    }
    if (jobs != nullptr) {
      jobs->Stop();
    }
  }
};

StatusOr<std::unique_ptr<ServerApp>> ServerApp::Start(const LoadedSettings& loaded,
                                                      const DataDir& data) {
  auto parts = std::make_unique<Parts>();
  KALAMDB_ASSIGN_OR_RETURN(server::ServerOptions options, MakeServerOptions(loaded.values));
  KALAMDB_ASSIGN_OR_RETURN(parts->data, DataTier::Open(loaded.values, data, parts->clock));
  parts->health = std::make_unique<StoreHealth>(parts->data->store());
  KALAMDB_ASSIGN_OR_RETURN(parts->jobs,
                           jobs::JobRunner::Open(parts->data->store(), parts->clock, parts->rng,
                                                 MakeJobOptions(loaded.values)));
  KALAMDB_ASSIGN_OR_RETURN(parts->sql, SqlTier::Open(loaded, data, *parts->data, *parts->jobs,
                                                     parts->clock, parts->port));
  parts->sql->RegisterHandlers(*parts->jobs);
  KALAMDB_RETURN_IF_ERROR(parts->jobs->Start());
  KALAMDB_RETURN_IF_ERROR(parts->sql->flush_scheduler().Start());
  options.engine_metrics = [tier = parts->data.get()](std::string* out) {
    AppendDataMetrics(*tier, out);
  };
  parts->http = std::make_unique<server::HttpServer>(
      std::move(options), server::ServerServices{.sql = parts->sql->sql(),
                                                 .users = parts->sql->users(),
                                                 .health = *parts->health,
                                                 .clock = parts->clock,
                                                 .live = &parts->sql->live()});
  KALAMDB_RETURN_IF_ERROR(parts->http->Start());
  parts->port = parts->http->port();
  return std::unique_ptr<ServerApp>(new ServerApp(std::move(parts)));
}

ServerApp::ServerApp(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ServerApp::~ServerApp() { Stop().Ignore("whoever wants to know has called Stop()"); }

uint16_t ServerApp::port() const { return parts_->http->port(); }

bool ServerApp::needs_setup() const { return parts_->sql->users().NeedsSetup(); }

Status ServerApp::Stop() {
  if (!std::exchange(parts_->is_stopped, true)) {
    parts_->http->Stop();
    parts_->sql->live().Stop();
    parts_->sql->flush_scheduler().Stop();
    parts_->jobs->Stop();
    parts_->stop_status = parts_->data->Stop();
  }
  return parts_->stop_status;
}

}  // namespace kalamdb::app
