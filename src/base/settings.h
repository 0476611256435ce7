// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace kalamdb {

// Text that must not reach a log, a page or an error message: it can be read only by asking for it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

// When the write-ahead log is synced: before each acknowledgement, or in the background.
enum class SyncMode : uint8_t { kAlways, kInterval };
enum class LogLevel : uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kOff };
enum class LogFormat : uint8_t { kCompact, kPretty, kJson };
using LogLevels = std::map<std::string, LogLevel, std::less<>>;  // By module.

// Everything an operator can set, with the values that hold when nothing is set. What each field
// means and which values it takes is said once, in settings_table.cc; the field `storage.sync` here
// is the setting `storage.sync` there. A plain value.
struct Settings {
  std::chrono::seconds transaction_timeout_secs{300};
  uint64_t max_transaction_buffer_bytes = 100u << 20;

  struct Server {
    std::string host = "127.0.0.1";
    int64_t port = 8080;
    int64_t workers = 0;
    int64_t io_threads = 0;
  } server;

  struct Storage {
    std::string data_path = "./data";
    SyncMode sync = SyncMode::kAlways;
    std::chrono::milliseconds sync_interval_ms{100};
    std::string shared_tables_template = "{namespace}/{tableName}";
    std::string user_tables_template = "{namespace}/{tableName}/{userId}";
    struct RocksDb {
      uint64_t block_cache_size = 64u << 20;
      uint64_t write_buffer_size = 64u << 20;
      int64_t max_background_jobs = 2;
      int64_t max_open_files = 512;
    } rocksdb;
  } storage;

  struct Limits {
    int64_t default_query_limit = 0;
    int64_t max_query_limit = 0;
  } limits;

  struct Logging {
    LogLevel level = LogLevel::kInfo;
    LogFormat format = LogFormat::kCompact;
    bool log_to_console = true;
    bool log_to_file = true;
    std::string logs_path;
    uint64_t max_file_size = 64u << 20;
    int64_t max_files = 5;
    LogLevels targets;
    std::chrono::milliseconds slow_query_threshold_ms{1200};
  } logging;

  struct Performance {
    std::chrono::seconds request_timeout{30};
    std::chrono::seconds keepalive_timeout{75};
    std::chrono::seconds client_request_timeout{5};
    std::chrono::seconds client_disconnect_timeout{2};
    int64_t max_connections = 25'000;
    int64_t backlog = 4'096;
    uint64_t max_header_size = 16'384;
  } performance;

  struct Engine {
    uint64_t memory_limit = 512u << 20;
    int64_t threads = 0;
  } engine;

  struct Execution {
    std::chrono::seconds statement_timeout_seconds{0};
  } execution;

  struct RateLimit {
    int64_t max_queries_per_sec = 0;
    int64_t max_messages_per_sec = 50;
    int64_t max_auth_requests_per_ip_per_sec = 20;
    int64_t max_requests_per_ip_per_sec = 200;
    int64_t max_connections_per_ip = 100;
    int64_t max_subscriptions_per_user = 10;
    uint64_t request_body_limit_bytes = 10u << 20;
    std::chrono::seconds ban_duration_seconds{300};
    bool enable_connection_protection = true;
  } rate_limit;

  struct Auth {
    Secret root_password;
    Secret jwt_secret;
    std::chrono::hours jwt_expiry_hours{24};
    bool cookie_secure = true;
    int64_t bcrypt_cost = 12;
    bool enforce_password_complexity = false;
    bool allow_remote_setup = false;
  } auth;

  struct WebSocket {
    std::chrono::seconds auth_timeout_secs{3};
    std::chrono::seconds client_timeout_secs{10};
    std::chrono::seconds heartbeat_interval_secs{5};
    std::chrono::seconds token_expiry_grace_secs{60};
  } websocket;

  struct Security {
    std::vector<std::string> trusted_proxy_ranges;
    uint64_t max_ws_message_size = 1u << 20;
    bool strict_ws_origin_check = false;
    struct Cors {
      std::vector<std::string> allowed_origins;
      std::vector<std::string> allowed_methods = {"GET",    "POST",  "PUT",
                                                  "DELETE", "PATCH", "OPTIONS"};
      std::vector<std::string> allowed_headers = {"Authorization", "Content-Type", "Accept",
                                                  "Origin", "X-Requested-With"};
      std::vector<std::string> expose_headers;
      bool allow_credentials = false;
      std::chrono::seconds max_age{3600};
      bool allow_private_network = false;
    } cors;
  } security;

  struct Jobs {
    int64_t max_concurrent = 4;
    int64_t max_retries = 3;
    std::chrono::milliseconds retry_backoff_ms{100};
    int64_t retention_days = 30;
  } jobs;

  struct Retention {
    int64_t default_deleted_retention_hours = 168;
  } retention;

  struct Compaction {
    int64_t merge_segments = 8;
  } compaction;

  struct Live {
    uint64_t connection_queue_bytes = 1u << 20;
    uint64_t change_queue_bytes = 64u << 20;
    std::chrono::seconds slow_reader_timeout_secs{60};
  } live;

  struct Shutdown {
    std::chrono::milliseconds grace_ms{1'500};
  } shutdown;

  struct Cluster {
    int64_t node_id = 1;
  } cluster;
};

// Where settings are read from. Given by the caller, so that tests need no files in the working
// directory and no changes to the process environment.
struct SettingsInput {
  std::optional<std::string> file;                 // A TOML file that has to exist; none: defaults.
  std::map<std::string, std::string> environment;  // All of it; only KALAMDB_* is looked at.
};

enum class SettingSource : uint8_t { kDefault, kFile, kEnvironment };
std::string_view SettingSourceName(SettingSource source);  // "default", "file", "env".

struct LoadedSettings {
  Settings values;
  std::vector<std::string> warnings;  // One line each, for the log.
  // By name of the setting; those at their default are absent.
  std::map<std::string, SettingSource, std::less<>> sources;
};

// Reads the file, then the environment over it, then checks what holds between settings. The error
// is one line that names the setting, the value, the rule and where it was set.
StatusOr<LoadedSettings> LoadSettings(const SettingsInput& input);

// A row of system.settings and of SHOW.
struct SettingInfo {
  std::string name;
  std::string value;  // `***` for a secret that is set.
  std::string description;
  std::string category;
  std::string source;
};
// One row per setting, in the order of the table.
std::vector<SettingInfo> ListSettings(const LoadedSettings& loaded);

// True when nothing outside this machine can reach a server that listens on `host`.
bool IsLoopbackHost(std::string_view host);

}  // namespace kalamdb
