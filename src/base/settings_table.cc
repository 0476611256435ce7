// SPDX-License-Identifier: Apache-2.0
#include "base/settings_table.h"

#include <algorithm>
#include <array>
#include <utility>

namespace kalamdb {

namespace {

constexpr std::array<std::string_view, 6> kLevels = {"trace", "debug", "info",
                                                     "warn",  "error", "off"};
constexpr std::array<std::string_view, 2> kSyncModes = {"always", "interval"};
constexpr std::array<std::string_view, 3> kLogFormats = {"compact", "pretty", "json"};

template <class E>
constexpr std::span<const std::string_view> NamesOf() {
  if constexpr (std::is_same_v<E, LogLevel>) {
    return kLevels;
  } else if constexpr (std::is_same_v<E, SyncMode>) {
    return kSyncModes;
  } else {
    static_assert(std::is_same_v<E, LogFormat>);
    return kLogFormats;
  }
}

// `Get` is a captureless lambda that returns the field of a Settings.
template <class Get>
constexpr Field MakeField(Get get) {
  using T = std::remove_reference_t<decltype(get(std::declval<Settings&>()))>;
  if constexpr (std::is_enum_v<T>) {
    return EnumField{
        .get = [](Settings& settings) { return static_cast<size_t>(Get{}(settings)); },
        .set = [](Settings& settings, size_t i) { Get{}(settings) = static_cast<T>(i); },
        .names = NamesOf<T>()};
  } else {
    return static_cast<FieldOf<T>>(get);
  }
}

// The name of a setting is the path of its field.
#define KALAMDB_SETTING(path) \
  .name = #path, .field = MakeField([](Settings & s) -> auto& { return s.path; })

constexpr int64_t kKiB = 1 << 10;
constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kGiB = 1 << 30;
constexpr int64_t kTiB = kGiB << 10;
constexpr int64_t kDaySeconds = 86'400;
constexpr int64_t kCountMax = 1'000'000'000;
constexpr SettingRange kSeconds = {0, 365 * kDaySeconds};

constexpr auto kSettings = std::to_array<Setting>({
    {KALAMDB_SETTING(transaction_timeout_secs), .range = {1, kDaySeconds},
     .description = "Time after which an open transaction is rolled back."},
    {KALAMDB_SETTING(max_transaction_buffer_bytes), .range = {64 * kKiB, 100 * kMiB},
     .description = "Bytes that an explicit transaction may write. Beyond: it is refused as a "
                    "whole."},

    {KALAMDB_SETTING(server.host),
     .description =
         "Address to listen on: an IP address or a host name. Any but a loopback address "
         "needs `security.cors.allowed_origins`."},
    {KALAMDB_SETTING(server.port), .range = {0, 65'535},
     .description = "Port to listen on. 0: any free one; it is printed at start."},
    {KALAMDB_SETTING(server.workers), .range = {0, 1'024},
     .description = "Threads that run statements and may wait for the disk. 0: two for each CPU, at least four."},
    {KALAMDB_SETTING(server.io_threads), .range = {0, 256},
     .description = "Threads that move bytes between sockets and requests. 0: one for every two "
                    "CPUs."},

    {KALAMDB_SETTING(storage.data_path),
     .description = "Directory of all data, created when missing. One server at a time.",
     .environment = "KALAMDB_DATA_DIR"},
    {KALAMDB_SETTING(storage.sync),
     .description =
         "When writes reach the disk. `always`: before they are acknowledged, many at a "
         "time. `interval`: every `storage.sync_interval_ms`; a power failure loses what "
         "was written since, a crash of the server alone loses nothing."},
    {KALAMDB_SETTING(storage.sync_interval_ms), .range = {1, 60'000},
     .description = "Time between syncs with `storage.sync = \"interval\"`."},
    {KALAMDB_SETTING(storage.shared_tables_template),
     .description = "Folder of a SHARED table below its storage. Has to hold {namespace} and "
                    "{tableName}."},
    {KALAMDB_SETTING(storage.user_tables_template),
     .description = "Folder of one user's part of a USER table below its storage. Has to hold "
                    "{namespace}, {tableName} and {userId}."},
    {KALAMDB_SETTING(storage.rocksdb.block_cache_size), .range = {kMiB, kTiB},
     .description = "Memory for blocks read from the hot tier."},
    {KALAMDB_SETTING(storage.rocksdb.write_buffer_size), .range = {64 * kKiB, 16 * kGiB},
     .description = "Memory that collects writes before they become a file of the hot tier."},
    {KALAMDB_SETTING(storage.rocksdb.max_background_jobs), .range = {1, 256},
     .description = "Compactions and memtable flushes of the hot tier that run at the same time."},
    {KALAMDB_SETTING(storage.rocksdb.max_open_files), .range = {16, 1'000'000},
     .description = "Files of the hot tier that stay open."},

    {KALAMDB_SETTING(limits.default_query_limit), .range = {0, kCountMax},
     .description = "Rows returned by a SELECT that has no LIMIT of its own. 0: all."},
    {KALAMDB_SETTING(limits.max_query_limit), .range = {0, kCountMax},
     .description = "Most rows that any SELECT returns. 0: no bound."},

    {KALAMDB_SETTING(logging.level), .description = "Least important messages that are logged.",
     .environment = "KALAMDB_LOG_LEVEL"},
    {KALAMDB_SETTING(logging.format),
     .description =
         "`compact`: a line of text. `pretty`: the same with thread and colours. `json`: an "
         "object on a line."},
    {KALAMDB_SETTING(logging.log_to_console), .description = "Log to standard error.",
     .environment = "KALAMDB_LOG_TO_CONSOLE"},
    {KALAMDB_SETTING(logging.log_to_file),
     .description = "Log to `server.log` (`server.jsonl` with the json format) in "
                    "`logging.logs_path`."},
    {KALAMDB_SETTING(logging.logs_path),
     .description = "Directory of log files, created when missing. Empty: `logs` in the data "
                    "directory.",
     .environment = "KALAMDB_LOGS_DIR"},
    {KALAMDB_SETTING(logging.max_file_size), .range = {64 * kKiB, 16 * kGiB},
     .description = "Size at which a log file is closed and a new one begun."},
    {KALAMDB_SETTING(logging.max_files), .range = {1, 1'000},
     .description = "Closed log files that are kept."},
    {KALAMDB_SETTING(logging.targets),
     .description = "Levels of single modules, such as `server = \"debug\"`. As text: "
                    "`server=debug,store=warn`."},
    {KALAMDB_SETTING(logging.slow_query_threshold_ms), .range = {0, 86'400'000},
     .description = "Statements that take longer are logged. 0: none."},

    {KALAMDB_SETTING(performance.request_timeout), .range = {1, kDaySeconds},
     .description =
         "Time in which the body of a request has to arrive, plus a second for every 4 KiB."},
    {KALAMDB_SETTING(performance.keepalive_timeout), .range = {1, kDaySeconds},
     .description = "Time that an idle connection stays open."},
    {KALAMDB_SETTING(performance.client_request_timeout), .range = {1, kDaySeconds},
     .description = "Time in which the head of a request has to arrive once it has begun."},
    {KALAMDB_SETTING(performance.client_disconnect_timeout), .range = {0, 3'600},
     .description = "Time that a connection ended by the server waits for the client to notice."},
    {KALAMDB_SETTING(performance.max_connections), .range = {1, 1'000'000},
     .description = "Open connections. Further ones are answered with 503."},
    {KALAMDB_SETTING(performance.backlog), .range = {1, 65'535},
     .description = "Connections that the system holds until the server takes them."},
    {KALAMDB_SETTING(performance.max_header_size), .range = {1'024, kMiB},
     .description = "Bytes of the head of a request."},

    {KALAMDB_SETTING(engine.memory_limit), .range = {16 * kMiB, 16 * kTiB},
     .description = "Memory of the query engine for joins, sorts and aggregates. A query beyond it "
                    "fails.",
     .alias = "datafusion.memory_limit"},
    {KALAMDB_SETTING(engine.threads), .range = {0, 1'024},
     .description = "Threads of the query engine. 0: one for each CPU.",
     .alias = "datafusion.query_parallelism"},

    {KALAMDB_SETTING(execution.statement_timeout_seconds), .range = kSeconds,
     .description = "Time after which the statements of a request are cancelled. 0: never.",
     .alias = "execution.handler_timeout_seconds"},

    {KALAMDB_SETTING(rate_limit.max_queries_per_sec), .range = {0, kCountMax},
     .description = "SQL requests of one user in a second. 0: no bound."},
    {KALAMDB_SETTING(rate_limit.max_messages_per_sec), .range = {0, kCountMax},
     .description = "WebSocket messages of one connection in a second. 0: no bound."},
    {KALAMDB_SETTING(rate_limit.max_auth_requests_per_ip_per_sec), .range = {0, kCountMax},
     .description = "Login, refresh and setup requests from one address in a second, and as many "
                    "WebSockets that authenticate. 0: no bound.",
     .environment = "KALAMDB_RATE_LIMIT_AUTH_REQUESTS_PER_IP_PER_SEC"},
    {KALAMDB_SETTING(rate_limit.enable_connection_protection),
     .description = "Apply the bounds below to clients from other machines."},
    {KALAMDB_SETTING(rate_limit.max_requests_per_ip_per_sec), .range = {0, kCountMax},
     .description = "Requests from one address in a second. 0: no bound."},
    {KALAMDB_SETTING(rate_limit.max_connections_per_ip), .range = {0, 1'000'000},
     .description = "Open connections from one address. 0: no bound."},
    {KALAMDB_SETTING(rate_limit.max_subscriptions_per_user), .range = {1, 1'000'000},
     .description = "Live queries of one user, over all connections."},
    {KALAMDB_SETTING(rate_limit.ban_duration_seconds), .range = kSeconds,
     .description = "How long an address that keeps breaking the bounds is refused."},
    {KALAMDB_SETTING(rate_limit.request_body_limit_bytes), .range = {kKiB, 4 * kGiB},
     .description = "Bytes of the body of a request."},

    {KALAMDB_SETTING(auth.root_password),
     .description =
         "Password of the user `root`, taken over at start while root has none. Better in "
         "the environment than in a file.",
     .environment = "KALAMDB_ROOT_PASSWORD"},
    {KALAMDB_SETTING(auth.jwt_secret),
     .description = "Key that signs access tokens, at least 32 characters. Unset: a random one is "
                    "made once and kept in `secrets/jwt` in the data directory.",
     .environment = "KALAMDB_JWT_SECRET"},
    {KALAMDB_SETTING(auth.jwt_expiry_hours), .range = {1, 8'760},
     .description = "Life of an access token. Refresh tokens live seven times as long.",
     .environment = "KALAMDB_JWT_EXPIRY_HOURS"},
    {KALAMDB_SETTING(auth.cookie_secure),
     .description = "Mark cookies `Secure` when the request came over https.",
     .environment = "KALAMDB_COOKIE_SECURE"},
    {KALAMDB_SETTING(auth.bcrypt_cost), .range = {4, 20},
     .description = "Work of hashing a password; each step doubles it."},
    {KALAMDB_SETTING(auth.enforce_password_complexity),
     .description = "Passwords need upper and lower case, a digit and a special character."},
    {KALAMDB_SETTING(auth.allow_remote_setup),
     .description = "Let other machines set the first password.",
     .environment = "KALAMDB_ALLOW_REMOTE_SETUP"},

    {KALAMDB_SETTING(websocket.auth_timeout_secs), .range = {1, 3'600},
     .description = "Time in which a WebSocket has to authenticate."},
    {KALAMDB_SETTING(websocket.client_timeout_secs), .range = {1, kDaySeconds},
     .description = "Silence of a client after which its WebSocket is closed."},
    {KALAMDB_SETTING(websocket.heartbeat_interval_secs), .range = {0, kDaySeconds},
     .description = "Silence of a client after which it is pinged, or half of "
                    "`websocket.client_timeout_secs` if that is shorter. 0: never."},
    {KALAMDB_SETTING(websocket.token_expiry_grace_secs), .range = {0, kDaySeconds},
     .description = "How long a WebSocket stays open after its token has expired, unless the "
                    "client sends a new one."},

    {KALAMDB_SETTING(security.max_ws_message_size), .range = {kKiB, 64 * kMiB},
     .description = "Bytes of a WebSocket message of a client."},
    {KALAMDB_SETTING(security.strict_ws_origin_check),
     .description = "Refuse WebSockets without an `Origin` field, which is all that are not opened "
                    "by a browser."},
    {KALAMDB_SETTING(security.trusted_proxy_ranges),
     .description =
         "Addresses or CIDR ranges of proxies whose `X-Forwarded-For` and `X-Real-IP` are "
         "believed. Loopback always is.",
     .environment = "KALAMDB_TRUSTED_PROXY_RANGES"},
    {KALAMDB_SETTING(security.cors.allowed_origins),
     .description =
         "Web pages that may call the server, such as `https://app.example.com`. Empty or "
         "`*`: any."},
    {KALAMDB_SETTING(security.cors.allowed_methods), .description = "Methods that pages may use."},
    {KALAMDB_SETTING(security.cors.allowed_headers),
     .description = "Request headers that pages may send."},
    {KALAMDB_SETTING(security.cors.expose_headers),
     .description = "Response headers that pages may read."},
    {KALAMDB_SETTING(security.cors.allow_credentials),
     .description = "Let pages send cookies. Default true when the file sets any other key "
                    "of this section."},
    {KALAMDB_SETTING(security.cors.max_age), .range = kSeconds,
     .description = "How long browsers remember the answer to a preflight request."},
    {KALAMDB_SETTING(security.cors.allow_private_network),
     .description = "Let public pages reach a server in a private network."},

    {KALAMDB_SETTING(jobs.max_concurrent), .range = {1, 64},
     .description = "Background jobs that run at the same time."},
    {KALAMDB_SETTING(jobs.max_retries), .range = {0, 1'000},
     .description = "Further attempts of a job after the disk failed or something was not "
                    "available for the moment."},
    {KALAMDB_SETTING(jobs.retry_backoff_ms), .range = {1, kDaySeconds * 1'000},
     .description = "Pause before the second attempt of a job. Each further pause is twice as "
                    "long, up to 10 minutes."},
    {KALAMDB_SETTING(jobs.retention_days), .range = {1, 36'500},
     .description = "Days for which `system.jobs` shows a finished job."},

    {KALAMDB_SETTING(retention.default_deleted_retention_hours), .range = {0, 24 * 36'500},
     .description = "How long deleted rows of tables without `deleted_retention` can be read by "
                    "naming `_deleted`; 0: for ever."},
    {KALAMDB_SETTING(compaction.merge_segments), .range = {2, 1'000},
     .description = "Parquet files of about the same size in one scope that are merged into one."},

    {KALAMDB_SETTING(live.connection_queue_bytes), .range = {4 * kKiB, kGiB},
     .description = "Bytes of changes that wait for one connection. Beyond: its live queries skip "
                    "them and read what they missed later."},
    {KALAMDB_SETTING(live.change_queue_bytes), .range = {64 * kKiB, 16 * kGiB},
     .description = "Bytes of committed changes that wait to be matched with live queries. Beyond: "
                    "the live queries of their tables read what they missed later."},
    {KALAMDB_SETTING(live.slow_reader_timeout_secs), .range = {1, kDaySeconds},
     .description = "How long messages may wait for a connection that takes none of them, before "
                    "it is closed."},

    {KALAMDB_SETTING(shutdown.grace_ms), .range = {0, 2'000},
     .description = "How long running requests may go on after SIGTERM before they are cancelled, "
                    "and after that before their connections are cut."},
    {KALAMDB_SETTING(cluster.node_id), .range = {1, 1'023},
     .description = "Number of this server in `_seq` values.", .environment = "KALAMDB_NODE_ID"},
});
#undef KALAMDB_SETTING

constexpr auto kAccepted = std::to_array<AcceptedSetting>({
    {"server.api_version"},
    {"server.enable_http2"},
    {"server.public_origin"},
    {"server.ui_path"},
    {"storage.remote_timeouts.*"},
    {"storage.rocksdb.cf_profiles.*"},
    {"storage.rocksdb.compact_on_startup"},
    {"storage.rocksdb.disable_wal"},
    {"storage.rocksdb.sync_writes"},
    {"limits.max_message_size"},
    {"logging.otlp.enabled", "KALAMDB_OTLP_ENABLED"},
    {"logging.otlp.endpoint", "KALAMDB_OTLP_ENDPOINT"},
    {"logging.otlp.protocol", "KALAMDB_OTLP_PROTOCOL"},
    {"logging.otlp.service_name", "KALAMDB_OTLP_SERVICE_NAME"},
    {"logging.otlp.timeout_ms", "KALAMDB_OTLP_TIMEOUT_MS"},
    {"performance.tokio_worker_threads", "KALAMDB_TOKIO_WORKER_THREADS"},
    {"performance.worker_max_blocking_threads"},
    {"datafusion.batch_size"},
    {"datafusion.max_partitions"},
    {"flush.check_interval_seconds"},
    {"flush.default_row_limit"},
    {"flush.default_time_interval"},
    {"flush.flush_batch_size"},
    {"manifest_cache.*"},
    {"retention.enable_dba_stats"},
    {"retention.dba_stats_retention_days"},
    {"stream.*"},
    {"topics.visibility_timeout_secs",
     "KALAMDB_TOPIC_VISIBILITY_TIMEOUT_SECS KALAMDB_VISIBILITY_TIMEOUT_SECS"},
    {"rate_limit.cache_max_entries"},
    {"rate_limit.cache_ttl_seconds"},
    {"auth.jwt_trusted_issuers", "KALAMDB_JWT_TRUSTED_ISSUERS"},
    {"auth.max_password_length"},
    {"auth.min_password_length"},
    {"auth.pg_auth_token", "KALAMDB_PG_AUTH_TOKEN"},
    {"oauth.*"},
    {"user_management.*"},
    {"shutdown.flush.timeout"},
    {"jobs.wal_cleanup_interval_seconds"},
    {"execution.max_parameter_size_bytes"},
    {"execution.max_parameters"},
    {"execution.sql_plan_cache_max_entries"},
    {"execution.sql_plan_cache_ttl_seconds"},
    {"security.max_request_body_size"},
    {"files.*"},
    {"cluster.api_addr"},
    {"cluster.cluster_id", "KALAMDB_CLUSTER_ID"},
    {"cluster.election_timeout_ms"},
    {"cluster.heartbeat_interval_ms"},
    {"cluster.max_snapshots_to_keep"},
    {"cluster.peer_wait_initial_delay_ms"},
    {"cluster.peer_wait_max_delay_ms"},
    {"cluster.peer_wait_max_retries"},
    {"cluster.peers"},
    {"cluster.reconnect_interval_ms"},
    {"cluster.replication_timeout_ms"},
    {"cluster.rpc_addr"},
    {"cluster.shared_shards"},
    {"cluster.snapshot_policy"},
    {"cluster.user_shards"},
    {"rpc_tls.ca_cert"},
    {"rpc_tls.enabled"},
    {"rpc_tls.require_client_cert"},
    {"rpc_tls.server_cert"},
    {"rpc_tls.server_key"},
});

constexpr auto kSectionAliases = std::to_array<SectionAlias>({{"authentication", "auth"}});

constexpr auto kOtherVariables = std::to_array<std::string_view>({
    "KALAMDB_BIN_DIR",
    "KALAMDB_CACHE",
    "KALAMDB_CREDENTIALS",
    "KALAMDB_DEPS_DIR",
    "KALAMDB_DRAFT",
    "KALAMDB_FAULT",
    "KALAMDB_FAULT_LIST",
    "KALAMDB_FAULT_POINTS",
    "KALAMDB_JOBS",
    "KALAMDB_PASSWORD",
    "KALAMDB_SKIP_APT",
    "KALAMDB_SOURCE_DIR",
    "KALAMDB_TEST_KEEP",
    "KALAMDB_URL",
    "KALAMDB_USER",
});

}  // namespace

const std::span<const std::string_view> kLogLevelNames = kLevels;

std::span<const Setting> AllSettings() { return kSettings; }
std::span<const AcceptedSetting> AcceptedSettings() { return kAccepted; }
std::span<const SectionAlias> SectionAliases() { return kSectionAliases; }
std::span<const std::string_view> OtherVariables() { return kOtherVariables; }

std::string_view Setting::category() const {
  const size_t dot = name.rfind('.');
  return dot == name.npos ? "general" : name.substr(0, dot);
}

std::string EnvironmentName(std::string_view setting_name) {
  std::string text = "KALAMDB_";
  for (const char c : setting_name) {
    text += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text;
}

std::vector<std::string> EnvironmentNames(std::string_view setting_name, std::string_view extra) {
  std::vector<std::string> names = {EnvironmentName(setting_name)};
  while (!extra.empty()) {
    const size_t space = std::min(extra.find(' '), extra.size());
    names.emplace_back(extra.substr(0, space));
    extra.remove_prefix(std::min(space + 1, extra.size()));
  }
  return names;
}

}  // namespace kalamdb
