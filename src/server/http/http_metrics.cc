// SPDX-License-Identifier: Apache-2.0
#include "server/http/http_metrics.h"

#include <algorithm>
#include <charconv>

namespace kalamdb::server {

namespace {

void AppendNumber(double value, std::string* out) {
  std::array<char, 32> text{};
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  out->append(text.data(), result.ptr);
}

void AppendHeader(std::string_view name, std::string_view type, std::string_view help,
                  std::string* out) {
  *out += "# HELP ";
  *out += name;
  *out += ' ';
  *out += help;
  *out += "\n# TYPE ";
  *out += name;
  *out += ' ';
  *out += type;
  *out += '\n';
}

double Get(const auto& counter) {
  return static_cast<double>(counter.load(std::memory_order_relaxed));
}

}  // namespace

void AppendMetric(std::string_view name, std::string_view type, std::string_view help, double value,
                  std::string* out) {
  AppendHeader(name, type, help, out);
  *out += name;
  *out += ' ';
  AppendNumber(value, out);
  *out += '\n';
}

HttpMetrics::HttpMetrics(const RouteTable& routes)
    : routes_(routes), counters_(std::make_unique<RouteCounters[]>(routes.routes().size() + 1)) {}

void HttpMetrics::CountRequest(const Route* route, int status, std::chrono::nanoseconds duration) {
  const size_t index = route == nullptr ? routes_.routes().size() : routes_.IndexOf(*route);
  RouteCounters& counters = counters_[index];
  const int clamped = std::clamp(status, kStatusMin, kStatusEnd - 1);
  counters.by_status[static_cast<size_t>(clamped - kStatusMin)].fetch_add(
      1, std::memory_order_relaxed);
  const int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  const auto bucket = std::lower_bound(kBuckets.begin(), kBuckets.end(), us) - kBuckets.begin();
  counters.by_duration[static_cast<size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  counters.duration_us_total.fetch_add(static_cast<uint64_t>(us), std::memory_order_relaxed);
}

std::string HttpMetrics::LabelOf(size_t index) const {
  if (index == routes_.routes().size()) {
    return R"(method="",route="")";
  }
  const Route& route = routes_.routes()[index];
  return "method=\"" + std::string(MethodName(route.method)) + "\",route=\"" + route.path + "\"";
}

void HttpMetrics::AppendRequests(std::string* out) const {
  AppendHeader("kalamdb_http_requests_total", "counter", "Requests answered.", out);
  for (size_t i = 0; i <= routes_.routes().size(); ++i) {
    for (size_t status = 0; status < counters_[i].by_status.size(); ++status) {
      const double count = Get(counters_[i].by_status[status]);
      if (count > 0) {
        *out += "kalamdb_http_requests_total{" + LabelOf(i) + ",status=\"" +
                std::to_string(status + kStatusMin) + "\"} ";
        AppendNumber(count, out);
        *out += '\n';
      }
    }
  }
}

void HttpMetrics::AppendDurations(std::string* out) const {
  constexpr std::string_view kName = "kalamdb_http_request_duration_seconds";
  AppendHeader(kName, "histogram", "From the header of a request to its answer.", out);
  const auto line = [out, kName](std::string_view suffix, const std::string& labels, double value) {
    *out += kName;
    *out += suffix;
    *out += '{' + labels + "} ";
    AppendNumber(value, out);
    *out += '\n';
  };
  for (size_t i = 0; i <= routes_.routes().size(); ++i) {
    double count = 0;
    for (const auto& bucket : counters_[i].by_duration) {
      count += Get(bucket);
    }
    if (count == 0) {
      continue;
    }
    const std::string labels = LabelOf(i);
    double below = 0;
    for (size_t b = 0; b < kBuckets.size(); ++b) {
      below += Get(counters_[i].by_duration[b]);
      std::string bound;
      AppendNumber(static_cast<double>(kBuckets[b]) / 1e6, &bound);
      line("_bucket", labels + ",le=\"" + bound + "\"", below);
    }
    line("_bucket", labels + ",le=\"+Inf\"", count);
    line("_sum", labels, Get(counters_[i].duration_us_total) / 1e6);
    line("_count", labels, count);
  }
}

void HttpMetrics::AppendText(std::string* out) const {
  AppendRequests(out);
  AppendDurations(out);
  AppendMetric("kalamdb_http_connections_open", "gauge", "Open connections.", Get(connections_open),
               out);
  AppendMetric("kalamdb_http_connections_total", "counter", "Connections accepted.",
               Get(connections_accepted), out);
  AppendMetric("kalamdb_http_connections_refused_total", "counter",
               "Connections refused because there were too many.", Get(connections_refused), out);
  AppendMetric("kalamdb_http_requests_running", "gauge", "Requests being worked on.",
               Get(requests_running), out);
  AppendMetric("kalamdb_http_received_bytes_total", "counter", "Bytes received.",
               Get(received_bytes), out);
  AppendMetric("kalamdb_http_sent_bytes_total", "counter", "Bytes sent.", Get(sent_bytes), out);
  AppendMetric("kalamdb_http_disconnects_total", "counter",
               "Clients that went away before their answer.", Get(disconnects), out);
  AppendMetric("kalamdb_http_client_timeouts_total", "counter",
               "Connections ended because the client was too slow.", Get(timeouts), out);
}

}  // namespace kalamdb::server
