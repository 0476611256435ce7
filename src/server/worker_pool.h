// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace kalamdb::server {

// Threads that may block: they run handlers, so that io threads never wait. Thread-safe.
// Bounded: TryPost() takes no more than `queue_max` waiting tasks and says so; Post() is for work
// that a request already admitted needs in order to end, and always succeeds.
class WorkerPool {
 public:
  // A function and what it works on; no memory is allocated for it.
  struct Task {
    void (*run)(void* context) = nullptr;
    void* context = nullptr;
  };

  WorkerPool(size_t threads, size_t queue_max);
  ~WorkerPool();

  // Takes as many of `tasks` as there is room for, from the front, and returns how many.
  size_t TryPost(std::span<const Task> tasks);
  void Post(Task task);
  // True on a thread of this pool.
  bool IsWorker() const;
  size_t queue_depth() const;
  size_t thread_count() const { return threads_.size(); }

  // Runs what waits, then joins. Nothing may be posted afterwards.
  void Stop();

 private:
  void Run();
  // First in, first out, in a buffer that grows to the longest queue there was.
  class Ring {
   public:
    size_t size() const { return size_; }
    void Push(Task task);
    Task Pop();

   private:
    std::vector<Task> slots_;
    size_t first_ = 0;
    size_t size_ = 0;
  };

  const size_t queue_max_;
  mutable Mutex mu_;
  CondVar has_work_;
  Ring queue_ KALAMDB_GUARDED_BY(mu_);
  size_t idle_ KALAMDB_GUARDED_BY(mu_) = 0;
  // Workers notified and not yet running: waking a second one for the same task is a wasted switch.
  size_t waking_ KALAMDB_GUARDED_BY(mu_) = 0;
  bool stopping_ KALAMDB_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace kalamdb::server
