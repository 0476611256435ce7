// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/activity.h"
#include "base/settings.h"
#include "jobs/job_runner.h"
#include "server/http_server.h"
#include "service/live_service_local.h"
#include "service/sql_service_local.h"
#include "sql/exec/duck_engine.h"
#include "store/kv_store.h"
#include "table/committer.h"

// Settings in the terms of the modules that they are for. The modules know nothing of Settings.
namespace kalamdb::app {

// InvalidArgument for what only the server itself can judge. `engine_metrics` is left empty.
StatusOr<server::ServerOptions> MakeServerOptions(const Settings& settings);
store::StoreOptions MakeStoreOptions(const Settings& settings);
table::CommitOptions MakeCommitOptions(const Settings& settings);
jobs::JobRunnerOptions MakeJobOptions(const Settings& settings);
sql::DuckOptions MakeDuckOptions(const Settings& settings);
service::LiveOptions MakeLiveOptions(const Settings& settings);
// Where clients find the WebSocket endpoint of a server that listens on `port`.
std::string WebSocketUrl(const Settings& settings, uint16_t port);
service::SqlServiceOptions MakeSqlOptions(const Settings& settings, Activity& activity);

}  // namespace kalamdb::app
