// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace kalamdb::server {

// Memory that the request bodies of all connections may take together: a body is read before its
// sender is known. Beyond: the request is told 503. Thread-safe.
class BodyBudget {
 public:
  explicit BodyBudget(size_t bytes_max) : bytes_max_(bytes_max) {}

  // False when there is not so much left; nothing is taken then.
  bool Take(size_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_max_) {
      return true;
    }
    Release(bytes);
    return false;
  }
  void Release(size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  const size_t bytes_max_;
  std::atomic<size_t> used_{0};
};

// What one holder has taken of a budget; given back at its end. Thread-compatible.
class BudgetShare {
 public:
  explicit BudgetShare(BodyBudget& budget) : budget_(&budget) {}
  BudgetShare(BudgetShare&& other) noexcept
      : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  BudgetShare& operator=(BudgetShare&& other) noexcept {
    Release();
    budget_ = other.budget_;
    bytes_ = std::exchange(other.bytes_, 0);
    return *this;
  }
  ~BudgetShare() { Release(); }

  bool Take(size_t bytes) {
    const bool is_taken = budget_->Take(bytes);
    bytes_ += is_taken ? bytes : 0;
    return is_taken;
  }
  void Release() { budget_->Release(std::exchange(bytes_, 0)); }

 private:
  BodyBudget* budget_;
  size_t bytes_ = 0;
};

}  // namespace kalamdb::server
