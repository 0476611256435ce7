// SPDX-License-Identifier: Apache-2.0
#include "base/spare_time.h"

#include <thread>

#include <gtest/gtest.h>
#include <sched.h>

#include "base/clock.h"

namespace kalamdb {
namespace {

using std::chrono::milliseconds;

void Work(milliseconds processor_time) {
  const auto end = ThreadCpuTime() + processor_time;
  while (ThreadCpuTime() < end) {
  }
}

TEST(SpareTime, ShortWorkRunsLikeAnyOther) {
  const SystemClock clock;
  SpareTime time(clock);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(time.Run([caller = std::this_thread::get_id()] {
                      EXPECT_EQ(std::this_thread::get_id(), caller);
                      return Status();
                    })
                    .ok());
  }
}

TEST(SpareTime, LongWorkStepsBackAndItsCallerDoesNot) {
  const SystemClock clock;
  SpareTime time(clock);
  int policy = -1;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(time.Run([&] {
                      policy = sched_getscheduler(0);
                      Work(milliseconds(i == 0 ? 25 : 0));
                      return Status();
                    })
                    .ok());
  }
  EXPECT_EQ(policy, SCHED_IDLE);
  EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);
}

TEST(SpareTime, AStarvedStepIsFollowedByOneThatCompetes) {
  ManualClock clock(0);
  SpareTime time(clock);
  ASSERT_TRUE(time.Run([] {
                    Work(milliseconds(25));
                    return Status();
                  })
                  .ok());
  ASSERT_TRUE(time.Run([&] {  // As one that hardly ever gets a processor.
                    clock.Advance(milliseconds(50));
                    return Status();
                  })
                  .ok());
  int policy = -1;
  ASSERT_TRUE(time.Run([&] {
                    policy = sched_getscheduler(0);
                    return Status();
                  })
                  .ok());
  EXPECT_EQ(policy, SCHED_OTHER);
}

TEST(SpareTime, GivesBackWhatTheStepSays) {
  const SystemClock clock;
  SpareTime time(clock);
  EXPECT_EQ(time.Run([] { return Status(NotFound("it")); }).code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace kalamdb
