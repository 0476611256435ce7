// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "live/subscription.h"

namespace kalamdb::live {

// What an outbox tells its owner, who outlives every call of the outbox. Called from any thread,
// without a lock of the outbox; must not block.
class OutboxListener {
 public:
  // There are frames again. Not called again before Take() has left none.
  virtual void OnFrames() = 0;
  // The subscription is behind, and there is room to catch up.
  virtual void OnBehind(SubscriptionPtr subscription) = 0;

 protected:
  ~OutboxListener() = default;
};

struct OutboxState {
  size_t frames = 0;
  size_t bytes = 0;
  std::chrono::nanoseconds waiting{0};  // How long the reader has not taken any, while there are.
};

// The frames that wait for one connection, and how far its subscriptions are. Thread-safe.
//
// Bounded in bytes: a change beyond the bound is not queued, and its subscription is behind from
// then on. Once the reader has taken half of what waits, OnBehind() asks the owner to read what was
// missed from the table. So a slow reader costs no memory and no commit.
class Outbox {
 public:
  // `clock` and `listener` outlive it.
  Outbox(size_t bytes_max, const Clock& clock, OutboxListener& listener)
      : bytes_max_(bytes_max), clock_(clock), listener_(listener) {}

  size_t bytes_max() const { return bytes_max_; }
  // Queues a message whatever waits already: those that answer the client, and rows it asked for.
  void Send(FramePtr frame);
  // Moves frames of about `bytes` bytes, at least one, to the end of `*frames`. False: there were
  // none.
  bool Take(size_t bytes, std::vector<FramePtr>* frames);
  // From now on nothing is queued.
  void Close();

  // ---- Changes, in commit order ----
  // `now` in microseconds since 1970.
  void Deliver(const SubscriptionPtr& subscription, CommitSeq seq, const FramePtr& frame,
               int64_t now);
  // Changes from `first` on will not be delivered.
  void MarkLost(const SubscriptionPtr& subscription, CommitSeq first);

  // ---- Loading ----
  // What is read are the rows as of `boundary`: later changes count.
  void SetBoundary(const SubscriptionPtr& subscription, CommitSeq boundary);
  // All rows are queued: now the changes that were held, then those that come.
  void Activate(const SubscriptionPtr& subscription);
  // Makes a subscription that is behind a loading one. From where it has to be read; nothing when
  // it has ended.
  std::optional<CommitSeq> BeginCatchUp(const SubscriptionPtr& subscription);
  // Only what is up to `position` was read.
  void StayBehind(const SubscriptionPtr& subscription, CommitSeq position);
  // False: it had ended before.
  bool End(const SubscriptionPtr& subscription);

  Delivery DeliveryOf(const Subscription& subscription) const;  // Without what is held.
  OutboxState state() const;

 private:
  // What is left to do when the lock is free.
  struct Calls {
    bool has_frames = false;
    std::vector<SubscriptionPtr> behind;
  };
  void Push(FramePtr frame, Calls* calls) KALAMDB_REQUIRES(mu_);
  void FallBehind(const SubscriptionPtr& subscription, CommitSeq position, Calls* calls)
      KALAMDB_REQUIRES(mu_);
  void CollectBehind(Calls* calls) KALAMDB_REQUIRES(mu_);
  void DropHeld(Delivery* delivery) KALAMDB_REQUIRES(mu_);
  void Call(Calls calls);  // Without the lock.

  const size_t bytes_max_;
  const Clock& clock_;
  OutboxListener& listener_;
  mutable Mutex mu_;
  std::deque<FramePtr> frames_ KALAMDB_GUARDED_BY(mu_);
  size_t bytes_ KALAMDB_GUARDED_BY(mu_) = 0;
  size_t held_bytes_ KALAMDB_GUARDED_BY(mu_) = 0;  // Of all subscriptions that load.
  bool is_announced_ KALAMDB_GUARDED_BY(mu_) = false;
  bool is_closed_ KALAMDB_GUARDED_BY(mu_) = false;
  std::chrono::nanoseconds waiting_since_ KALAMDB_GUARDED_BY(mu_){0};
  std::vector<SubscriptionPtr> behind_ KALAMDB_GUARDED_BY(mu_);  // Until there is room.
};

}  // namespace kalamdb::live
