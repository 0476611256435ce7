// SPDX-License-Identifier: Apache-2.0
#include "service/job_commands.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace kalamdb::service {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

class JobCommandsTest : public ::testing::Test, protected ServiceFixture {
 protected:
  JobCommandsTest() {
    MakeNamespace("chat");
    MakeTable("chat", "notes");
    MakeTable("chat", "rooms", catalog::TableKind::kUser);
    MakeTable("chat", "events", catalog::TableKind::kStream);
    // A flush runs until it is killed.
    runner_->Register(jobs::JobType::kFlush,
                      [](jobs::JobContext& context) -> StatusOr<jobs::JobOutcome> {
                        while (!context.cancel()->is_cancelled()) {
                          std::this_thread::yield();
                        }
                        return Error(Cancelled("stopped"));
                      });
    KALAMDB_CHECK(runner_->Start().ok());
  }

  StatusOr<std::string> Storage(sql::StorageAction action, std::string space, std::string table) {
    sql::StorageCommand command;
    command.action = action;
    command.is_all = table.empty();
    command.table = {std::move(space), std::move(table)};
    return commands_.Run(command, "chat");
  }
  StatusOr<std::string> Flush(std::string space, std::string table) {
    return Storage(sql::StorageAction::kFlush, std::move(space), std::move(table));
  }

  std::unique_ptr<jobs::JobRunner> runner_ =
      jobs::JobRunner::Open(*store_, clock_, rng_, {.node_id = 7}).value();
  std::atomic<bool> has_rows_ = true;
  RunnerStorageJobs storage_{
      *runner_, [this](const catalog::TableDef&) -> StatusOr<bool> { return has_rows_.load(); }};
  JobCommands commands_{*catalog_, *runner_, storage_};
};

TEST_F(JobCommandsTest, AFlushCarriesItsJobId) {
  EXPECT_THAT(Flush("", "notes").value(),
              MatchesRegex("Storage flush started for table 'chat.notes'. Job ID: FL-[0-9a-f]+"));
  const std::vector<jobs::Job> jobs = runner_->List();
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].parameters,
            R"({"table_id":"chat.notes","table_type":"shared","flush_threshold":null})");
  EXPECT_EQ(jobs[0].idempotency_key, "flush-chat-notes");
  EXPECT_EQ(jobs[0].node_id, 7);
  const Status again = Flush("chat", "notes").error();
  EXPECT_EQ(again.code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(again.message(), HasSubstr("already queued or running"));
  EXPECT_THAT(again.message(), HasSubstr(jobs[0].id.value));
}

TEST_F(JobCommandsTest, ACompactionCarriesItsJobId) {
  EXPECT_THAT(
      Storage(sql::StorageAction::kCompact, "chat", "rooms").value(),
      MatchesRegex("Storage compaction started for table 'chat.rooms'. Job ID: CO-[0-9a-f]+"));
}

TEST_F(JobCommandsTest, NothingToDoIsSaid) {
  has_rows_ = false;
  EXPECT_EQ(Flush("chat", "notes").value(),
            "Storage flush skipped: no pending writes for table 'chat.notes'");
  EXPECT_EQ(Flush("", "").value(), "Storage flush skipped: no pending writes in namespace 'chat'");
  EXPECT_THAT(runner_->List(), SizeIs(0));
}

TEST_F(JobCommandsTest, AllLeavesStreamsAndFlushedTablesOut) {
  ASSERT_TRUE(Flush("chat", "notes").has_value());
  EXPECT_THAT(Flush("chat", "").value(),
              MatchesRegex("Storage flush started for 1 table\\(s\\) in namespace 'chat'. Job "
                           "IDs: \\[FL-[0-9a-f]+\\]"));
  EXPECT_EQ(Flush("chat", "").error().code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(Storage(sql::StorageAction::kCompact, "", "").value(),
              MatchesRegex("Storage compaction started for 2 table\\(s\\) in namespace 'chat'. "
                           "Job IDs: \\[CO-[0-9a-f]+, CO-[0-9a-f]+\\]"));
}

TEST_F(JobCommandsTest, RefusesWhatCannotBeFlushed) {
  EXPECT_EQ(Flush("chat", "events").error().code(), StatusCode::kInvalidOperation);
  EXPECT_EQ(Flush("system", "jobs").error().code(), StatusCode::kInvalidOperation);
  EXPECT_EQ(Flush("system", "").error().code(), StatusCode::kInvalidOperation);
  EXPECT_EQ(Flush("chat", "nothing").error().code(), StatusCode::kTableNotFound);
  EXPECT_EQ(Flush("nowhere", "").error().code(), StatusCode::kNotFound);
}

TEST_F(JobCommandsTest, KillStopsARunningJob) {
  ASSERT_TRUE(Flush("chat", "notes").has_value());
  const jobs::JobId id = runner_->FindActive("flush-chat-notes").value();
  while (runner_->Find(id)->state != jobs::JobState::kRunning) {
    std::this_thread::yield();
  }
  EXPECT_EQ(commands_.Kill({id.value}).value(), "Job " + id.value + " killed: cancelled");
  EXPECT_EQ(runner_->Find(id)->state, jobs::JobState::kCancelled);
  EXPECT_EQ(commands_.Kill({id.value}).error().message(), "Cannot cancel job in status cancelled");
  EXPECT_EQ(commands_.Kill({"FL-000000000000"}).error().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace kalamdb::service
