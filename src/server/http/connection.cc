// SPDX-License-Identifier: Apache-2.0
#include "server/http/connection.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/beast/http/error.hpp>

#include "base/check.h"

namespace kalamdb::server {

using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

constexpr size_t kHeaderReadBytes = 4u << 10;
constexpr size_t kBodyReadBytes = 64u << 10;
// Up to here a body is copied behind its head, so that one plain send() carries both.
constexpr size_t kCopiedBodyBytes = 16u << 10;
// Buffers above this are given back after an answer, so that idle connections stay small.
constexpr size_t kKeptBufferBytes = 64u << 10;
// A body has to arrive at this rate once `body_timeout` is over.
constexpr size_t kBodyBytesPerSecondMin = 4u << 10;
constexpr size_t kRequestIdBytesMax = 128;
// A client that still sends when it was told to go is listened to for this many `linger_timeout`s.
constexpr int kLingerTimeoutsMax = 15;
// Clients that went away are looked for only in requests that take longer.
constexpr std::chrono::milliseconds kGoneCheckAfter{100};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

bool IsUsableId(std::string_view id) {
  return !id.empty() && id.size() <= kRequestIdBytesMax &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Connection::Connection(Socket socket, ConnectionSlot slot, bool is_refused, IoThread& io,
                       ConnectionContext context)
    : socket_(std::move(socket)),
      slot_(std::move(slot)),
      is_refused_(is_refused),
      io_(io),
      context_(context),
      exchange_(*this) {}

Connection::~Connection() {
  if (is_member_) {
    io_.Remove(this);
  }
}

Awaitable<void> Connection::Serve(std::unique_ptr<Connection> self) {
  Connection& c = *self;
  c.io_.Add(&c);
  c.is_member_ = true;
  if (c.is_refused_) {
    c.BeginRequest();
    c.Fail(503, "TOO_MANY_CONNECTIONS", "The server has as many connections as it takes.");
    c.must_close_ = true;
    c.must_linger_ = true;
    const bool is_written = co_await c.WriteAnswer();
    c.is_gone_ = !is_written;
  }
  while (!c.must_close_ && !c.is_gone_) {
    c.BeginRequest();
    const bool has_request = co_await c.ReadRequest();
    if (!has_request) {
      break;
    }
    if (c.route_ != nullptr) {
      co_await c.RunRoute();
    }
    if (c.exchange_.response().upgrade && c.io_.is_stopping()) {
      c.Fail(503, "UNAVAILABLE", "Server is shutting down");
    }
    const bool is_written = co_await c.WriteAnswer();
    c.is_gone_ = c.is_gone_ || !is_written;
    if (c.exchange_.response().upgrade && !c.is_gone_) {
      c.HandOver();
      co_return;
    }
  }
  if (c.must_linger_ && !c.is_gone_ && !c.io_.is_stopping()) {
    co_await c.Linger();
  }
  ErrorCode ignored;
  c.socket_.shutdown(Socket::shutdown_both, ignored);
  c.socket_.close(ignored);
}

void Connection::BeginRequest() {
  exchange_.Reset();
  parser_.emplace(exchange_.mutable_request(), context_.options.header_bytes_max,
                  context_.gate.body_budget());
  route_ = nullptr;
  is_late_ = false;
  is_finished_ = false;
  if (in_.size() == 0 && in_.capacity() > kKeptBufferBytes) {
    in_.shrink_to_fit();
  }
  if (out_.capacity() > kKeptBufferBytes) {
    out_.shrink_to_fit();
  }
}

// -- Reading --

Awaitable<bool> Connection::ReadRequest() {
  const bool is_idle = in_.size() == 0;
  EnterPhase(is_idle ? Phase::kIdle : Phase::kHeader,
             is_idle ? context_.options.idle_timeout : context_.options.header_timeout);
  for (;;) {
    const Parsed parsed = ParseSome();
    if (parsed == Parsed::kComplete || parsed == Parsed::kRejected) {
      co_return true;
    }
    if (parsed == Parsed::kContinue) {
      pending_ = {asio::buffer(kContinue)};
      const bool is_written = co_await WriteRest();
      if (!is_written) {
        co_return false;
      }
      EnterPhase(Phase::kBody, context_.options.body_timeout);
    }
    if (io_.is_stopping() && phase_ == Phase::kIdle) {
      co_return false;
    }
    const size_t wanted = phase_ == Phase::kBody ? kBodyReadBytes : kHeaderReadBytes;
    const auto [error, size] = co_await socket_.async_read_some(in_.prepare(wanted), kAsTuple);
    if (error) {
      if (is_late_ && !is_gone_ && phase_ != Phase::kIdle) {
        Reject({.status = 408,
                .code = "REQUEST_TIMEOUT",
                .message = "The request did not arrive in time."});
        co_return true;
      }
      co_return false;
    }
    in_.commit(size);
    context_.metrics.received_bytes.fetch_add(size, std::memory_order_relaxed);
    if (phase_ == Phase::kIdle) {
      EnterPhase(Phase::kHeader, context_.options.header_timeout);
    }
  }
}

Connection::Parsed Connection::ParseSome() {
  while (in_.size() > 0) {
    if (!parser_->got_some()) {
      // Empty lines in front of a request are left over from sloppy clients.
      const auto* bytes = static_cast<const char*>(in_.data().data());
      if (*bytes == '\r' || *bytes == '\n') {
        in_.consume(1);
        continue;
      }
    }
    const bool had_header = parser_->is_header_done();
    ErrorCode error;
    const size_t used = parser_->put(in_.data(), error);
    in_.consume(used);
    if (error == boost::beast::http::error::need_more) {
      return Parsed::kNeedsMore;
    }
    if (error) {
      Reject(parser_->WhyNot(error));
      must_close_ = must_linger_ = true;
      return Parsed::kRejected;
    }
    if (!had_header && parser_->is_header_done()) {
      const Parsed parsed = OnHeaderRead();
      if (parsed != Parsed::kNeedsMore) {
        return parsed;
      }
    }
    if (parser_->is_done()) {
      must_close_ = !exchange_.request().keep_alive();
      route_ = context_.gate.OnRequest(exchange_.request(), &exchange_.response());
      return Parsed::kComplete;
    }
  }
  return Parsed::kNeedsMore;
}

Connection::Parsed Connection::OnHeaderRead() {
  Request& request = exchange_.mutable_request();
  exchange_.set_started_at(context_.clock.Monotonic());
  const std::string_view id = request.Get(Header::kXRequestId);
  if (IsUsableId(id)) {
    exchange_.set_id(id);
  } else {
    MakeRequestId();
  }
  if (const auto rejection = context_.gate.OnHeader(slot_.peer(), &request, &*parser_)) {
    return Reject(*rejection);
  }
  if (!parser_->is_done()) {
    EnterPhase(Phase::kBody, context_.options.body_timeout);
    if (parser_->wants_continue() && in_.size() == 0) {
      return Parsed::kContinue;
    }
  }
  return Parsed::kNeedsMore;
}

void Connection::MakeRequestId() {
  const IoThread::RequestId id = io_.NextRequestId();
  exchange_.set_id({id.data(), id.size()});
}

Connection::Parsed Connection::Reject(const Rejection& rejection) {
  Gate::Answer(rejection, &exchange_.response());
  // Where the next request would begin is known only when this one was read to its end.
  const bool is_whole = parser_->is_done();
  must_close_ = !is_whole || !exchange_.request().keep_alive();
  must_linger_ = !is_whole;
  return Parsed::kRejected;
}

// -- Answering --

Awaitable<void> Connection::RunRoute() {
  EnterPhase(Phase::kHandler, context_.options.handler_timeout);
  context_.metrics.requests_running.fetch_add(1, std::memory_order_relaxed);
  if (route_->run_on == RunOn::kIo) {
    is_inline_ = true;
    RunHandler(this);
    is_inline_ = false;
    KALAMDB_CHECK(is_finished_);
  } else {
    io_.Submit(this, {&Connection::RunHandler, this});
    co_await WaitForHandler();
  }
  context_.metrics.requests_running.fetch_sub(1, std::memory_order_relaxed);
  try {
    exchange_.Complete();
  } catch (const std::exception&) {
    Fail(500, "INTERNAL_ERROR", "the server could not make the answer");
  }
}

void Connection::RunHandler(void* self) noexcept {
  auto& c = *static_cast<Connection*>(self);
  try {
    c.route_->handler(c.exchange_);
  } catch (const std::exception&) {
    // Out of memory, in practice. Handlers throw only before they finish.
    c.Fail(500, "INTERNAL_ERROR", "the server could not work on the request");
    c.HandlerFinished();
  }
}

void Connection::PullStream(void* self) noexcept {
  auto& c = *static_cast<Connection*>(self);
  try {
    c.stream_state_ = c.exchange_.response().stream->Next(&c.part_);
  } catch (const std::exception&) {
    c.stream_state_ = BodyStream::State::kBroken;
  }
  if (c.stream_state_ != BodyStream::State::kMore) {
    c.exchange_.response().stream.reset();  // Here, since that may block as well.
  }
  c.HandlerFinished();
}

void Connection::DropStream() {
  if (BodyStream* stream = exchange_.response().stream.release()) {
    io_.SubmitAdmitted({[](void* dropped) { delete static_cast<BodyStream*>(dropped); }, stream});
  }
}

void Connection::HandlerFinished() {
  if (is_inline_) {
    is_finished_ = true;
  } else {
    io_.PostFinished(this);
  }
}

Awaitable<void> Connection::WaitForHandler() {
  // The handler cannot finish before this coroutine is suspended: it ends by a call on this thread.
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>&, void()>(
      [this](auto handler) { resume_ = std::move(handler); }, asio::use_awaitable_t<Executor>());
}

void Connection::Resume() {
  auto resume = std::exchange(resume_, {});
  KALAMDB_CHECK(resume != nullptr);
  resume();
}

void Connection::Fail(int status, std::string_view code, std::string_view message) {
  const nanoseconds took = context_.clock.Monotonic() - exchange_.started_at();
  const ErrorBody error_body = route_ == nullptr ? &PlainError : route_->error_body;
  exchange_.response().Set(
      status, error_body(code, message, std::chrono::duration<double, std::milli>(took).count()));
}

void Connection::OnRefused() {
  Fail(503, "UNAVAILABLE", "The server has more requests waiting than it takes. Please retry.");
  exchange_.response().fields = "Retry-After: 1\r\n";
  Resume();
}

// -- Writing --

Awaitable<bool> Connection::WriteAnswer() {
  Response& response = exchange_.response();
  if (is_gone_) {
    DropStream();
    context_.metrics.disconnects.fetch_add(1, std::memory_order_relaxed);
    co_return false;
  }
  must_close_ = must_close_ || io_.is_stopping();
  if (exchange_.id().empty()) {
    MakeRequestId();
  }
  const bool has_body = exchange_.request().method() != Method::kHead;
  out_.clear();
  if (response.stream != nullptr && has_body) {
    const bool is_written = co_await WriteStream();
    DropStream();
    co_return is_written;
  }
  DropStream();
  AppendHead(response.body.size(), &out_);
  pending_ = {};
  if (has_body && response.body.size() <= kCopiedBodyBytes) {
    out_ += response.body;
  } else if (has_body) {
    pending_[1] = asio::buffer(response.body);
  }
  pending_[0] = asio::buffer(out_);
  const Progress progress = TryWrite();
  if (progress == Progress::kBlocked) {
    const bool is_written = co_await WriteRest();
    if (is_written) {
      CountAnswer();
    }
    co_return is_written;
  }
  CountAnswer();
  co_return progress == Progress::kDone;
}

Awaitable<bool> Connection::WriteStream() {
  // A client of HTTP/1.0 takes the end of the connection for the end of the body.
  const bool is_chunked = exchange_.request().version() >= 11;
  must_close_ = must_close_ || !is_chunked;
  AppendHead(std::nullopt, &out_);
  part_ = std::move(exchange_.response().body);
  stream_state_ = BodyStream::State::kMore;
  for (;;) {
    FrameChunk(is_chunked, stream_state_ == BodyStream::State::kEnd);
    const bool is_written = co_await WriteRest();
    if (!is_written || stream_state_ == BodyStream::State::kEnd) {
      if (is_written) {
        CountAnswer();
      }
      part_.clear();
      part_.shrink_to_fit();
      co_return is_written;
    }
    out_.clear();
    part_.clear();
    EnterPhase(Phase::kHandler, context_.options.handler_timeout);
    io_.SubmitAdmitted({&Connection::PullStream, this});
    co_await WaitForHandler();
    if (is_gone_ || stream_state_ == BodyStream::State::kBroken) {
      ResetSocket();
      co_return false;
    }
  }
}

void Connection::FrameChunk(bool is_chunked, bool is_last) {
  frame_ = std::move(out_);  // The head, in front of the first chunk.
  out_.clear();
  if (!is_chunked) {
    pending_ = {asio::buffer(frame_), asio::buffer(part_), asio::const_buffer()};
    return;
  }
  if (!part_.empty()) {
    std::array<char, 20> digits{};
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), part_.size(), 16).ptr;
    frame_.append(digits.data(), end);
    frame_ += "\r\n";
  }
  const std::string_view tail =
      part_.empty() ? (is_last ? "0\r\n\r\n" : "") : (is_last ? "\r\n0\r\n\r\n" : "\r\n");
  pending_ = {asio::buffer(frame_), asio::buffer(part_), asio::buffer(tail)};
}

