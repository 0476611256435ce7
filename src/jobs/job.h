// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"

namespace kalamdb::jobs {

// Two letters of the type, a hyphen and 12 hexadecimal digits: `FL-0123456789ab`.
struct JobId {
  std::string value;
  auto operator<=>(const JobId&) const = default;
};

// What a job does. The numbers are stored.
enum class JobType : uint8_t {
  kFlush = 1,
  kCompact = 2,
  kCleanup = 3,
  kJobCleanup = 4,
  kBackup = 5,
  kRestore = 6,
  kRetention = 7,
  kStreamEviction = 8,
  kUserCleanup = 9,
  kManifestEviction = 10,
  kTopicCleanup = 11,
  kTopicRetention = 12,
  kUserExport = 13,
  kVectorIndex = 14,
};

// The numbers are stored.
enum class JobState : uint8_t {
  kNew = 1,  // For servers that hand jobs to each other; never set by this one.
  kQueued = 2,
  kRunning = 3,
  kRetrying = 4,  // Failed, and waits for its next attempt.
  kCompleted = 5,
  kSkipped = 6,  // There was nothing to do.
  kFailed = 7,
  kCancelled = 8,
};

std::string_view JobTypeName(JobType type);     // "flush", "stream_eviction", ...
std::string_view JobTypePrefix(JobType type);   // "FL", "SE", ...
std::string_view JobStateName(JobState state);  // "queued", "running", ...
// Completed, skipped, failed or cancelled: the job never changes again.
bool IsFinished(JobState state);

JobId MakeJobId(JobType type, Rng& rng);

// How far a running job is. Kept in memory only.
struct JobProgress {
  std::optional<int> percent;
  uint64_t rows = 0;
  uint64_t rows_per_second = 0;
};

// A row of system.jobs. Times are microseconds since 1970. A plain value.
struct Job {
  JobId id;
  JobType type = JobType::kFlush;
  JobState state = JobState::kQueued;
  std::string namespace_id;  // What the job works on; empty: no namespace, no table.
  std::string table_name;
  std::string parameters;          // A JSON object; empty: none.
  std::string idempotency_key;     // Empty: none.
  std::string result;              // A JSON document from the handler; empty: none.
  std::string message;             // For people: what was done, or why not.
  std::string error_message;       // Of the last attempt that failed.
  std::vector<std::string> trace;  // One entry a failed attempt, newest last, with its context.
  int32_t retry_count = 0;
  int32_t max_retries = 0;
  std::optional<int64_t> memory_used;      // Bytes at the most, when the handler reports them.
  std::optional<int64_t> cpu_used_micros;  // Of the thread, over all attempts.
  int64_t created_at = 0;
  int64_t updated_at = 0;
  std::optional<int64_t> started_at;
  std::optional<int64_t> finished_at;
  int64_t node_id = 0;  // The server that created the job.
  JobProgress progress;
};

}  // namespace kalamdb::jobs
