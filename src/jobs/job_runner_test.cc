// SPDX-License-Identifier: Apache-2.0
#include "jobs/job_runner.h"

#include <atomic>
#include <future>
#include <latch>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/temp_store.h"

namespace kalamdb::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

constexpr int64_t kStart = 1'777'902'000'000'000;
constexpr auto kLong = 60s;  // Of real time; a test that waits for it fails.

JobSpec FlushOf(std::string table) {
  JobSpec spec;
  spec.type = JobType::kFlush;
  spec.namespace_id = "chat";
  spec.idempotency_key = "flush-chat-" + table;
  spec.table_name = std::move(table);
  spec.parameters = "{}";
  return spec;
}

JobSpec Compaction() {
  JobSpec spec;
  spec.type = JobType::kCompact;
  return spec;
}

JobOutcome Done() { return {.is_skipped = false, .message = "done", .result = "{}"}; }

// Runs until it is cancelled.
StatusOr<JobOutcome> RunForEver(JobContext& context) {
  while (!context.cancel()->is_cancelled()) {
    std::this_thread::yield();
  }
  return Error(Cancelled("stopped"));
}

class JobRunnerTest : public ::testing::Test {
 protected:
  void Open() {
    auto opened = JobRunner::Open(*store_, clock_, rng_, options_);
    ASSERT_TRUE(opened.has_value());
    runner_ = std::move(*opened);
  }
  void OpenWith(JobHandler flush) {
    Open();
    runner_->Register(JobType::kFlush, std::move(flush));
    ASSERT_TRUE(runner_->Start().ok());
  }
  // What the process would leave if it died now: the records as they are, written behind the back
  // of the runner that ends.
  void Crash() {
    const std::vector<Job> jobs = JobStore(*store_).Load().value();
    runner_.reset();
    ASSERT_TRUE(JobStore(*store_).Put(jobs).ok());
    store_.Reopen();
  }
  void WaitForState(const JobId& id, JobState state) {
    while (runner_->Find(id)->state != state) {
      std::this_thread::yield();
    }
  }
  Job WaitFor(const JobId& id) {
    Job job = runner_->Wait(id, kLong).value();
    EXPECT_TRUE(IsFinished(job.state));
    return job;
  }

  ManualClock clock_{kStart};
  Rng rng_{1};
  catalog::TempStore store_;
  JobRunnerOptions options_{.node_id = 42, .retry_backoff = 1s};
  std::unique_ptr<JobRunner> runner_;
};

TEST_F(JobRunnerTest, RunsAJobAndKeepsItsRow) {
  OpenWith([this](JobContext& context) -> StatusOr<JobOutcome> {
    EXPECT_EQ(context.job().table_name, "notes");
    EXPECT_EQ(context.job().state, JobState::kRunning);
    EXPECT_FALSE(context.is_retry());
    EXPECT_FALSE(context.is_recovered());
    context.ReportMemory(100);
    context.ReportMemory(50);
    context.AddRows(30);
    clock_.Advance(3s);
    context.SetProgress(1, 4);
    const JobProgress progress = runner_->Find(context.job().id)->progress;
    EXPECT_EQ(progress.percent, 25);
    EXPECT_EQ(progress.rows, 30u);
    EXPECT_EQ(progress.rows_per_second, 10u);
    return JobOutcome{.is_skipped = false, .message = "wrote", .result = R"({"rows":30})"};
  });
  const JobId id = runner_->Submit(FlushOf("notes")).value();
  EXPECT_THAT(id.value, StartsWith("FL-"));
  EXPECT_THAT(id.value, SizeIs(15));
  const Job job = WaitFor(id);
  EXPECT_EQ(job.state, JobState::kCompleted);
  EXPECT_EQ(job.message, "wrote");
  EXPECT_EQ(job.result, R"({"rows":30})");
  EXPECT_EQ(job.memory_used, 100);
  EXPECT_TRUE(job.cpu_used_micros.has_value());
  EXPECT_EQ(job.node_id, 42);
  EXPECT_EQ(job.created_at, kStart);
  EXPECT_EQ(job.finished_at, kStart + 3'000'000);

  runner_.reset();
  store_.Reopen();
  Open();
  EXPECT_EQ(EncodeJob(runner_->Find(id).value()), EncodeJob(job));
}

