// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>

#include "base/status.h"

namespace kalamdb {

// Asks running work to stop: the client went away, a deadline passed or the server stops.
// Thread-safe. Work polls it between rows or chunks.
class CancelToken {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool is_cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  Status Check() const {
    return is_cancelled() ? Cancelled("the statement was cancelled") : Status();
  }

 private:
  std::atomic<bool> cancelled_{false};
};

// Shared by the session that may cancel and the work that polls.
using CancelTokenPtr = std::shared_ptr<CancelToken>;

}  // namespace kalamdb
