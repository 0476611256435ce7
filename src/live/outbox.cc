// SPDX-License-Identifier: Apache-2.0
#include "live/outbox.h"

#include <algorithm>
#include <utility>

namespace kalamdb::live {

void Outbox::Push(FramePtr frame, Calls* calls) {
  if (is_closed_) {
    return;
  }
  if (frames_.empty()) {
    waiting_since_ = clock_.Monotonic();
  }
  bytes_ += frame->bytes().size();
  frames_.push_back(std::move(frame));
  if (!is_announced_) {
    is_announced_ = true;
    calls->has_frames = true;
  }
}

void Outbox::CollectBehind(Calls* calls) {
  if (bytes_ > bytes_max_ / 2 || is_closed_) {
    return;
  }
  for (SubscriptionPtr& subscription : behind_) {
    calls->behind.push_back(std::move(subscription));
  }
  behind_.clear();
}

void Outbox::FallBehind(const SubscriptionPtr& subscription, CommitSeq position, Calls* calls) {
  Delivery& delivery = subscription->delivery;
  DropHeld(&delivery);
  delivery.phase = Phase::kBehind;
  delivery.position = position;
  behind_.push_back(subscription);
  CollectBehind(calls);
}

void Outbox::DropHeld(Delivery* delivery) {
  held_bytes_ -= delivery->held_bytes;
  delivery->held_bytes = 0;
  delivery->held.clear();
  delivery->held.shrink_to_fit();
}

void Outbox::Call(Calls calls) {
  if (calls.has_frames) {
    listener_.OnFrames();
  }
  for (SubscriptionPtr& subscription : calls.behind) {
    listener_.OnBehind(std::move(subscription));
  }
}

void Outbox::Send(FramePtr frame) {
  Calls calls;
  {
    const MutexLock lock(mu_);
    Push(std::move(frame), &calls);
  }
  Call(std::move(calls));
}

bool Outbox::Take(size_t bytes, std::vector<FramePtr>* frames) {
  Calls calls;
  bool has_taken = false;
  {
    const MutexLock lock(mu_);
    size_t taken = 0;
    while (!frames_.empty() && (!has_taken || taken + frames_.front()->bytes().size() <= bytes)) {
      taken += frames_.front()->bytes().size();
      frames->push_back(std::move(frames_.front()));
      frames_.pop_front();
      has_taken = true;
    }
    bytes_ -= taken;
    if (frames_.empty()) {
      is_announced_ = false;
    } else {
      waiting_since_ = clock_.Monotonic();
    }
    CollectBehind(&calls);
  }
  Call(std::move(calls));
  return has_taken;
}

void Outbox::Close() {
  const MutexLock lock(mu_);
  is_closed_ = true;
  frames_.clear();
  behind_.clear();
  bytes_ = 0;
}

void Outbox::Deliver(const SubscriptionPtr& subscription, CommitSeq seq, const FramePtr& frame,
                     int64_t now) {
  Calls calls;
  {
    const MutexLock lock(mu_);
    Delivery& delivery = subscription->delivery;
    const size_t size = frame->bytes().size();
    if (delivery.phase == Phase::kLoading) {
      if ((delivery.has_boundary && seq <= delivery.position) || delivery.is_held_lost) {
        return;
      }
      if (held_bytes_ + size > bytes_max_) {
        DropHeld(&delivery);
        delivery.is_held_lost = true;
        return;
      }
      held_bytes_ += size;
      delivery.held_bytes += size;
      delivery.held.emplace_back(seq, frame);
      return;
    }
    if (delivery.phase != Phase::kLive || seq <= delivery.position) {
      return;
    }
    if (bytes_ + size > bytes_max_ && !frames_.empty()) {
      FallBehind(subscription, CommitSeq{seq.value - 1}, &calls);
    } else {
      Push(frame, &calls);
      delivery.position = seq;
      ++delivery.changes;
      delivery.bytes += size;
      delivery.updated_at = now;
    }
  }
  Call(std::move(calls));
}

void Outbox::MarkLost(const SubscriptionPtr& subscription, CommitSeq first) {
  Calls calls;
  {
    const MutexLock lock(mu_);
    Delivery& delivery = subscription->delivery;
    if (delivery.phase == Phase::kLoading) {
      DropHeld(&delivery);
      delivery.is_held_lost = true;
    } else if (delivery.phase == Phase::kLive) {
      FallBehind(subscription, std::max(delivery.position, CommitSeq{first.value - 1}), &calls);
    }
  }
  Call(std::move(calls));
}

void Outbox::SetBoundary(const SubscriptionPtr& subscription, CommitSeq boundary) {
  const MutexLock lock(mu_);
  subscription->delivery.position = boundary;
  subscription->delivery.has_boundary = true;
}

void Outbox::Activate(const SubscriptionPtr& subscription) {
  Calls calls;
  {
    const MutexLock lock(mu_);
    Delivery& delivery = subscription->delivery;
    if (delivery.phase != Phase::kLoading) {
      return;
    }
    if (delivery.is_held_lost) {
      FallBehind(subscription, delivery.position, &calls);
    } else {
      std::vector<std::pair<CommitSeq, FramePtr>> held = std::move(delivery.held);
      DropHeld(&delivery);
      delivery.phase = Phase::kLive;
      for (auto& [seq, frame] : held) {
        if (seq <= delivery.position) {
          continue;
        }
        const size_t size = frame->bytes().size();
        if (bytes_ + size > bytes_max_ && !frames_.empty()) {
          FallBehind(subscription, CommitSeq{seq.value - 1}, &calls);
          break;
        }
        delivery.position = seq;
        ++delivery.changes;
        delivery.bytes += size;
        Push(std::move(frame), &calls);
      }
    }
  }
  Call(std::move(calls));
}

std::optional<CommitSeq> Outbox::BeginCatchUp(const SubscriptionPtr& subscription) {
  const MutexLock lock(mu_);
  Delivery& delivery = subscription->delivery;
  if (delivery.phase != Phase::kBehind || is_closed_) {
    return std::nullopt;
  }
  delivery.phase = Phase::kLoading;
  delivery.has_boundary = false;
  delivery.is_held_lost = false;
  ++delivery.resyncs;
  return delivery.position;
}

void Outbox::StayBehind(const SubscriptionPtr& subscription, CommitSeq position) {
  Calls calls;
  {
    const MutexLock lock(mu_);
    if (subscription->delivery.phase == Phase::kLoading) {
      FallBehind(subscription, position, &calls);
    }
  }
  Call(std::move(calls));
}

bool Outbox::End(const SubscriptionPtr& subscription) {
  const MutexLock lock(mu_);
  Delivery& delivery = subscription->delivery;
  if (delivery.phase == Phase::kEnded) {
    return false;
  }
  DropHeld(&delivery);
  delivery.phase = Phase::kEnded;
  std::erase(behind_, subscription);
  return true;
}

Delivery Outbox::DeliveryOf(const Subscription& subscription) const {
  const MutexLock lock(mu_);
  const Delivery& delivery = subscription.delivery;
  return {.phase = delivery.phase,
          .position = delivery.position,
          .has_boundary = delivery.has_boundary,
          .held = {},
          .held_bytes = delivery.held_bytes,
          .is_held_lost = delivery.is_held_lost,
          .changes = delivery.changes,
          .bytes = delivery.bytes,
          .resyncs = delivery.resyncs,
          .updated_at = delivery.updated_at};
}

OutboxState Outbox::state() const {
  const MutexLock lock(mu_);
  return {.frames = frames_.size(),
          .bytes = bytes_,
          .waiting =
              frames_.empty() ? std::chrono::nanoseconds(0) : clock_.Monotonic() - waiting_since_};
}

}  // namespace kalamdb::live
