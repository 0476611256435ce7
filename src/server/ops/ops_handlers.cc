// SPDX-License-Identifier: Apache-2.0
#include "server/ops/ops_handlers.h"

#include <array>
#include <cstdio>
#include <utility>

#include "server/http/http_metrics.h"
#include "types/json_codec.h"

namespace kalamdb::server {

using types::AppendJsonString;

namespace {

// Builds one JSON object, key by key.
class JsonObject {
 public:
  void Text(std::string_view key, std::string_view value) {
    Key(key);
    AppendJsonString(value, &text_);
  }
  // `value` is JSON: a number, null, true or an array.
  void Raw(std::string_view key, std::string_view value) {
    Key(key);
    text_ += value;
  }
  void Flag(std::string_view key, bool value) { Raw(key, value ? "true" : "false"); }
  std::string Take() { return std::move(text_) + "}"; }

 private:
  void Key(std::string_view key) {
    text_ += text_.size() == 1 ? "" : ",";
    AppendJsonString(key, &text_);
    text_ += ':';
  }

  std::string text_ = "{";
};

void Deny(std::string_view message, Exchange& exchange) {
  JsonObject body;
  body.Text("error", message);
  exchange.response().Set(403, body.Take());
  exchange.Finish();
}

std::string OneDecimal(double value) {
  std::array<char, 32> text{};
  const int size = std::snprintf(text.data(), text.size(), "%.1f", value);
  return {text.data(), static_cast<size_t>(size)};
}

}  // namespace

OpsHandlers::OpsHandlers(OpsOptions options, const service::Health& health,
                         Authenticator& authenticator, const Clock& clock, PortSource port,
                         MetricsSource metrics)
    : options_(std::move(options)),
      health_(health),
      authenticator_(authenticator),
      stats_(clock),
      port_(std::move(port)),
      metrics_(std::move(metrics)) {}

// "127.0.0.1:8080", "[::1]:8080".
std::string OpsHandlers::ApiAddress() const {
  const std::string& host = options_.api_host;
  const bool is_bare_v6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return (is_bare_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port_());
}

void OpsHandlers::Health(Exchange& exchange) {
  if (!exchange.request().client().IsLoopback()) {
    Deny("Access denied. Health endpoint is localhost-only.", exchange);
    return;
  }
  const bool is_healthy = health_.IsHealthy();
  JsonObject body;
  body.Text("status", is_healthy ? "healthy" : "unhealthy");
  body.Text("version", options_.version);
  body.Text("api_version", "v1");
  body.Text("build_date", options_.build_date);
  exchange.response().Set(is_healthy ? 200 : 503, body.Take());
  exchange.Finish();
}

void OpsHandlers::ClusterHealth(Exchange& exchange) {
  if (!exchange.request().client().IsLoopback()) {
    Deny("Access denied. Cluster health is localhost-only.", exchange);
    return;
  }
  const bool is_healthy = health_.IsHealthy();
  const std::string node_id = std::to_string(options_.node_id);
  JsonObject node;
  node.Raw("node_id", node_id);
  node.Text("role", "leader");
  node.Text("status", "active");
  node.Text("api_addr", ApiAddress());
  node.Flag("is_self", true);
  node.Flag("is_leader", true);
  node.Raw("replication_lag", "null");
  node.Raw("catchup_progress_pct", "null");
  node.Text("hostname", ProcessStats::HostName());
  node.Raw("memory_usage_mb", std::to_string(stats_.ResidentBytes() >> 20));
  node.Raw("cpu_usage_percent", OneDecimal(stats_.CpuPercent()));
  node.Raw("uptime_seconds", std::to_string(stats_.Uptime().count()));
  node.Text("uptime_human", HumanDuration(stats_.Uptime()));

  // A standalone node is one group that it leads by itself.
  JsonObject body;
  body.Text("status", is_healthy ? "healthy" : "unhealthy");
  body.Text("version", options_.version);
  body.Text("build_date", options_.build_date);
  body.Flag("is_cluster_mode", false);
  body.Text("cluster_id", "standalone");
  body.Raw("node_id", node_id);
  body.Flag("is_leader", true);
  body.Raw("total_groups", "1");
  body.Raw("groups_leading", "1");
  body.Raw("current_term", "1");
  body.Raw("last_applied", "null");
  body.Raw("millis_since_quorum_ack", "null");
  body.Raw("nodes", "[" + node.Take() + "]");
  exchange.response().Set(is_healthy ? 200 : 503, body.Take());
  exchange.Finish();
}

void OpsHandlers::Metrics(Exchange& exchange) {
  const Request& request = exchange.request();
  if (!request.client().IsLoopback()) {
    const auto user = authenticator_.FromBearer(request.Get(Header::kAuthorization));
    if (!user.has_value() || !IsAdmin(user->role)) {
      Deny("Access denied. Metrics are for localhost and for dba or system users.", exchange);
      return;
    }
  }
  std::string text;
  AppendMetric("process_resident_memory_bytes", "gauge", "Memory in use.",
               static_cast<double>(stats_.ResidentBytes()), &text);
  AppendMetric("process_cpu_seconds_total", "counter", "Processor time used.", stats_.CpuSeconds(),
               &text);
  AppendMetric("process_open_fds", "gauge", "Open file descriptors.",
               static_cast<double>(stats_.OpenFiles()), &text);
  AppendMetric("kalamdb_uptime_seconds", "gauge", "Time since start.",
               static_cast<double>(stats_.Uptime().count()), &text);
  AppendMetric("kalamdb_healthy", "gauge", "1 while writes are accepted.",
               health_.IsHealthy() ? 1 : 0, &text);
  metrics_(&text);
  exchange.response().Set(200, text);
  exchange.response().content_type = "text/plain; version=0.0.4; charset=utf-8";
  exchange.Finish();
}

void OpsHandlers::Root(Exchange& exchange) {
  JsonObject links;
  links.Text("sql", "/v1/api/sql");
  links.Text("login", "/v1/api/auth/login");
  links.Text("setup", "/v1/api/auth/status");
  links.Text("health", "/v1/api/healthcheck");
  JsonObject body;
  body.Text("name", "KalamDB");
  body.Text("version", options_.version);
  body.Text("api_version", "v1");
  body.Raw("links", links.Take());
  exchange.response().Set(200, body.Take());
  exchange.Finish();
}

}  // namespace kalamdb::server
