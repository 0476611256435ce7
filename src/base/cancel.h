// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"

namespace kalamdb {

// Asks running work to stop: the client went away, a deadline passed or the server stops.
// Thread-safe. Work polls it between rows or chunks; what cannot poll, because it is inside a
// library, is told by a CancelListener.
class CancelToken {
 public:
  void Cancel() {
    cancelled_.store(true, std::memory_order_relaxed);
    const MutexLock lock(mu_);
    for (const std::function<void()>* listener : listeners_) {
      (*listener)();
    }
  }
  bool is_cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  Status Check() const {
    return is_cancelled() ? Cancelled("the statement was cancelled") : Status();
  }

 private:
  friend class CancelListener;

  std::atomic<bool> cancelled_{false};
  Mutex mu_;
  std::vector<const std::function<void()>*> listeners_ KALAMDB_GUARDED_BY(mu_);
};

// Shared by the session that may cancel and the work that polls.
using CancelTokenPtr = std::shared_ptr<CancelToken>;

// While it lives, Cancel() calls a function: on the thread that cancels, so it must not block, and
// more than once if so cancelled. Called at once when the token is cancelled already.
class CancelListener {
 public:
  // `token` may be null.
  CancelListener(CancelTokenPtr token, std::function<void()> on_cancel)
      : token_(std::move(token)), on_cancel_(std::move(on_cancel)) {
    if (token_ == nullptr) {
      return;
    }
    const MutexLock lock(token_->mu_);
    token_->listeners_.push_back(&on_cancel_);
    if (token_->is_cancelled()) {
      on_cancel_();
    }
  }
  ~CancelListener() {
    if (token_ != nullptr) {
      const MutexLock lock(token_->mu_);
      std::erase(token_->listeners_, &on_cancel_);
    }
  }
  CancelListener(const CancelListener&) = delete;
  CancelListener& operator=(const CancelListener&) = delete;

 private:
  const CancelTokenPtr token_;
  const std::function<void()> on_cancel_;
};

}  // namespace kalamdb
