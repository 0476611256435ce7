// SPDX-License-Identifier: Apache-2.0
#include "server/http_server.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/limits.h"
#include "server/auth/auth_answer.h"
#include "server/sql/envelope.h"

namespace kalamdb::server {

namespace {

constexpr size_t kAuthBodyBytesMax = 2u << 20;
// No body at all would do; clients may send `{}`.
constexpr size_t kNoBodyBytesMax = 64u << 10;

size_t WorkerCount(size_t wanted) {
  return wanted != 0 ? wanted : std::max<size_t>(4, 2 * std::thread::hardware_concurrency());
}

}  // namespace

HttpServer::HttpServer(ServerOptions options, ServerServices services)
    : options_(std::move(options)),
      workers_(WorkerCount(options_.workers), limits::kWorkerQueueMax),
      authenticator_(options_.auth.jwt_secret, services.users, services.clock),
      auth_(options_.auth, services.users, authenticator_, services.clock, options_.http.cors),
      sql_(services.sql, authenticator_, workers_, services.clock,
           options_.queries_per_user_per_sec),
      ops_(
          options_.ops, services.health, authenticator_, services.clock,
          [this] { return listener_.port(); }, [this](std::string* out) { AppendMetrics(out); }),
      ws_(options_.ws, options_.http.cors, authenticator_, services.live, services.clock),
      routes_(MakeRoutes()),
      listener_(services.clock, options_.http, routes_, workers_) {}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::Stop() {
  listener_.Stop(options_.stop_grace);
  workers_.Stop();
}

// Every endpoint is one row here.
RouteTable HttpServer::MakeRoutes() {
  const auto to_auth = [this](void (AuthHandlers::*handle)(Exchange&)) {
    return [this, handle](Exchange& exchange) { (auth_.*handle)(exchange); };
  };
  const auto to_ops = [this](void (OpsHandlers::*handle)(Exchange&)) {
    return [this, handle](Exchange& exchange) { (ops_.*handle)(exchange); };
  };
  const auto get = Method::kGet;
  const auto post = Method::kPost;
  const auto io = RunOn::kIo;
  const auto worker = RunOn::kWorker;
  const ErrorBody auth_error = &AuthErrorBody;
  const ErrorBody plain = &PlainError;
  return RouteTable({
      {post, "/v1/api/sql", worker, &SqlError, 0, [this](Exchange& e) { sql_.Handle(e); }},
      {post, "/v1/api/auth/login", worker, auth_error, kAuthBodyBytesMax,
       to_auth(&AuthHandlers::Login)},
      {post, "/v1/api/auth/refresh", worker, auth_error, kAuthBodyBytesMax,
       to_auth(&AuthHandlers::Refresh)},
      {post, "/v1/api/auth/logout", io, auth_error, kAuthBodyBytesMax,
       to_auth(&AuthHandlers::Logout)},
      {get, "/v1/api/auth/me", worker, auth_error, kNoBodyBytesMax, to_auth(&AuthHandlers::Me)},
      {post, "/v1/api/auth/setup", worker, auth_error, kAuthBodyBytesMax,
       to_auth(&AuthHandlers::Setup)},
      {get, "/v1/api/auth/status", worker, auth_error, kNoBodyBytesMax,
       to_auth(&AuthHandlers::SetupStatus)},
      {get, "/v1/ws", io, plain, kNoBodyBytesMax, [this](Exchange& e) { ws_.Handle(e); }},
      {get, "/health", io, plain, kNoBodyBytesMax, to_ops(&OpsHandlers::Health)},
      {get, "/v1/api/healthcheck", io, plain, kNoBodyBytesMax, to_ops(&OpsHandlers::Health)},
      {get, "/v1/api/cluster/health", worker, plain, kNoBodyBytesMax,
       to_ops(&OpsHandlers::ClusterHealth)},
      {get, "/metrics", worker, plain, kNoBodyBytesMax, to_ops(&OpsHandlers::Metrics)},
      {get, "/", io, plain, kNoBodyBytesMax, to_ops(&OpsHandlers::Root)},
  });
}

void HttpServer::AppendMetrics(std::string* out) const {
  listener_.metrics().AppendText(out);
  ws_.metrics().AppendText(out);
  AppendMetric("kalamdb_worker_queue_depth", "gauge", "Requests that wait for a worker.",
               static_cast<double>(workers_.queue_depth()), out);
  AppendMetric("kalamdb_worker_threads", "gauge", "Threads that run statements.",
               static_cast<double>(workers_.thread_count()), out);
  if (options_.engine_metrics) {
    options_.engine_metrics(out);
  }
}

}  // namespace kalamdb::server
