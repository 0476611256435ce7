// SPDX-License-Identifier: Apache-2.0
#include "jobs/job_store.h"

#include <limits>
#include <memory>
#include <utility>

#include "catalog/record_codec.h"

namespace kalamdb::jobs {

namespace {

// The first key behind those of jobs: '0' follows '/'.
constexpr std::string_view kJobsEnd = "jobs0";
constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();

// Never reused.
enum JobTag : uint8_t {
  kIdTag = 1,
  kTypeTag = 2,
  kStateTag = 3,
  kNamespaceTag = 4,
  kTableTag = 5,
  kParametersTag = 6,
  kIdempotencyTag = 7,
  kResultTag = 8,
  kMessageTag = 9,
  kErrorTag = 10,
  kTraceTag = 11,  // Once a failed attempt, oldest first.
  kRetryCountTag = 12,
  kMaxRetriesTag = 13,
  kMemoryTag = 14,
  kCpuTag = 15,
  kCreatedTag = 16,
  kUpdatedTag = 17,
  kStartedTag = 18,
  kFinishedTag = 19,
  kNodeTag = 20,
};

Status BadJob() { return Corruption("the stored record of a job is damaged"); }

}  // namespace

std::string JobKey(const JobId& id) { return std::string(kJobPrefix) + id.value; }

std::string EncodeJob(const Job& job) {
  catalog::RecordWriter writer;
  writer.Text(kIdTag, job.id.value);
  writer.Int(kTypeTag, static_cast<int64_t>(job.type));
  writer.Int(kStateTag, static_cast<int64_t>(job.state));
  writer.Text(kNamespaceTag, job.namespace_id);
  writer.Text(kTableTag, job.table_name);
  writer.Text(kParametersTag, job.parameters);
  writer.Text(kIdempotencyTag, job.idempotency_key);
  writer.Text(kResultTag, job.result);
  writer.Text(kMessageTag, job.message);
  writer.Text(kErrorTag, job.error_message);
  for (const std::string& entry : job.trace) {
    writer.Text(kTraceTag, entry);
  }
  writer.Int(kRetryCountTag, job.retry_count);
  writer.Int(kMaxRetriesTag, job.max_retries);
  writer.OptionalInt(kMemoryTag, job.memory_used);
  writer.OptionalInt(kCpuTag, job.cpu_used_micros);
  writer.Int(kCreatedTag, job.created_at);
  writer.Int(kUpdatedTag, job.updated_at);
  writer.OptionalInt(kStartedTag, job.started_at);
  writer.OptionalInt(kFinishedTag, job.finished_at);
  writer.Int(kNodeTag, job.node_id);
  return writer.Take();
}

StatusOr<Job> DecodeJob(std::string_view bytes) {
  catalog::RecordReader reader = catalog::RecordReader::Open(bytes);
  Job job;
  job.id.value = reader.RequiredText(kIdTag);
  job.type =
      static_cast<JobType>(reader.Small(kTypeTag, static_cast<int64_t>(JobType::kVectorIndex)));
  job.state =
      static_cast<JobState>(reader.Small(kStateTag, static_cast<int64_t>(JobState::kCancelled)));
  job.namespace_id = reader.Text(kNamespaceTag);
  job.table_name = reader.Text(kTableTag);
  job.parameters = reader.Text(kParametersTag);
  job.idempotency_key = reader.Text(kIdempotencyTag);
  job.result = reader.Text(kResultTag);
  job.message = reader.Text(kMessageTag);
  job.error_message = reader.Text(kErrorTag);
  for (const std::string_view entry : reader.All(kTraceTag)) {
    job.trace.emplace_back(entry);
  }
  job.retry_count = static_cast<int32_t>(reader.Small(kRetryCountTag, kInt32Max));
  job.max_retries = static_cast<int32_t>(reader.Small(kMaxRetriesTag, kInt32Max));
  job.memory_used = reader.OptionalInt(kMemoryTag);
  job.cpu_used_micros = reader.OptionalInt(kCpuTag);
  job.created_at = reader.Int(kCreatedTag);
  job.updated_at = reader.Int(kUpdatedTag);
  job.started_at = reader.OptionalInt(kStartedTag);
  job.finished_at = reader.OptionalInt(kFinishedTag);
  job.node_id = reader.Int(kNodeTag);
  // No type and no state has the number 0.
  if (!reader.ok() || static_cast<int>(job.type) == 0 || static_cast<int>(job.state) == 0) {
    return Error(BadJob());
  }
  return job;
}

StatusOr<std::vector<Job>> JobStore::Load() const {
  std::vector<Job> jobs;
  const std::unique_ptr<store::Iterator> records = store_.NewIterator(
      store::Family::kMeta, std::string(kJobPrefix), std::string(kJobsEnd), nullptr);
  for (records->SeekToFirst(); records->Valid(); records->Next()) {
    KALAMDB_ASSIGN_OR_RETURN(Job job, DecodeJob(records->value()));
    if (records->key() != JobKey(job.id)) {
      return Error(BadJob());
    }
    jobs.push_back(std::move(job));
  }
  KALAMDB_RETURN_IF_ERROR(records->status());
  return jobs;
}

Status JobStore::Put(const Job& job) { return Put(std::span(&job, 1)); }

Status JobStore::Put(std::span<const Job> jobs) {
  if (jobs.empty()) {
    return {};
  }
  store::WriteBatch batch(store_);
  for (const Job& job : jobs) {
    batch.Put(store::Family::kMeta, JobKey(job.id), EncodeJob(job));
  }
  return store_.Write(batch, /*is_synced=*/true);
}

Status JobStore::Remove(std::span<const JobId> ids) {
  store::WriteBatch batch(store_);
  for (const JobId& id : ids) {
    batch.Delete(store::Family::kMeta, JobKey(id));
  }
  return store_.Write(batch, /*is_synced=*/false);
}

}  // namespace kalamdb::jobs
