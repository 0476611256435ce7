// SPDX-License-Identifier: Apache-2.0
#include "table/change_sink.h"

#include <gmock/gmock.h>

#include "table/table_fixture.h"

namespace kalamdb::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ChangeSinkTest : public TableFixture, public ChangeSink {
 protected:
  void SetUp() override {
    TableFixture::SetUp();
    committer_.reset();
    committer_ =
        std::make_unique<Committer>(*store_, *sequence_, tiers_.get(), events_.get(),
                                    CommitOptions{}, this);
    const MaintenanceParts parts{*store_, *committer_, *tiers_, *trash_, clock_};
    flusher_ = std::make_unique<Flusher>(parts, locks_, stats_);
    compactor_ = std::make_unique<Compactor>(parts, locks_, stats_);
  }
  bool IsWanted(TableId) const override { return is_wanted_; }
  void OnCommit(std::vector<ScopeChanges> changes) override {
    for (const ScopeChanges& scope : changes) {
      for (const RowChange& change : scope.changes) {
        EXPECT_LE(change.seq, committer_->last_commit());
        EXPECT_EQ(change.is_deleted, types::IsTombstone(change.row));
        EXPECT_EQ(change.old_seq.value == 0, change.old_row.empty());
        seen_.push_back((change.old_row.empty() ? "" : Name(change.old_row)) + "->" +
                        (change.is_deleted ? "" : Name(change.row)));
      }
    }
  }
  std::string Name(const std::string& bytes) const {
    return std::string(types::RowView::Open(*table_->layout, bytes)->Bytes(1));
  }
  BaseVersion Base(int64_t id) const { return {Find(id)->seq, false}; }
  std::vector<std::string> Seen() { return std::exchange(seen_, {}); }

  bool is_wanted_ = true;
  std::vector<std::string> seen_;
};

TEST_F(ChangeSinkTest, TellsTheOldVersionThatTheStatementRead) {
  ASSERT_TRUE(Put(1, "a").ok());
  StagedRow row = Row(1, "b", Base(1));
  row.old_row = Find(1)->bytes;
  ASSERT_TRUE(committer_->Commit(Writes(1, std::move(row)), nullptr).ok());
  EXPECT_THAT(Seen(), ElementsAre("->a", "a->b"));
}

TEST_F(ChangeSinkTest, ReadsTheOldVersionOtherwise) {
  ASSERT_TRUE(Put(1, "a").ok());
  ASSERT_TRUE(committer_->Commit(Writes(1, Row(1, "b", Base(1))), nullptr).ok());
  ASSERT_GT(Flush().rows, 0u);
  ASSERT_TRUE(committer_->Commit(Writes(1, Row(1, "c", Base(1))), nullptr).ok());
  ASSERT_TRUE(committer_->Commit(Writes(1, Row(1, "c", Base(1), true)), nullptr).ok());
  EXPECT_THAT(Seen(), ElementsAre("->a", "a->b", "b->c", "c->"));
}

TEST_F(ChangeSinkTest, AKeyWrittenTwiceInATransactionIsOneChange) {
  ASSERT_TRUE(Put(1, "a").ok());
  WriteSet writes;
  ASSERT_TRUE(writes.Stage(table_, Scope{""}, Key(1), Row(1, "b", Base(1), true)).ok());
  ASSERT_TRUE(writes.Stage(table_, Scope{""}, Key(1), Row(1, "c")).ok());
  ASSERT_TRUE(writes.Stage(table_, Scope{""}, Key(2), Row(2, "x")).ok());
  ASSERT_TRUE(writes.Stage(table_, Scope{""}, Key(2), Row(2, "x", {}, true)).ok());
  ASSERT_TRUE(committer_->Commit(std::move(writes), nullptr).ok());
  // Nobody ever saw row 2.
  EXPECT_THAT(Seen(), ElementsAre("->a", "a->c"));
}

TEST_F(ChangeSinkTest, ARowThatComesBackIsNew) {
  ASSERT_TRUE(Put(1, "a").ok());
  ASSERT_TRUE(committer_->Commit(Writes(1, Row(1, "a", Base(1), true)), nullptr).ok());
  ASSERT_TRUE(Put(1, "b").ok());
  EXPECT_THAT(Seen(), ElementsAre("->a", "a->", "->b"));
}

TEST_F(ChangeSinkTest, SaysNothingOfWhatNobodyWantsOrWhatFailed) {
  ASSERT_TRUE(Put(1, "a").ok());
  Seen();
  EXPECT_FALSE(Put(1, "b").ok());
  is_wanted_ = false;
  ASSERT_TRUE(Put(2, "c").ok());
  EXPECT_THAT(Seen(), IsEmpty());
}

TEST_F(ChangeSinkTest, CompactionSaysUpToWhereDeletionsAreForgotten) {
  ASSERT_TRUE(Put(1, "a").ok());
  ASSERT_TRUE(Put(2, "b").ok());
  ASSERT_TRUE(committer_->Commit(Writes(1, Row(1, "a", Base(1), true)), nullptr).ok());
  const CommitSeq deleted = committer_->last_commit();
  ASSERT_GT(Flush().rows, 0u);
  const auto forgotten = [&] {
    return reader_->ForgottenUpTo(*table_, Scope{""}, *reader_->TakeSnapshot()).value();
  };
  CompactionOptions every;
  every.is_full = true;
  Compact(every);
  EXPECT_EQ(forgotten().value, 0u);
  CompactionOptions options;
  options.is_full = true;
  options.tombstones_before = CommitSeq{deleted.value + 1};
  Compact(options);
  EXPECT_EQ(forgotten(), deleted);
}

}  // namespace
}  // namespace kalamdb::table