Connection::Progress Connection::TryWrite() {
  for (;;) {
    const size_t left = asio::buffer_size(pending_);
    if (left == 0) {
      return Progress::kDone;
    }
    ErrorCode error;
    // Without a second buffer a plain send(), which is cheaper than sendmsg().
    size_t written = left == pending_[0].size()
                         ? socket_.write_some(asio::const_buffer(pending_[0]), error)
                         : socket_.write_some(pending_, error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      return Progress::kBlocked;
    }
    if (error) {
      return Progress::kFailed;
    }
    context_.metrics.sent_bytes.fetch_add(written, std::memory_order_relaxed);
    for (asio::const_buffer& buffer : pending_) {
      const size_t taken = std::min(written, buffer.size());
      buffer += taken;
      written -= taken;
    }
  }
}

Awaitable<bool> Connection::WriteRest() {
  for (;;) {
    const Progress progress = TryWrite();
    if (progress != Progress::kBlocked) {
      co_return progress == Progress::kDone;
    }
    EnterPhase(Phase::kWriting, context_.options.write_timeout);
    const auto [error] = co_await socket_.async_wait(Socket::wait_write, kAsTuple);
    if (error) {
      co_return false;
    }
  }
}

void Connection::AppendHead(std::optional<size_t> body_bytes, std::string* out) {
  const Response& response = exchange_.response();
  const Request& request = exchange_.request();
  if (response.status == 200) {
    *out += "HTTP/1.1 200 OK\r\n";
  } else {
    *out += "HTTP/1.1 " + std::to_string(response.status) + " ";
    *out += ReasonPhrase(response.status);
    *out += "\r\n";
  }
  if (!response.content_type.empty()) {
    *out += "Content-Type: ";
    *out += response.content_type;
    *out += "\r\n";
  }
  if (body_bytes.has_value() && response.status != 204 && response.status != 101) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *body_bytes).ptr;
    *out += "Content-Length: ";
    out->append(digits.data(), end);
    *out += "\r\n";
  } else if (!body_bytes.has_value() && request.version() >= 11) {
    *out += "Transfer-Encoding: chunked\r\n";
  }
  if (response.is_gzip) {
    *out += "Content-Encoding: gzip\r\nVary: Accept-Encoding\r\n";
  }
  if (must_close_) {
    *out += "Connection: close\r\n";
  } else if (request.version() < 11) {
    *out += "Connection: keep-alive\r\n";
  }
  *out += "X-Request-ID: ";
  *out += exchange_.id();
  *out += "\r\n";
  *out += io_.date_field();
  context_.gate.cors().AppendFields(request.Get(Header::kOrigin), out);
  *out += response.fields;
  *out += "\r\n";
}

