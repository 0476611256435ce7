// SPDX-License-Identifier: Apache-2.0
#include "app/server_options.h"

#include <algorithm>
#include <thread>

#include "app/build_info.h"

namespace kalamdb::app {

namespace {

size_t CpuCount() { return std::max<size_t>(1, std::thread::hardware_concurrency()); }

// What is set, or what is right for the machine.
size_t CountOr(int64_t count, size_t automatic) {
  return count > 0 ? static_cast<size_t>(count) : automatic;
}

server::CorsOptions MakeCorsOptions(const Settings::Security::Cors& cors) {
  return {.allowed_origins = cors.allowed_origins,
          .allowed_methods = cors.allowed_methods,
          .allowed_headers = cors.allowed_headers,
          .expose_headers = cors.expose_headers,
          .allow_credentials = cors.allow_credentials,
          .max_age = cors.max_age,
          .allow_private_network = cors.allow_private_network};
}

server::ProtectionOptions MakeProtectionOptions(const Settings::RateLimit& limits) {
  return {.is_enabled = limits.enable_connection_protection,
          .requests_per_ip_per_sec = static_cast<uint32_t>(limits.max_requests_per_ip_per_sec),
          .connections_per_ip = static_cast<uint32_t>(limits.max_connections_per_ip),
          .ban = limits.ban_duration_seconds};
}

StatusOr<server::HttpOptions> MakeHttpOptions(const Settings& settings) {
  KALAMDB_ASSIGN_OR_RETURN(server::CidrSet proxies,
                           server::CidrSet::Parse(settings.security.trusted_proxy_ranges));
  const Settings::Performance& performance = settings.performance;
  server::HttpOptions options;
  options.host = settings.server.host;
  options.port = static_cast<uint16_t>(settings.server.port);
  options.backlog = static_cast<int>(performance.backlog);
  options.io_threads = CountOr(settings.server.io_threads, std::max<size_t>(1, CpuCount() / 2));
  options.connections_max = static_cast<size_t>(performance.max_connections);
  options.header_bytes_max = static_cast<uint32_t>(performance.max_header_size);
  options.body_bytes_max = settings.rate_limit.request_body_limit_bytes;
  options.header_timeout = performance.client_request_timeout;
  options.body_timeout = performance.request_timeout;
  options.idle_timeout = performance.keepalive_timeout;
  options.linger_timeout = performance.client_disconnect_timeout;
  options.handler_timeout = settings.execution.statement_timeout_seconds;
  options.trusted_proxies = std::move(proxies);
  options.cors = MakeCorsOptions(settings.security.cors);
  options.protection = MakeProtectionOptions(settings.rate_limit);
  return options;
}

server::AuthOptions MakeAuthOptions(const Settings& settings) {
  return {.jwt_secret = settings.auth.jwt_secret.Reveal(),
          .access_lifetime = settings.auth.jwt_expiry_hours,
          .cookie_secure = settings.auth.cookie_secure,
          .allow_remote_setup = settings.auth.allow_remote_setup,
          .requests_per_ip_per_sec =
              static_cast<uint32_t>(settings.rate_limit.max_auth_requests_per_ip_per_sec)};
}

server::WsOptions MakeWsOptions(const Settings& settings) {
  server::WsOptions options;
  options.auth_timeout = settings.websocket.auth_timeout_secs;
  options.client_timeout = settings.websocket.client_timeout_secs;
  options.heartbeat_interval = settings.websocket.heartbeat_interval_secs;
  options.token_grace = settings.websocket.token_expiry_grace_secs;
  options.close_timeout = settings.performance.client_disconnect_timeout;
  options.message_bytes_max = settings.security.max_ws_message_size;
  options.messages_per_sec = static_cast<uint32_t>(settings.rate_limit.max_messages_per_sec);
  options.auths_per_ip_per_sec =
      static_cast<uint32_t>(settings.rate_limit.max_auth_requests_per_ip_per_sec);
  options.must_have_origin = settings.security.strict_ws_origin_check;
  return options;
}

server::OpsOptions MakeOpsOptions(const Settings& settings) {
  return {.version = std::string(BuildVersion()),
          .build_date = std::string(BuildDate()),
          .api_host = settings.server.host,
          .node_id = static_cast<uint64_t>(settings.cluster.node_id)};
}

}  // namespace

StatusOr<server::ServerOptions> MakeServerOptions(const Settings& settings) {
  server::ServerOptions options;
  KALAMDB_ASSIGN_OR_RETURN(options.http, MakeHttpOptions(settings));
  options.auth = MakeAuthOptions(settings);
  options.ws = MakeWsOptions(settings);
  options.ops = MakeOpsOptions(settings);
  options.workers = static_cast<size_t>(settings.server.workers);
  options.queries_per_user_per_sec = static_cast<uint32_t>(settings.rate_limit.max_queries_per_sec);
  options.stop_grace = settings.shutdown.grace_ms;
  return options;
}

store::StoreOptions MakeStoreOptions(const Settings& settings) {
  const Settings::Storage::RocksDb& rocksdb = settings.storage.rocksdb;
  return {.block_cache_bytes = rocksdb.block_cache_size,
          .write_buffer_bytes = rocksdb.write_buffer_size,
          .background_jobs = static_cast<int>(rocksdb.max_background_jobs),
          .open_files_max = static_cast<int>(rocksdb.max_open_files)};
}

table::CommitOptions MakeCommitOptions(const Settings& settings) {
  return {.sync = settings.storage.sync == SyncMode::kAlways ? table::SyncMode::kAlways
                                                             : table::SyncMode::kInterval,
          .sync_interval = settings.storage.sync_interval_ms};
}

jobs::JobRunnerOptions MakeJobOptions(const Settings& settings) {
  return {.node_id = settings.cluster.node_id,
          .concurrent_max = static_cast<size_t>(settings.jobs.max_concurrent),
          .retries_max = static_cast<int32_t>(settings.jobs.max_retries),
          .retry_backoff = settings.jobs.retry_backoff_ms,
          .retention = std::chrono::days(settings.jobs.retention_days)};
}

sql::DuckOptions MakeDuckOptions(const Settings& settings) {
  return {.memory_bytes_max = settings.engine.memory_limit,
          .threads = static_cast<uint32_t>(CountOr(settings.engine.threads, CpuCount()))};
}

service::LiveOptions MakeLiveOptions(const Settings& settings) {
  return {
      .queue_bytes_max = settings.live.connection_queue_bytes,
      .stuck_reader = settings.live.slow_reader_timeout_secs,
      .subscriptions_per_user = static_cast<size_t>(settings.rate_limit.max_subscriptions_per_user),
      .connections_max = static_cast<size_t>(settings.performance.max_connections),
      .node_id = settings.cluster.node_id};
}

std::string WebSocketUrl(const Settings& settings, uint16_t port) {
  std::string host = settings.server.host;
  if (host == "0.0.0.0" || host == "::") {
    host = "localhost";
  } else if (host.find(':') != std::string::npos) {
    host = "[" + host + "]";
  }
  return "ws://" + host + ":" + std::to_string(port) + "/v1/ws";
}

service::SqlServiceOptions MakeSqlOptions(const Settings& settings, Activity& activity) {
  return {.default_query_limit = static_cast<uint64_t>(settings.limits.default_query_limit),
          .max_query_limit = static_cast<uint64_t>(settings.limits.max_query_limit),
          .slow_statement = settings.logging.slow_query_threshold_ms,
          .transaction_timeout = settings.transaction_timeout_secs,
          .transaction_bytes_max = settings.max_transaction_buffer_bytes,
          .activity = &activity};
}

}  // namespace kalamdb::app