TEST_F(JobRunnerTest, ShowsSkippedJobs) {
  OpenWith([](JobContext&) -> StatusOr<JobOutcome> {
    return JobOutcome{.is_skipped = true, .message = "nothing to do", .result = ""};
  });
  EXPECT_EQ(WaitFor(runner_->Submit(FlushOf("notes")).value()).state, JobState::kSkipped);
}

TEST_F(JobRunnerTest, FailsAtOnceOnErrorsThatWouldComeAgain) {
  OpenWith([](JobContext&) -> StatusOr<JobOutcome> {
    return Error(InvalidArgument("bad").WithContext("flush"));
  });
  const Job job = WaitFor(runner_->Submit(FlushOf("notes")).value());
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.error_message, "bad");
  EXPECT_THAT(job.trace, ElementsAre(HasSubstr("[flush]")));
  EXPECT_EQ(job.retry_count, 0);
}

TEST_F(JobRunnerTest, FailsAJobWithoutAHandlerWithAClearMessage) {
  OpenWith([](JobContext&) -> StatusOr<JobOutcome> { return Done(); });
  const Job job = WaitFor(runner_->Submit(Compaction()).value());
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.message, "jobs of type compact are not available in this version");
}

TEST_F(JobRunnerTest, RetriesWithAGrowingPause) {
  std::atomic<int> attempts = 0;
  OpenWith([&](JobContext& context) -> StatusOr<JobOutcome> {
    EXPECT_EQ(context.is_retry(), attempts > 0);
    if (++attempts < 3) {
      return Error(attempts == 1 ? Unavailable("busy") : IoError("disk"));
    }
    return Done();
  });
  const JobId id = runner_->Submit(FlushOf("notes")).value();
  WaitForState(id, JobState::kRetrying);
  EXPECT_EQ(runner_->Find(id)->error_message, "busy");
  clock_.Advance(999ms);
  EXPECT_EQ(runner_->Wait(id, 250ms)->state, JobState::kRetrying);
  clock_.Advance(1ms);
  while (attempts < 2 || runner_->Find(id)->state != JobState::kRetrying) {
    std::this_thread::yield();
  }
  clock_.Advance(1'999ms);
  EXPECT_EQ(runner_->Wait(id, 250ms)->state, JobState::kRetrying);
  clock_.Advance(1ms);
  const Job job = WaitFor(id);
  EXPECT_EQ(job.state, JobState::kCompleted);
  EXPECT_EQ(job.retry_count, 2);
  EXPECT_THAT(job.trace, SizeIs(2));
  EXPECT_EQ(job.error_message, "");
}

TEST_F(JobRunnerTest, GivesUpAfterTheLastRetry) {
  options_.retries_max = 2;
  options_.retry_backoff = 0ms;
  std::atomic<int> attempts = 0;
  OpenWith([&](JobContext&) -> StatusOr<JobOutcome> {
    ++attempts;
    return Error(IoError("disk"));
  });
  const Job job = WaitFor(runner_->Submit(FlushOf("notes")).value());
  EXPECT_EQ(attempts, 3);
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_EQ(job.message, "Max retries exceeded: disk");
}

TEST_F(JobRunnerTest, RetriesWhileOtherThreadsAreBusy) {
  options_.concurrent_max = 2;
  OpenWith([](JobContext& context) -> StatusOr<JobOutcome> {
    if (context.job().table_name == "busy") {
      return RunForEver(context);
    }
    return context.is_retry() ? StatusOr<JobOutcome>(Done())
                              : StatusOr<JobOutcome>(std::unexpect, Unavailable("not now"));
  });
  const JobId retried = runner_->Submit(FlushOf("retried")).value();
  WaitForState(retried, JobState::kRetrying);
  WaitForState(runner_->Submit(FlushOf("busy")).value(), JobState::kRunning);
  clock_.Advance(1s);
  EXPECT_EQ(WaitFor(retried).state, JobState::kCompleted);
}

TEST_F(JobRunnerTest, CancelsARunningJob) {
  OpenWith(RunForEver);
  const JobId id = runner_->Submit(FlushOf("notes")).value();
  WaitForState(id, JobState::kRunning);
  ASSERT_TRUE(runner_->Cancel(id).ok());
  const Job job = WaitFor(id);
  EXPECT_EQ(job.state, JobState::kCancelled);
  EXPECT_EQ(job.message, "Cancelled by user");
  EXPECT_EQ(runner_->Cancel(id).code(), StatusCode::kInvalidOperation);
  EXPECT_EQ(runner_->Cancel(id).message(), "Cannot cancel job in status cancelled");
  EXPECT_EQ(runner_->Cancel({"FL-x"}).code(), StatusCode::kNotFound);
}

TEST_F(JobRunnerTest, CancelsAWaitingJobAtOnce) {
  std::atomic<int> attempts = 0;
  OpenWith([&](JobContext& context) -> StatusOr<JobOutcome> {
    ++attempts;
    return context.job().table_name == "busy"
               ? StatusOr<JobOutcome>(std::unexpect, Unavailable("not now"))
               : RunForEver(context);
  });
  const JobId busy = runner_->Submit(FlushOf("busy")).value();
  WaitForState(busy, JobState::kRetrying);
  for (int i = 0; i < 4; ++i) {
    WaitForState(runner_->Submit(FlushOf(std::to_string(i))).value(), JobState::kRunning);
  }
  const JobId queued = runner_->Submit(FlushOf("queued")).value();
  for (const JobId& id : {busy, queued}) {
    ASSERT_TRUE(runner_->Cancel(id).ok());
    EXPECT_EQ(runner_->Find(id)->state, JobState::kCancelled);
  }
  clock_.Advance(1h);
  runner_->Stop();
  EXPECT_EQ(attempts, 5);
}

TEST_F(JobRunnerTest, RefusesASecondJobOfTheSameKeyWhileTheFirstIsUnfinished) {
  OpenWith(RunForEver);
  const JobId id = runner_->Submit(FlushOf("notes")).value();
  const Status refused = runner_->Submit(FlushOf("notes")).error();
  EXPECT_EQ(refused.code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(refused.message(), HasSubstr(id.value));
  EXPECT_THAT(refused.message(), HasSubstr("already queued or running"));
  EXPECT_EQ(runner_->FindActive("flush-chat-notes"), id);
  EXPECT_TRUE(runner_->Submit(FlushOf("rooms")).has_value());
  ASSERT_TRUE(runner_->Cancel(id).ok());
  WaitFor(id);
  EXPECT_EQ(runner_->FindActive("flush-chat-notes"), std::nullopt);
  EXPECT_TRUE(runner_->Submit(FlushOf("notes")).has_value());
}

TEST_F(JobRunnerTest, RunsSoManyAtOnceAndNoMore) {
  options_.concurrent_max = 2;
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  std::latch both(2);
  OpenWith([&](JobContext&) -> StatusOr<JobOutcome> {
    most = std::max<int>(most, ++running);
    if (!both.try_wait()) {
      both.arrive_and_wait();
    }
    --running;
    return Done();
  });
  std::vector<JobId> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(runner_->Submit(FlushOf(std::to_string(i))).value());
  }
  for (const JobId& id : ids) {
    EXPECT_EQ(WaitFor(id).state, JobState::kCompleted);
  }
  EXPECT_EQ(most, 2);
}

TEST_F(JobRunnerTest, RecoversAfterACrash) {
  options_.concurrent_max = 1;
  OpenWith(RunForEver);
  const JobId running = runner_->Submit(FlushOf("running")).value();
  WaitForState(running, JobState::kRunning);
  const JobId queued = runner_->Submit(FlushOf("queued")).value();
  const JobId other = runner_->Submit(Compaction()).value();
  Crash();

  OpenWith([&](JobContext& context) -> StatusOr<JobOutcome> {
    EXPECT_EQ(context.is_recovered(), context.job().id == running);
    return Done();
  });
  EXPECT_EQ(WaitFor(running).state, JobState::kCompleted);
  EXPECT_EQ(WaitFor(queued).state, JobState::kCompleted);
  const Job failed = WaitFor(other);
  EXPECT_EQ(failed.state, JobState::kFailed);
  EXPECT_EQ(failed.message, "Server restarted");
  // The keys are free again.
  EXPECT_TRUE(runner_->Submit(FlushOf("running")).has_value());
}

TEST_F(JobRunnerTest, LeavesJobsToTheNextStartWhenItStops) {
  OpenWith(RunForEver);
  const JobId id = runner_->Submit(FlushOf("notes")).value();
  WaitForState(id, JobState::kRunning);
  runner_->Stop();
  EXPECT_EQ(runner_->Submit(FlushOf("rooms")).error().code(), StatusCode::kUnavailable);
  runner_.reset();
  store_.Reopen();
  OpenWith([](JobContext& context) -> StatusOr<JobOutcome> {
    EXPECT_TRUE(context.is_recovered());
    return Done();
  });
  EXPECT_EQ(WaitFor(id).state, JobState::kCompleted);
}

TEST_F(JobRunnerTest, KeepsTheKeyOfAnUnfinishedJobOverARestart) {
  Open();
  const JobId id = runner_->Submit(FlushOf("notes")).value();
  Crash();
  Open();
  EXPECT_EQ(runner_->FindActive("flush-chat-notes"), id);
  EXPECT_EQ(runner_->Submit(FlushOf("notes")).error().code(), StatusCode::kAlreadyExists);
}

TEST_F(JobRunnerTest, ForgetsFinishedJobsAfterTheRetention) {
  options_.concurrent_max = 1;
  OpenWith([](JobContext&) -> StatusOr<JobOutcome> { return Done(); });
  const JobId old = runner_->Submit(FlushOf("notes")).value();
  WaitFor(old);
  clock_.Advance(24h * 29);
  WaitFor(runner_->Submit(FlushOf("notes")).value());
  EXPECT_TRUE(runner_->Find(old).has_value());
  clock_.Advance(25h);
  WaitFor(runner_->Submit(FlushOf("notes")).value());
  EXPECT_EQ(runner_->Find(old), std::nullopt);
  EXPECT_EQ(runner_->Wait(old, 1s).error().code(), StatusCode::kNotFound);
  EXPECT_THAT(JobStore(*store_).Load().value(), SizeIs(2));
}

TEST_F(JobRunnerTest, KeepsSoManyFinishedJobs) {
  options_.concurrent_max = 1;
  options_.finished_max = 5;
  OpenWith([](JobContext&) -> StatusOr<JobOutcome> { return Done(); });
  for (int i = 0; i < 20; ++i) {
    WaitFor(runner_->Submit(FlushOf("notes")).value());
    clock_.Advance(1s);
  }
  clock_.Advance(2h);
  const JobId last = runner_->Submit(FlushOf("last")).value();
  WaitFor(last);
  const std::vector<Job> jobs = runner_->List();
  ASSERT_THAT(jobs, SizeIs(6));
  EXPECT_EQ(jobs.back().id, last);
}

TEST_F(JobRunnerTest, RefusesTextsThatAreTooLongAndCutsMessages) {
  const std::string text(limits::kJobTextBytesMax + 1, 'x');
  OpenWith([&](JobContext&) -> StatusOr<JobOutcome> {
    return JobOutcome{.is_skipped = false, .message = text, .result = "\"" + text + "\""};
  });
  JobSpec spec = FlushOf("notes");
  spec.parameters = text;
  EXPECT_EQ(runner_->Submit(std::move(spec)).error().code(), StatusCode::kInvalidArgument);
  const Job job = WaitFor(runner_->Submit(FlushOf("notes")).value());
  EXPECT_THAT(job.message, SizeIs(limits::kJobTextBytesMax));
  EXPECT_THAT(job.result, IsEmpty());
}

}  // namespace
}  // namespace kalamdb::jobs
