// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include <gtest/gtest.h>

namespace kalamdb {
namespace {

using namespace std::chrono_literals;

TEST(ManualClock, AdvanceMovesBothClocks) {
  ManualClock clock(1'000);
  EXPECT_EQ(clock.WallMicros(), 1'000);
  EXPECT_EQ(clock.Monotonic(), 0ns);
  clock.Advance(2ms);
  EXPECT_EQ(clock.WallMicros(), 3'000);
  EXPECT_EQ(clock.Monotonic(), 2ms);
}

TEST(ManualClock, WallStepsLeaveTheMonotonicClockAlone) {
  ManualClock clock(5'000);
  clock.Advance(1ms);
  clock.SetWall(10);
  EXPECT_EQ(clock.WallMicros(), 10);
  EXPECT_EQ(clock.Monotonic(), 1ms);
}

TEST(SystemClock, IsAfter2024AndMonotonicNeverStepsBack) {
  const SystemClock clock;
  EXPECT_GT(clock.WallMicros(), 1'704'067'200'000'000);
  const auto first = clock.Monotonic();
  EXPECT_GE(clock.Monotonic(), first);
}

}  // namespace
}  // namespace kalamdb
