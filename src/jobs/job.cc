// SPDX-License-Identifier: Apache-2.0
#include "jobs/job.h"

#include <array>

#include <fmt/format.h>

#include "base/check.h"

namespace kalamdb::jobs {

namespace {

struct TypeInfo {
  JobType type;
  std::string_view name;
  std::string_view prefix;
};

constexpr std::array<TypeInfo, 14> kTypes = {{
    {JobType::kFlush, "flush", "FL"},
    {JobType::kCompact, "compact", "CO"},
    {JobType::kCleanup, "cleanup", "CL"},
    {JobType::kJobCleanup, "job_cleanup", "JC"},
    {JobType::kBackup, "backup", "BK"},
    {JobType::kRestore, "restore", "RS"},
    {JobType::kRetention, "retention", "RT"},
    {JobType::kStreamEviction, "stream_eviction", "SE"},
    {JobType::kUserCleanup, "user_cleanup", "UC"},
    {JobType::kManifestEviction, "manifest_eviction", "ME"},
    {JobType::kTopicCleanup, "topic_cleanup", "TC"},
    {JobType::kTopicRetention, "topic_retention", "TR"},
    {JobType::kUserExport, "user_export", "UE"},
    {JobType::kVectorIndex, "vector_index", "VI"},
}};

const TypeInfo& InfoOf(JobType type) {
  const size_t index = static_cast<size_t>(type) - 1;
  KALAMDB_CHECK(index < kTypes.size() && kTypes[index].type == type);
  return kTypes[index];
}

}  // namespace

std::string_view JobTypeName(JobType type) { return InfoOf(type).name; }

std::string_view JobTypePrefix(JobType type) { return InfoOf(type).prefix; }

std::string_view JobStateName(JobState state) {
  switch (state) {
    case JobState::kNew:
      return "new";
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kRetrying:
      return "retrying";
    case JobState::kCompleted:
      return "completed";
    case JobState::kSkipped:
      return "skipped";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

bool IsFinished(JobState state) { return state >= JobState::kCompleted; }

JobId MakeJobId(JobType type, Rng& rng) {
  constexpr uint64_t kIdMask = (uint64_t{1} << 48) - 1;
  return {fmt::format("{}-{:012x}", JobTypePrefix(type), rng.Next() & kIdMask)};
}

}  // namespace kalamdb::jobs