void Connection::CountAnswer() {
  const nanoseconds duration = context_.clock.Monotonic() - exchange_.started_at();
  context_.metrics.CountRequest(route_, exchange_.response().status, duration);
}

// -- Ending --

Awaitable<void> Connection::Linger() {
  // Closing with unread bytes would send a reset, which can destroy the answer before the client
  // has read it. So: no more from us, and whatever still comes is dropped for a moment.
  ErrorCode ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  in_.clear();
  const nanoseconds timeout = context_.options.linger_timeout;
  EnterPhase(Phase::kLingering, timeout);
  const nanoseconds end = phase_since_ + kLingerTimeoutsMax * timeout;
  for (;;) {
    const auto [error, size] =
        co_await socket_.async_read_some(in_.prepare(kBodyReadBytes), kAsTuple);
    if (error) {
      co_return;
    }
    deadline_ = std::min(io_.coarse_now() + timeout, end);
  }
}

void Connection::ResetSocket() {
  ErrorCode ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Connection::HandOver() {
  const auto bytes = in_.data();
  std::string received(static_cast<const char*>(bytes.data()), bytes.size());
  const auto upgrade = std::move(exchange_.response().upgrade);
  Upgraded upgraded{.socket = std::move(socket_),
                    .slot = std::move(slot_),
                    .client = exchange_.request().client(),
                    .io = io_,
                    .received = std::move(received)};
  upgrade(upgraded);
}

void Connection::EnterPhase(Phase phase, nanoseconds timeout) {
  phase_ = phase;
  phase_since_ = io_.coarse_now();
  deadline_ = timeout == nanoseconds::zero() ? nanoseconds::max() : phase_since_ + timeout;
}

bool Connection::HasClientGone() {
  pollfd state{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
  return poll(&state, 1, 0) == 1 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Connection::OnSweep(nanoseconds now) {
  ErrorCode ignored;
  if (phase_ == Phase::kHandler) {
    if (!is_gone_ && now - phase_since_ >= kGoneCheckAfter && HasClientGone()) {
      is_gone_ = true;
      exchange_.CancelHandler(false);
    }
    if (now >= deadline_) {
      exchange_.CancelHandler(true);
    }
    return;
  }
  nanoseconds extra{};
  if (phase_ == Phase::kBody) {
    extra = seconds(exchange_.request().body().size() / kBodyBytesPerSecondMin);
  }
  if (now - extra < deadline_ || is_late_) {
    return;
  }
  is_late_ = true;
  if (phase_ != Phase::kIdle) {
    context_.metrics.timeouts.fetch_add(1, std::memory_order_relaxed);
  }
  if (phase_ == Phase::kWriting) {
    ResetSocket();
  } else {
    socket_.cancel(ignored);
  }
}

void Connection::OnStop() {
  ErrorCode ignored;
  if (phase_ == Phase::kIdle || phase_ == Phase::kLingering) {
    socket_.cancel(ignored);
  }
}

void Connection::OnCancel() {
  if (phase_ == Phase::kHandler) {
    exchange_.CancelHandler(false);
  } else if (phase_ != Phase::kWriting) {
    OnClose();
  }
}

void Connection::OnClose() {
  is_gone_ = true;
  exchange_.CancelHandler(false);
  ResetSocket();
}

}  // namespace kalamdb::server
