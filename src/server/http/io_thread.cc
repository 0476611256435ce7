// SPDX-License-Identifier: Apache-2.0
#include "server/http/io_thread.h"

#include <algorithm>
#include <charconv>

#include <boost/asio/post.hpp>

#include "server/http/text.h"

namespace kalamdb::server {

namespace {

constexpr std::chrono::milliseconds kSweepInterval{100};

}  // namespace

IoThread::IoThread(const Clock& clock, WorkerPool& workers, uint64_t id_seed)
    : clock_(clock),
      workers_(workers),
      keep_running_(context_.get_executor()),
      sweep_timer_(context_),
      coarse_now_(clock.Monotonic()),
      next_id_(id_seed) {
  RefreshDate();
}

IoThread::~IoThread() { Join(); }

void IoThread::Start() {
  ScheduleSweep();
  thread_ = std::thread([this] { context_.run(); });
}

void IoThread::Add(LoopMember* member) {
  members_.push_back(member);
  MutexLock lock(mu_);
  member_count_ = members_.size();
}

void IoThread::Remove(LoopMember* member) {
  const auto found = std::find(members_.begin(), members_.end(), member);
  *found = members_.back();
  members_.pop_back();
  MutexLock lock(mu_);
  member_count_ = members_.size();
  if (member_count_ == 0) {
    emptied_.NotifyAll();
  }
}

void IoThread::Submit(LoopMember* member, WorkerPool::Task task) {
  submissions_.push_back({member, task});
  if (submissions_.size() == 1) {
    asio::post(context_, [this] { FlushSubmissions(); });
  }
}

void IoThread::FlushSubmissions() {
  tasks_.clear();
  for (const Submission& submission : submissions_) {
    tasks_.push_back(submission.task);
  }
  const size_t taken = workers_.TryPost(tasks_);
  if (taken == submissions_.size()) {
    submissions_.clear();
    return;
  }
  // A refused member goes on at once and may submit its next request.
  const std::vector<Submission> refused(submissions_.begin() + static_cast<ptrdiff_t>(taken),
                                        submissions_.end());
  submissions_.clear();
  for (const Submission& submission : refused) {
    submission.member->OnRefused();
  }
}

void IoThread::PostFinished(LoopMember* member) {
  bool is_first = false;
  {
    MutexLock lock(mu_);
    is_first = finished_.empty();
    finished_.push_back(member);
  }
  if (is_first) {
    asio::post(context_, [this] { DrainFinished(); });
  }
}

void IoThread::DrainFinished() {
  {
    MutexLock lock(mu_);
    draining_.swap(finished_);
  }
  for (LoopMember* member : draining_) {
    member->OnFinished();
  }
  draining_.clear();
}

IoThread::RequestId IoThread::NextRequestId() {
  RequestId digits;
  digits.fill('0');
  RequestId number{};
  const auto end = std::to_chars(number.data(), number.data() + number.size(), next_id_++, 16).ptr;
  std::copy_backward(number.data(), end, digits.data() + digits.size());
  return digits;
}

void IoThread::ScheduleSweep() {
  sweep_timer_.expires_after(kSweepInterval);
  sweep_timer_.async_wait([this](ErrorCode error) {
    if (!error && !is_joining_) {
      Sweep();
      ScheduleSweep();
    }
  });
}

void IoThread::Sweep() {
  RefreshDate();
  coarse_now_ = clock_.Monotonic();
  // By index: a member may not leave during its sweep, but end soon after.
  for (size_t i = 0; i < members_.size(); ++i) {
    members_[i]->OnSweep(coarse_now_);
  }
}

void IoThread::RefreshDate() {
  const int64_t seconds = clock_.WallMicros() / 1'000'000;
  if (seconds != date_seconds_) {
    date_seconds_ = seconds;
    date_field_ = "Date: " + HttpDate(seconds) + "\r\n";
  }
}

void IoThread::PostToAll(void (LoopMember::*call)()) {
  asio::post(context_, [this, call] {
    is_stopping_ = true;
    for (LoopMember* member : members_) {
      (member->*call)();
    }
  });
}

void IoThread::BeginStop() { PostToAll(&LoopMember::OnStop); }

void IoThread::CancelAll() { PostToAll(&LoopMember::OnCancel); }

void IoThread::CloseAll() { PostToAll(&LoopMember::OnClose); }

bool IoThread::WaitUntilEmpty(std::chrono::milliseconds timeout) {
  const std::chrono::nanoseconds deadline = clock_.Monotonic() + timeout;
  MutexLock lock(mu_);
  while (member_count_ > 0) {
    const std::chrono::nanoseconds left = deadline - clock_.Monotonic();
    if (left <= std::chrono::nanoseconds::zero()) {
      return false;
    }
    // In short steps: the clock of a test may move by itself.
    emptied_.WaitFor(mu_, std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(20)));
  }
  return true;
}

void IoThread::Join() {
  if (thread_.joinable()) {
    asio::post(context_, [this] {
      is_joining_ = true;
      sweep_timer_.cancel();
      keep_running_.reset();
    });
    thread_.join();
  }
}

}  // namespace kalamdb::server
