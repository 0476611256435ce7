// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>

#include "base/clock.h"
#include "base/mutex.h"
#include "server/http/asio.h"
#include "server/worker_pool.h"

namespace kalamdb::server {

// What an event loop drives besides its sockets. Every call comes on the loop's thread.
class LoopMember {
 public:
  virtual void OnSweep(std::chrono::nanoseconds now) = 0;  // About ten times a second.
  virtual void OnFinished() = 0;                           // After IoThread::PostFinished().
  virtual void OnRefused() = 0;                            // The workers' queue is full.
  virtual void OnStop() = 0;                               // Finish what runs, start nothing.
  virtual void OnCancel() = 0;                             // Cancel what runs.
  virtual void OnClose() = 0;                              // End now.

 protected:
  ~LoopMember() = default;
};

// One event loop on a thread of its own, with the connections that live on it. A single coarse
// sweep looks at all deadlines: a timer per request would cost more than the rest of a small
// request. Confined to its thread unless a function says otherwise.
class IoThread {
 public:
  IoThread(const Clock& clock, WorkerPool& workers, uint64_t id_seed);
  ~IoThread();

  asio::io_context& context() { return context_; }
  void Start();

  void Add(LoopMember* member);
  void Remove(LoopMember* member);
  // Hands a task to the workers together with what else this round of events brings: one lock and
  // one wake-up for all. `member` learns by OnRefused() that the queue was full.
  void Submit(LoopMember* member, WorkerPool::Task task);
  // For work of a request that was admitted before: cannot be refused.
  void SubmitAdmitted(WorkerPool::Task task) { workers_.Post(task); }
  bool is_stopping() const { return is_stopping_; }
  // The monotonic clock as of the last sweep: good enough for deadlines of seconds.
  std::chrono::nanoseconds coarse_now() const { return coarse_now_; }
  // "Date: ...\r\n", refreshed by the sweep.
  const std::string& date_field() const { return date_field_; }
  // 16 hexadecimal digits, different for every request of this process.
  using RequestId = std::array<char, 16>;
  RequestId NextRequestId();

  // From any thread: calls member->OnFinished() on the loop. Calls made while the loop is busy are
  // delivered together.
  void PostFinished(LoopMember* member);

  // From any other thread, in this order; the calls only ask, and Join() waits for the last member.
  void BeginStop();
  void CancelAll();
  void CloseAll();
  // False when members are left after `timeout`.
  bool WaitUntilEmpty(std::chrono::milliseconds timeout);
  void Join();

 private:
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  struct Submission {
    LoopMember* member;
    WorkerPool::Task task;
  };

  void FlushSubmissions();
  void DrainFinished();
  void ScheduleSweep();
  void Sweep();
  void RefreshDate();
  void PostToAll(void (LoopMember::*call)());

  const Clock& clock_;
  WorkerPool& workers_;
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> keep_running_;
  Timer sweep_timer_;
  std::vector<LoopMember*> members_;
  std::vector<Submission> submissions_;
  std::vector<WorkerPool::Task> tasks_;  // Scratch of FlushSubmissions().
  std::vector<LoopMember*> draining_;    // Scratch of DrainFinished().
  bool is_stopping_ = false;
  bool is_joining_ = false;
  std::chrono::nanoseconds coarse_now_;
  int64_t date_seconds_ = 0;
  std::string date_field_;
  uint64_t next_id_;

  Mutex mu_;
  CondVar emptied_;
  std::vector<LoopMember*> finished_ KALAMDB_GUARDED_BY(mu_);
  size_t member_count_ KALAMDB_GUARDED_BY(mu_) = 0;

  std::thread thread_;
};

}  // namespace kalamdb::server
