// SPDX-License-Identifier: Apache-2.0
#include "server/worker_pool.h"

#include <atomic>
#include <latch>

#include <gtest/gtest.h>

namespace kalamdb::server {
namespace {

struct Gate {
  std::latch entered{1};
  std::latch open{1};
};

// Occupies a worker until the gate opens.
void WaitAtGate(void* context) {
  auto* gate = static_cast<Gate*>(context);
  gate->entered.count_down();
  gate->open.wait();
}

void Count(void* context) { ++*static_cast<std::atomic<int>*>(context); }

TEST(WorkerPool, RunsEverythingBeforeItStops) {
  std::atomic<int> count{0};
  {
    WorkerPool pool(3, 100'000);
    std::vector<WorkerPool::Task> tasks(1000, {&Count, &count});
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(pool.TryPost(tasks), tasks.size());
    }
    pool.Post({&Count, &count});
  }
  EXPECT_EQ(count, 20'001);
}

TEST(WorkerPool, TakesNoMoreThanTheQueueHolds) {
  std::atomic<int> count{0};
  Gate gate;
  WorkerPool pool(1, 3);
  pool.Post({&WaitAtGate, &gate});
  gate.entered.wait();
  const std::vector<WorkerPool::Task> tasks(5, {&Count, &count});
  EXPECT_EQ(pool.TryPost(tasks), 3u);
  EXPECT_EQ(pool.TryPost(tasks), 0u);
  pool.Post({&Count, &count});  // Of an admitted request: always.
  EXPECT_EQ(pool.queue_depth(), 4u);
  gate.open.count_down();
  pool.Stop();
  EXPECT_EQ(count, 4);
}

TEST(WorkerPool, WorksBesideABlockedWorker) {
  std::latch done(100);
  Gate gate;
  WorkerPool pool(2, 1000);
  pool.Post({&WaitAtGate, &gate});
  gate.entered.wait();
  for (int i = 0; i < 100; ++i) {
    pool.Post({[](void* context) { static_cast<std::latch*>(context)->count_down(); }, &done});
  }
  done.wait();
  gate.open.count_down();
}

TEST(WorkerPool, KnowsItsThreads) {
  struct Context {
    WorkerPool pool{1, 10};
    std::atomic<bool> was_worker{false};
    std::latch done{1};
  } context;
  context.pool.Post({[](void* c) {
                       auto* self = static_cast<Context*>(c);
                       self->was_worker = self->pool.IsWorker();
                       self->done.count_down();
                     },
                     &context});
  context.done.wait();
  EXPECT_TRUE(context.was_worker);
  EXPECT_FALSE(context.pool.IsWorker());
}

}  // namespace
}  // namespace kalamdb::server
