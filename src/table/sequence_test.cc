// SPDX-License-Identifier: Apache-2.0
#include "table/sequence.h"

#include <gtest/gtest.h>

#include <chrono>

namespace kalamdb::table {
namespace {

constexpr int64_t kNow = (kSeqEpochMillis + 1'000'000) * 1000;

TEST(SequenceGenerator, LayoutIsTimeNodeCounter) {
  ManualClock clock(kNow);
  SequenceGenerator sequence(clock, 5, CommitSeq{0});
  EXPECT_EQ(sequence.Next().value, uint64_t{1'000'000} << kSeqTimeShift | 5u << kSeqNodeShift);
  EXPECT_EQ(sequence.Next().value, uint64_t{1'000'000} << kSeqTimeShift | 5u << kSeqNodeShift | 1u);
  EXPECT_EQ(SeqTimeMicros(sequence.last()), kNow);
}

TEST(SequenceGenerator, NeverGoesBackWhenTheClockDoes) {
  ManualClock clock(kNow);
  SequenceGenerator sequence(clock, 1, CommitSeq{0});
  CommitSeq last = sequence.Next();
  clock.SetWall(kNow - 3'600'000'000);
  for (int i = 0; i < 10'000; ++i) {
    const CommitSeq next = sequence.Next();
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(SequenceGenerator, StaysAboveTheFloorOfTheRunBefore) {
  ManualClock clock(kNow);
  SequenceGenerator before(clock, 9, CommitSeq{0});
  for (int i = 0; i < 5'000; ++i) {
    static_cast<void>(before.Next());
  }
  clock.SetWall(kNow - 60'000'000);
  SequenceGenerator after(clock, 2, before.last());
  EXPECT_LT(before.last(), after.Next());
}

TEST(SequenceGenerator, KeepsTheNodeWhenAMillisecondIsFull) {
  ManualClock clock(kNow);
  SequenceGenerator sequence(clock, 3, CommitSeq{0});
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_EQ(sequence.Next().value >> kSeqNodeShift & kSeqNodeMax, 3u);
  }
}

}  // namespace
}  // namespace kalamdb::table
