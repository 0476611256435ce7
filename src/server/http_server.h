// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/status.h"
#include "server/auth/auth_handlers.h"
#include "server/http/listener.h"
#include "server/ops/ops_handlers.h"
#include "server/sql/sql_handler.h"
#include "server/worker_pool.h"
#include "server/ws/ws_handler.h"
#include "service/health.h"
#include "service/live_service.h"
#include "service/sql_service.h"
#include "service/user_service.h"

namespace kalamdb::server {

// A plain value; app/ fills it from the settings.
struct ServerOptions {
  HttpOptions http;
  AuthOptions auth;
  WsOptions ws;
  OpsOptions ops;
  size_t workers = 0;  // Threads that run statements. 0: twice the cores, at least 4.
  uint32_t queries_per_user_per_sec = 0;        // 0: no limit. Beyond: 429.
  std::chrono::milliseconds stop_grace{2'000};  // See Listener::Stop().
  MetricsSource engine_metrics;                 // May be empty.
};

// What the server serves. All of it outlives the server. Calls come from several threads.
struct ServerServices {
  service::SqlService& sql;
  service::UserService& users;
  const service::Health& health;
  const Clock& clock;
  service::LiveService* live = nullptr;  // Null: /v1/ws answers 503.
};

// The HTTP API and the WebSocket of live queries on one address. Thread-safe.
//
//   HttpServer server(options, {sql_service, user_service, health, clock});
//   KALAMDB_RETURN_IF_ERROR(server.Start());
//   ...
//   server.Stop();  // Before the services are stopped.
class HttpServer {
 public:
  HttpServer(ServerOptions options, ServerServices services);
  ~HttpServer();

  Status Start() { return listener_.Start(); }
  uint16_t port() const { return listener_.port(); }
  // Refuses new connections, lets running requests end, joins all threads. After it no service is
  // called any more. May be called more than once.
  void Stop();

 private:
  RouteTable MakeRoutes();
  void AppendMetrics(std::string* out) const;

  const ServerOptions options_;
  WorkerPool workers_;
  Authenticator authenticator_;
  AuthHandlers auth_;
  SqlHandler sql_;
  OpsHandlers ops_;
  WsHandler ws_;
  const RouteTable routes_;
  Listener listener_;
};

}  // namespace kalamdb::server
