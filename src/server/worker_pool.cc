// SPDX-License-Identifier: Apache-2.0
#include "server/worker_pool.h"

#include <algorithm>

#include "base/check.h"

namespace kalamdb::server {

namespace {

thread_local const WorkerPool* current_pool = nullptr;

}  // namespace

void WorkerPool::Ring::Push(Task task) {
  if (size_ == slots_.size()) {
    std::vector<Task> larger(std::max<size_t>(64, slots_.size() * 2));
    for (size_t i = 0; i < size_; ++i) {
      larger[i] = slots_[(first_ + i) % slots_.size()];
    }
    slots_ = std::move(larger);
    first_ = 0;
  }
  slots_[(first_ + size_) % slots_.size()] = task;
  ++size_;
}

WorkerPool::Task WorkerPool::Ring::Pop() {
  const Task task = slots_[first_];
  first_ = (first_ + 1) % slots_.size();
  --size_;
  return task;
}

WorkerPool::WorkerPool(size_t threads, size_t queue_max) : queue_max_(queue_max) {
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

WorkerPool::~WorkerPool() { Stop(); }

size_t WorkerPool::TryPost(std::span<const Task> tasks) {
  size_t taken = 0;
  bool must_wake = false;
  {
    MutexLock lock(mu_);
    KALAMDB_CHECK(!stopping_);
    taken = std::min(tasks.size(), queue_max_ - std::min(queue_max_, queue_.size()));
    for (size_t i = 0; i < taken; ++i) {
      queue_.Push(tasks[i]);
    }
    must_wake = taken > 0 && idle_ > waking_ && waking_ == 0;
    waking_ += must_wake ? 1 : 0;
  }
  if (must_wake) {
    has_work_.NotifyOne();
  }
  return taken;
}

// Wakes with the lock held, unlike TryPost(): threads that Stop() does not wait for call this, the
// commit thread for one. As soon as the lock is free the task may run, the server stop and the pool
// be gone.
void WorkerPool::Post(Task task) {
  MutexLock lock(mu_);
  KALAMDB_CHECK(!stopping_);
  queue_.Push(task);
  if (idle_ > waking_ && waking_ == 0) {
    ++waking_;
    has_work_.NotifyOne();
  }
}

bool WorkerPool::IsWorker() const { return current_pool == this; }

size_t WorkerPool::queue_depth() const {
  MutexLock lock(mu_);
  return queue_.size();
}

void WorkerPool::Run() {
  current_pool = this;
  mu_.lock();
  for (;;) {
    while (queue_.size() == 0 && !stopping_) {
      ++idle_;
      has_work_.Wait(mu_);
      --idle_;
      waking_ -= waking_ > 0 ? 1 : 0;
    }
    if (queue_.size() == 0) {
      break;
    }
    const Task task = queue_.Pop();
    // One worker wakes the next, as long as there is work: a burst of short tasks is often done
    // before a second thread could have started.
    const bool must_wake = queue_.size() > 0 && idle_ > waking_ && waking_ == 0;
    waking_ += must_wake ? 1 : 0;
    mu_.unlock();
    if (must_wake) {
      has_work_.NotifyOne();
    }
    task.run(task.context);
    mu_.lock();
  }
  mu_.unlock();
}

void WorkerPool::Stop() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
  }
  has_work_.NotifyAll();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

}  // namespace kalamdb::server
