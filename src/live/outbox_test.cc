// SPDX-License-Identifier: Apache-2.0
#include "live/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "live/change_queue.h"

namespace kalamdb::live {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

FramePtr FrameOf(const std::string& text) { return Frame::Encode(text, {}); }

std::string TextOf(const FramePtr& frame) { return frame->bytes().substr(2); }

class OutboxTest : public ::testing::Test, public OutboxListener {
 protected:
  OutboxTest() { subscription_->outbox = outbox_; }
  void OnFrames() override { ++announced_; }
  void OnBehind(SubscriptionPtr subscription) override { behind_.push_back(subscription); }

  void Deliver(uint64_t seq, const std::string& text) {
    outbox_->Deliver(subscription_, CommitSeq{seq}, FrameOf(text), 0);
  }
  std::vector<std::string> TakeAll() {
    std::vector<FramePtr> frames;
    while (outbox_->Take(1, &frames)) {
    }
    std::vector<std::string> texts;
    for (const FramePtr& frame : frames) {
      texts.push_back(TextOf(frame));
    }
    return texts;
  }
  Phase phase() { return outbox_->DeliveryOf(*subscription_).phase; }
  void GoLive(uint64_t boundary) {
    outbox_->SetBoundary(subscription_, CommitSeq{boundary});
    outbox_->Activate(subscription_);
  }

  ManualClock clock_{1};
  std::shared_ptr<Outbox> outbox_ = std::make_shared<Outbox>(40, clock_, *this);
  SubscriptionPtr subscription_ = std::make_shared<Subscription>();
  int announced_ = 0;
  std::vector<SubscriptionPtr> behind_;
};

TEST_F(OutboxTest, ChangesWaitUntilTheRowsAreQueued) {
  Deliver(5, "five");
  outbox_->SetBoundary(subscription_, CommitSeq{6});
  Deliver(6, "six");
  Deliver(7, "seven");
  outbox_->Send(FrameOf("rows"));
  outbox_->Activate(subscription_);
  Deliver(8, "eight");
  EXPECT_THAT(TakeAll(), ElementsAre("rows", "seven", "eight"));
}

TEST_F(OutboxTest, AnnouncesOnceUntilItIsEmpty) {
  GoLive(1);
  Deliver(2, "a");
  Deliver(3, "b");
  EXPECT_EQ(announced_, 1);
  std::vector<FramePtr> frames;
  EXPECT_TRUE(outbox_->Take(1, &frames));
  Deliver(4, "c");
  EXPECT_EQ(announced_, 1);
  EXPECT_THAT(TakeAll(), ElementsAre("b", "c"));
  EXPECT_FALSE(outbox_->Take(1, &frames));
  Deliver(5, "d");
  EXPECT_EQ(announced_, 2);
}

TEST_F(OutboxTest, WhatDoesNotFitIsReadWhenThereIsRoom) {
  GoLive(1);
  Deliver(2, std::string(20, 'a'));
  Deliver(4, std::string(30, 'b'));
  Deliver(6, "c");
  EXPECT_EQ(phase(), Phase::kBehind);
  EXPECT_THAT(behind_, IsEmpty());
  EXPECT_THAT(TakeAll(), ElementsAre(std::string(20, 'a')));
  EXPECT_THAT(behind_, ElementsAre(subscription_));
  const std::optional<CommitSeq> position = outbox_->BeginCatchUp(subscription_);
  ASSERT_TRUE(position.has_value());
  EXPECT_EQ(position->value, 3u);  // All before the change that did not fit.
  Deliver(9, "nine");
  outbox_->SetBoundary(subscription_, CommitSeq{8});
  outbox_->Activate(subscription_);
  EXPECT_THAT(TakeAll(), ElementsAre("nine"));
}

TEST_F(OutboxTest, AFrameThatIsTooLargeAloneStillGoes) {
  GoLive(1);
  Deliver(2, std::string(100, 'a'));
  EXPECT_EQ(TakeAll().size(), 1u);
  EXPECT_EQ(phase(), Phase::kLive);
}

TEST_F(OutboxTest, WhatIsHeldIsBoundedToo) {
  Deliver(5, std::string(30, 'a'));
  Deliver(6, std::string(30, 'b'));
  GoLive(4);
  EXPECT_EQ(phase(), Phase::kBehind);
  EXPECT_THAT(behind_, ElementsAre(subscription_));
  EXPECT_EQ(outbox_->BeginCatchUp(subscription_)->value, 4u);
}

TEST_F(OutboxTest, LostChangesAreReadAgain) {
  GoLive(3);
  outbox_->MarkLost(subscription_, CommitSeq{10});
  EXPECT_THAT(behind_, ElementsAre(subscription_));
  EXPECT_EQ(outbox_->BeginCatchUp(subscription_)->value, 9u);
  outbox_->SetBoundary(subscription_, CommitSeq{12});
  outbox_->MarkLost(subscription_, CommitSeq{13});
  outbox_->Activate(subscription_);
  EXPECT_EQ(outbox_->BeginCatchUp(subscription_)->value, 12u);
}

TEST_F(OutboxTest, AnEndedSubscriptionGetsNothing) {
  GoLive(1);
  EXPECT_TRUE(outbox_->End(subscription_));
  EXPECT_FALSE(outbox_->End(subscription_));
  Deliver(2, "a");
  outbox_->MarkLost(subscription_, CommitSeq{3});
  EXPECT_FALSE(outbox_->BeginCatchUp(subscription_).has_value());
  EXPECT_THAT(TakeAll(), IsEmpty());
}

TEST(ChangeQueueTest, ReplacesWhatDoesNotFitByAMark) {
  auto table = std::make_shared<catalog::TableDef>();
  table->id = TableId{7};
  const auto commit = [&](uint64_t seq, size_t bytes) {
    std::vector<table::ScopeChanges> changes(1);
    changes[0].table = table;
    table::RowChange& change = changes[0].changes.emplace_back();
    change.key = "k";
    change.seq = CommitSeq{seq};
    change.row = std::string(bytes, 'r');
    return changes;
  };
  ChangeQueue queue(1'000);
  queue.OnCommit(commit(1, 10));
  queue.OnCommit(commit(2, 2'000));
  queue.OnCommit(commit(3, 2'000));
  std::vector<ChangeQueue::Item> items;
  ASSERT_TRUE(queue.Take(&items));
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(std::get<table::ScopeChanges>(items[0]).changes[0].seq.value, 1u);
  EXPECT_EQ(std::get<LostChanges>(items[1]).first.value, 2u);
  queue.OnCommit(commit(4, 10));
  ASSERT_TRUE(queue.Take(&items));
  EXPECT_TRUE(std::holds_alternative<table::ScopeChanges>(items.at(0)));
  queue.Stop();
  EXPECT_FALSE(queue.Take(&items));
}

TEST(ChangeQueueTest, IsWantedAsLongAsSomebodyWants) {
  ChangeQueue queue(1'000);
  EXPECT_FALSE(queue.IsWanted(TableId{7}));
  queue.Want(TableId{7});
  queue.Want(TableId{7});
  EXPECT_FALSE(queue.IsSettled(TableId{7}));
  queue.Settle(TableId{7});
  queue.Unwant(TableId{7});
  EXPECT_TRUE(queue.IsWanted(TableId{7}));
  EXPECT_TRUE(queue.IsSettled(TableId{7}));
  queue.Unwant(TableId{7});
  EXPECT_FALSE(queue.IsWanted(TableId{7}));
  queue.Want(TableId{7});
  EXPECT_FALSE(queue.IsSettled(TableId{7}));
}

}  // namespace
}  // namespace kalamdb::live
