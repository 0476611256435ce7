// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>

#include "server/http/asio.h"
#include "server/http/exchange.h"
#include "server/http/gate.h"
#include "server/http/http_metrics.h"
#include "server/http/io_thread.h"
#include "server/http/request_parser.h"
#include "server/http/upgrade.h"

namespace kalamdb::server {

// What every connection of a listener uses. Outlives them.
struct ConnectionContext {
  const Clock& clock;
  const HttpOptions& options;
  Gate& gate;
  HttpMetrics& metrics;
};

// One client: reads requests, has them answered one after the other, writes the answers, until
// the client goes or an answer hands the socket over to another protocol. Owned by its coroutine,
// which ends only when no handler works on the exchange any more. Confined to its io thread, except
// HandlerFinished().
//
// Bounds: one request at a time, header and body within HttpOptions; further pipelined requests
// wait in the socket. Answers are written as they are made; nothing is queued behind a slow reader,
// who is reset after `write_timeout`.
class Connection final : public LoopMember, private ExchangeOwner {
 public:
  // A refused connection is only told that there are too many.
  Connection(Socket socket, ConnectionSlot slot, bool is_refused, IoThread& io,
             ConnectionContext context);
  ~Connection();

  // Serves the connection until it ends.
  static Awaitable<void> Serve(std::unique_ptr<Connection> self);

 private:
  // What the deadline is about, and what Stop has to do.
  enum class Phase : uint8_t {
    kIdle,      // Waits for the first byte of a request.
    kHeader,    // A header is arriving.
    kBody,      // A body is arriving.
    kHandler,   // A handler works; no deadline but `handler_timeout`.
    kWriting,   // The client takes the answer.
    kLingering  // Told to go; what it still sends is dropped.
  };
  enum class Parsed : uint8_t { kNeedsMore, kContinue, kComplete, kRejected };

  // LoopMember
  void OnSweep(std::chrono::nanoseconds now) override;
  void OnFinished() override { Resume(); }
  void OnRefused() override;
  void OnStop() override;
  void OnCancel() override;
  void OnClose() override;
  // ExchangeOwner
  void HandlerFinished() override;

  Awaitable<bool> ReadRequest();
  Awaitable<void> RunRoute();
  Awaitable<bool> WriteAnswer();
  Awaitable<bool> WriteStream();
  Awaitable<bool> WriteRest();
  Awaitable<void> WaitForHandler();
  Awaitable<void> Linger();

  // Feeds what was read to the parser.
  Parsed ParseSome();
  Parsed OnHeaderRead();
  Parsed Reject(const Rejection& rejection);
  void MakeRequestId();
  static void RunHandler(void* self) noexcept;  // A task of a worker, or called inline.
  static void PullStream(void* self) noexcept;  // A task of a worker.
  void DropStream();
  void AppendHead(std::optional<size_t> body_bytes, std::string* out);
  // Frames `part_` as a chunk, the last one with the end of the body; queues it in `pending_`.
  void FrameChunk(bool is_chunked, bool is_last);
  enum class Progress : uint8_t { kDone, kBlocked, kFailed };
  // Writes `pending_` as far as the socket takes it.
  Progress TryWrite();
  void CountAnswer();
  void EnterPhase(Phase phase, std::chrono::nanoseconds timeout);
  void Resume();
  bool HasClientGone();
  // Makes the answer an error in the shape of the route.
  void Fail(int status, std::string_view code, std::string_view message);
  void BeginRequest();
  void ResetSocket();
  // Gives socket and slot to whoever the answer named.
  void HandOver();

  Socket socket_;
  ConnectionSlot slot_;
  const bool is_refused_;
  bool is_member_ = false;  // Of `io_`.
  IoThread& io_;
  const ConnectionContext context_;
  Exchange exchange_;

  boost::beast::flat_buffer in_;
  std::optional<RequestParser> parser_;
  std::string out_;    // Head of an answer, with a small body behind it.
  std::string part_;   // The next part of a streamed body.
  std::string frame_;  // The line in front of a chunk.
  std::array<asio::const_buffer, 3> pending_;
  BodyStream::State stream_state_ = BodyStream::State::kEnd;

  const Route* route_ = nullptr;
  std::move_only_function<void()> resume_;  // The suspended coroutine, while a handler works.
  Phase phase_ = Phase::kIdle;
  std::chrono::nanoseconds phase_since_{};
  std::chrono::nanoseconds deadline_{};
  bool is_inline_ = false;    // A handler runs on the io thread's stack,
  bool is_finished_ = false;  // and it has finished.
  bool is_late_ = false;      // The deadline has passed; the pending read was cancelled.
  bool is_gone_ = false;      // The client went away, or the connection is being torn down.
  bool must_close_ = false;   // After the current answer.
  bool must_linger_ = false;  // And the client may still be sending.
};

}  // namespace kalamdb::server
