// SPDX-License-Identifier: Apache-2.0
#include "table/committer.h"

#include <future>
#include <thread>

#include "table/table_fixture.h"

namespace kalamdb::table {
namespace {

using CommitterTest = TableFixture;

TEST_F(CommitterTest, CommittedRowIsThereAfterReopening) {
  ASSERT_TRUE(Put(1, "one").ok());
  const CommitSeq before = Find(1)->seq;
  Close();
  Open();
  ASSERT_TRUE(Find(1).has_value());
  EXPECT_EQ(Find(1)->seq, before);
  ASSERT_TRUE(Put(2, "two").ok());
  EXPECT_LT(before, Find(2)->seq);
}

TEST_F(CommitterTest, SecondInsertOfAKeyIsRefused) {
  ASSERT_TRUE(Put(1, "one").ok());
  const Status second = Put(1, "uno");
  EXPECT_EQ(second.code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(second.message(), "Primary key violation: value '1' already exists in column 'id'");
  EXPECT_EQ(Scan({}, {}), (std::vector<std::string>{"1=one"}));
}

TEST_F(CommitterTest, ScopesHaveKeysOfTheirOwn) {
  ASSERT_TRUE(Put(1, "a", "alice").ok());
  ASSERT_TRUE(Put(1, "b", "bob").ok());
  EXPECT_EQ(Scan({}, {}, "alice"), (std::vector<std::string>{"1=a"}));
  EXPECT_EQ(Scan({}, {}, "bob"), (std::vector<std::string>{"1=b"}));
  EXPECT_TRUE(Scan({}, {}, "al").empty());
}

TEST_F(CommitterTest, UpdateReplacesTheOldVersion) {
  ASSERT_TRUE(Put(1, "one").ok());
  const BaseVersion base{Find(1)->seq, false};
  ASSERT_TRUE(committer_->Commit(Writes(1, Row(1, "uno", base)), nullptr).ok());
  EXPECT_EQ(Scan({}, {}), (std::vector<std::string>{"1=uno"}));
}

TEST_F(CommitterTest, StaleBaseIsAConflictAndWritesNothing) {
  ASSERT_TRUE(Put(1, "one").ok());
  const BaseVersion base{Find(1)->seq, false};
  ASSERT_TRUE(committer_->Commit(Writes(1, Row(1, "uno", base)), nullptr).ok());
  WriteSet both = Writes(2, Row(2, "two"));
  ASSERT_TRUE(both.Stage(table_, Scope{}, Key(1), Row(1, "eins", base)).ok());
  EXPECT_EQ(committer_->Commit(std::move(both), nullptr).code(), StatusCode::kConflict);
  EXPECT_EQ(Scan({}, {}), (std::vector<std::string>{"1=uno"}));
}

TEST_F(CommitterTest, DeletedKeyCanBeInsertedAgain) {
  ASSERT_TRUE(Put(1, "one").ok());
  const BaseVersion base{Find(1)->seq, false};
  ASSERT_TRUE(committer_->Commit(Writes(1, Row(1, "one", base, true)), nullptr).ok());
  EXPECT_TRUE(Scan({}, {}).empty());
  ScanRange with_deleted;
  with_deleted.is_including_deleted = true;
  EXPECT_EQ(Scan(with_deleted, {}), (std::vector<std::string>{"1=one"}));
  ASSERT_TRUE(Put(1, "again").ok());
  EXPECT_EQ(Scan(with_deleted, {}), (std::vector<std::string>{"1=again"}));
}

TEST_F(CommitterTest, DroppedTableTakesNoMoreRows) {
  table_->is_dropped->store(true);
  EXPECT_EQ(Put(1, "one").code(), StatusCode::kTableNotFound);
}

TEST_F(CommitterTest, RestagedRequestsOfOneKeyAllComeThrough) {
  constexpr int kWriters = 8;
  constexpr int kIncrementsEach = 50;
  ASSERT_TRUE(Put(1, "0").ok());
  std::atomic<int> succeeded{0};
  {
    std::vector<std::jthread> writers;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&] {
        for (int i = 0; i < kIncrementsEach; ++i) {
          const auto stage = [this](WriteSet* writes) -> Status {
            const auto found = reader_->FindByKey(*table_, Scope{}, Key(1), {});
            const auto row = types::RowView::Open(*table_->layout, (*found)->bytes);
            const int count = std::stoi(std::string(row->Bytes(1)));
            return writes->Stage(table_, Scope{}, Key(1),
                                 Row(1, std::to_string(count + 1),
                                     BaseVersion{(*found)->seq, false}));
          };
          auto request = std::make_unique<CommitRequest>();
          ASSERT_TRUE(stage(&request->writes).ok());
          request->restage = stage;
          std::promise<void> committed;
          request->done = [&](Status status, WriteSet) {
            succeeded += status.ok() ? 1 : 0;
            committed.set_value();
          };
          committer_->Submit(std::move(request));
          committed.get_future().wait();
        }
      });
    }
  }
  EXPECT_EQ(succeeded.load(), kWriters * kIncrementsEach);
  EXPECT_EQ(Scan({}, {}),
            (std::vector<std::string>{"1=" + std::to_string(kWriters * kIncrementsEach)}));
}

TEST_F(CommitterTest, StopCommitsWhatIsQueuedAndRefusesTheRest) {
  ASSERT_TRUE(Put(1, "one").ok());
  committer_->Stop();
  EXPECT_EQ(Put(2, "two").code(), StatusCode::kUnavailable);
  EXPECT_EQ(committer_->RunExclusive([] { return Status(); }).code(), StatusCode::kUnavailable);
}

}  // namespace
}  // namespace kalamdb::table
