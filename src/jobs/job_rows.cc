// SPDX-License-Identifier: Apache-2.0
#include "jobs/job_rows.h"

#include "types/json_codec.h"

namespace kalamdb::jobs {

namespace {

std::optional<std::string> Text(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

// Of a job that succeeded a JSON object, for the clients that read `message` as one.
std::optional<std::string> MessageOf(const Job& job) {
  if (job.state != JobState::kCompleted && job.state != JobState::kSkipped) {
    return Text(job.message);
  }
  std::string message = "{\"message\":";
  types::AppendJsonString(job.message, &message);
  message += job.state == JobState::kSkipped ? ",\"skipped\":true}" : "}";
  return message;
}

std::optional<std::string> TraceOf(const Job& job) {
  if (job.trace.empty()) {
    return std::nullopt;
  }
  std::string trace;
  for (const std::string& entry : job.trace) {
    trace += trace.empty() ? '[' : ',';
    types::AppendJsonString(entry, &trace);
  }
  return trace + "]";
}

}  // namespace

catalog::JobRow MakeJobRow(const Job& job) {
  catalog::JobRow row;
  row.job_id = job.id.value;
  row.job_type = JobTypeName(job.type);
  row.status = JobStateName(job.state);
  row.namespace_id = Text(job.namespace_id);
  row.table_name = Text(job.table_name);
  row.parameters = Text(job.parameters);
  row.idempotency_key = Text(job.idempotency_key);
  row.result = Text(job.result);
  row.message = MessageOf(job);
  row.error_message = Text(job.error_message);
  row.trace = TraceOf(job);
  row.exception_trace = job.trace.empty() ? std::nullopt : std::optional(job.trace.back());
  row.retry_count = job.retry_count;
  row.max_retries = job.max_retries;
  row.memory_bytes = job.memory_used;
  if (job.cpu_used_micros.has_value()) {
    row.cpu_millis = *job.cpu_used_micros / 1'000;
  }
  if (job.state == JobState::kRunning) {
    row.progress_percent = job.progress.percent;
    row.rows = static_cast<int64_t>(job.progress.rows);
    row.rows_per_second = static_cast<int64_t>(job.progress.rows_per_second);
  }
  row.created_at = job.created_at;
  row.updated_at = job.updated_at;
  row.started_at = job.started_at;
  row.finished_at = job.finished_at;
  row.node_id = job.node_id;
  return row;
}

}  // namespace kalamdb::jobs
