// SPDX-License-Identifier: Apache-2.0
#include "jobs/job_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/temp_store.h"
#include "jobs/job_rows.h"

namespace kalamdb::jobs {
namespace {

using ::testing::SizeIs;

Job FullJob() {
  Job job;
  job.id = {"CO-0123456789ab"};
  job.type = JobType::kCompact;
  job.state = JobState::kFailed;
  job.namespace_id = "chat";
  job.table_name = "notes";
  job.parameters = R"({"table_id":"chat.notes"})";
  job.idempotency_key = "compact-chat-notes";
  job.result = R"({"files":1})";
  job.message = "said \"no\"";
  job.error_message = "no";
  job.trace = {"IoError: first", "IoError: \"second\""};
  job.retry_count = 2;
  job.max_retries = 3;
  job.memory_used = 5;
  job.cpu_used_micros = 7'500;
  job.created_at = 10;
  job.updated_at = 11;
  job.started_at = 12;
  job.finished_at = 13;
  job.node_id = 77;
  return job;
}

TEST(JobStore, KeepsEveryField) {
  const Job job = FullJob();
  const StatusOr<Job> read = DecodeJob(EncodeJob(job));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(EncodeJob(*read), EncodeJob(job));
  EXPECT_EQ(read->id, job.id);
  EXPECT_EQ(read->type, job.type);
  EXPECT_EQ(read->state, job.state);
  EXPECT_EQ(read->trace, job.trace);
  EXPECT_EQ(read->finished_at, job.finished_at);
  EXPECT_EQ(read->node_id, 77);
}

TEST(JobStore, RefusesDamagedRecords) {
  const std::string bytes = EncodeJob(FullJob());
  for (size_t size = 0; size < bytes.size(); ++size) {
    // Cut between two fields, a record may still be one; it never crashes.
    const StatusOr<Job> read = DecodeJob(bytes.substr(0, size));
    EXPECT_TRUE(read.has_value() || read.error().code() == StatusCode::kCorruption);
  }
  EXPECT_EQ(DecodeJob("").error().code(), StatusCode::kCorruption);
  EXPECT_EQ(DecodeJob("\x02").error().code(), StatusCode::kCorruption);
  Job job = FullJob();
  job.state = static_cast<JobState>(9);
  EXPECT_EQ(DecodeJob(EncodeJob(job)).error().code(), StatusCode::kCorruption);
}

TEST(JobStore, LoadsWhatWasPutOverAReopen) {
  catalog::TempStore store;
  {
    JobStore jobs(*store);
    ASSERT_TRUE(jobs.Put(FullJob()).ok());
    Job other = FullJob();
    other.id = {"FL-000000000000"};
    ASSERT_TRUE(jobs.Put(other).ok());
    EXPECT_THAT(jobs.Load().value(), SizeIs(2));
    ASSERT_TRUE(jobs.Remove(std::span(&other.id, 1)).ok());
  }
  store.Reopen();
  const std::vector<Job> read = JobStore(*store).Load().value();
  ASSERT_THAT(read, SizeIs(1));
  EXPECT_EQ(EncodeJob(read[0]), EncodeJob(FullJob()));
}

TEST(JobRow, ShowsWhatClientsExpect) {
  Job job = FullJob();
  catalog::JobRow row = MakeJobRow(job);
  EXPECT_EQ(row.job_type, "compact");
  EXPECT_EQ(row.status, "failed");
  EXPECT_EQ(row.message, "said \"no\"");
  EXPECT_EQ(row.trace, R"(["IoError: first","IoError: \"second\""])");
  EXPECT_EQ(row.exception_trace, "IoError: \"second\"");
  EXPECT_EQ(row.cpu_millis, 7);
  EXPECT_EQ(row.node_id, 77);
  EXPECT_EQ(row.rows, std::nullopt);
  job.state = JobState::kCompleted;
  EXPECT_EQ(MakeJobRow(job).message, R"({"message":"said \"no\""})");
  job.state = JobState::kSkipped;
  EXPECT_EQ(MakeJobRow(job).message, R"({"message":"said \"no\"","skipped":true})");
  job.state = JobState::kRunning;
  job.progress = {.percent = 40, .rows = 8, .rows_per_second = 4};
  row = MakeJobRow(job);
  EXPECT_EQ(row.progress_percent, 40);
  EXPECT_EQ(row.rows_per_second, 4);
}

}  // namespace
}  // namespace kalamdb::jobs
