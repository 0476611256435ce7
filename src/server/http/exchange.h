// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <functional>

#include "base/cancel.h"
#include "server/http/request.h"
#include "server/http/response.h"

namespace kalamdb::server {

// Told when a handler is done with an exchange.
class ExchangeOwner {
 public:
  virtual void HandlerFinished() = 0;  // From any thread; must not block.

 protected:
  ~ExchangeOwner() = default;
};

// One request and its answer. Owned by a connection, reused for its next request. Confined to one
// side at a time: the connection's io thread until the handler is called, then whichever thread the
// handler works on, and the io thread again from Finish() on. Only CancelHandler() may be called
// beside a handler.
class Exchange {
 public:
  explicit Exchange(ExchangeOwner& owner) : owner_(owner) {}

  const Request& request() const { return request_; }
  Response& response() { return response_; }
  // X-Request-ID of the client, or one of our own: connects an answer with the log.
  const std::string& id() const { return id_; }
  // Cancelled when the client goes away, the handler takes too long or the server stops.
  const CancelTokenPtr& cancel() const { return cancel_; }
  // True when the reason was `handler_timeout`.
  bool is_timed_out() const { return is_timed_out_.load(std::memory_order_relaxed); }
  // When the header was read, on the monotonic clock.
  std::chrono::nanoseconds started_at() const { return started_at_; }

  // Sends the answer. Called once per request, as the last thing a handler does with the exchange.
  // Compresses the body on the calling thread when the client asked for that and it is worth it.
  void Finish();
  // The same from a thread that must not work: `complete` makes the answer on the io thread. For
  // small answers only.
  void FinishOnIo(std::move_only_function<void(Response&)> complete);

  // -- For the connection --

  Request& mutable_request() { return request_; }
  // Makes the exchange ready for the next request.
  void Reset();
  void set_id(std::string_view id) { id_ = id; }
  void set_started_at(std::chrono::nanoseconds started_at) { started_at_ = started_at; }
  // On the io thread once HandlerFinished() was called: runs what FinishOnIo() left.
  void Complete();
  void CancelHandler(bool is_timeout);

 private:
  void Compress();

  ExchangeOwner& owner_;
  Request request_;
  Response response_;
  std::string id_;
  CancelTokenPtr cancel_ = std::make_shared<CancelToken>();
  std::atomic<bool> is_timed_out_{false};
  std::chrono::nanoseconds started_at_{};
  std::move_only_function<void(Response&)> complete_;
};

// Answers one kind of request and calls Finish() or FinishOnIo() once, now or later.
using Handler = std::function<void(Exchange&)>;

}  // namespace kalamdb::server
