// SPDX-License-Identifier: Apache-2.0
#include "server/ws/ws_connection.h"

#include <algorithm>
#include <utility>

namespace kalamdb::server {

using std::chrono::nanoseconds;
using std::chrono::seconds;

namespace {

// Read at once into a buffer that all connections of an io thread share.
constexpr size_t kReadBytes = 64u << 10;
// Reads before other connections have their turn.
constexpr int kReadsPerTurn = 4;
// Frames taken from the session at once, and written before other connections have their turn.
constexpr size_t kSliceBytes = 256u << 10;
constexpr size_t kTurnBytes = 1u << 20;
// What one system call takes (Asio's bound is the same).
constexpr size_t kFramesPerWrite = 64;
// A time so far away that nobody waits for it, and that still can be added to.
constexpr seconds kNever = std::chrono::hours(24 * 3650);

}  // namespace

void WsConnection::Start(Upgraded upgraded, WsHello hello, const WsContext& context) {
  auto* c = new WsConnection(std::move(upgraded), std::move(hello), context);  // Deletes itself.
  c->io_.Add(c);
  c->StartWork();
  c->Resume();
  if (c->io_.is_stopping()) {
    c->OnStop();
  }
  c->Flush();
}

WsConnection::WsConnection(Upgraded upgraded, WsHello hello, const WsContext& context)
    : socket_(std::move(upgraded.socket)),
      slot_(std::move(upgraded.slot)),
      io_(upgraded.io),
      context_(context),
      reader_(std::min(kUnknownMessageBytesMax, context.options.message_bytes_max), context.budget),
      held_(std::move(upgraded.received)),
      has_begun_(hello.authorization.empty()),
      session_(context, std::move(hello), upgraded.client, *this),
      encoding_(session_.encoding()),
      tokens_(static_cast<float>(context.options.messages_per_sec)),
      tokens_at_(upgraded.io.coarse_now()),
      opened_at_(tokens_at_),
      heard_at_(tokens_at_),
      token_deadline_(kNever) {
  context_.metrics.connections_total.fetch_add(1, std::memory_order_relaxed);
  context_.metrics.connections_open.fetch_add(1, std::memory_order_relaxed);
}

WsConnection::~WsConnection() {
  context_.metrics.connections_open.fetch_sub(1, std::memory_order_relaxed);
}

// -- Reading --

bool WsConnection::WantsInput() const {
  if (is_ended_) {
    return false;
  }
  // A closing connection reads on to the end: closing a socket with unread bytes resets it, which
  // can destroy what the client has not read yet.
  return close_.has_value() ||
         (inbox_.size() < kInboxMax && inbox_bytes_ < kInboxBytesMax && own_bytes_ < kOwnBytesMax);
}

void WsConnection::WaitForInput() {
  if (is_reading_ || !held_.empty() || !WantsInput()) {
    return;
  }
  is_reading_ = true;
  socket_.async_wait(Socket::wait_read, [this](ErrorCode error) {
    is_reading_ = false;
    if (!error && !is_ended_) {
      ReadSome();
      Flush();
      Resume();
    }
    MaybeDelete();
  });
}

void WsConnection::ReadSome() {
  thread_local std::vector<char> buffer(kReadBytes);
  for (int i = 0; i < kReadsPerTurn && WantsInput(); ++i) {
    ErrorCode error;
    const size_t size = socket_.read_some(asio::buffer(buffer), error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      return;
    }
    if (error) {
      End();
      return;
    }
    heard_at_ = io_.coarse_now();
    if (live_ != nullptr) {
      live_->NoteActivity();
    }
    is_pinged_ = false;
    context_.metrics.received_bytes.fetch_add(size, std::memory_order_relaxed);
    Consume(std::span(buffer).first(size));
    if (size < buffer.size()) {
      return;
    }
  }
}

void WsConnection::Consume(std::span<char> bytes) {
  while (!is_peer_closed_ && !is_peer_broken_ && !is_ended_) {
    if (!WantsInput()) {
      held_.assign(bytes.data(), bytes.size());
      return;
    }
    auto input = reader_.Next(&bytes);
    if (!input.has_value()) {
      return;
    }
    OnInput(std::move(*input));
  }
}

void WsConnection::Resume() {
  while (!held_.empty() && WantsInput()) {
    std::string bytes = std::exchange(held_, {});
    Consume(bytes);
    Flush();
  }
  WaitForInput();
}

void WsConnection::OnInput(Input input) {
  switch (input.kind) {
    case Input::Kind::kText:
    case Input::Kind::kBinary:
      return OnMessage(std::move(input));
    case Input::Kind::kPing:
      if (!close_.has_value()) {
        Send(live::Frame::MakeControl(live::Control::kPong, input.payload));
      }
      return;
    case Input::Kind::kPong:
      return;
    case Input::Kind::kTooLarge:
      context_.metrics.messages_refused.fetch_add(1, std::memory_order_relaxed);
      return SendError("protocol", "MESSAGE_TOO_LARGE",
                       "Message is larger than the server takes: " +
                           std::to_string(context_.options.message_bytes_max) + " bytes");
    case Input::Kind::kClose:
    case Input::Kind::kBroken:
      (input.kind == Input::Kind::kClose ? is_peer_closed_ : is_peer_broken_) = true;
      return Close(std::move(*input.close), Queue::kDrop);
  }
}

bool WsConnection::TakeMessageToken() {
  const auto per_second = static_cast<float>(context_.options.messages_per_sec);
  if (per_second == 0) {
    return true;
  }
  const nanoseconds now = context_.clock.Monotonic();
  const float passed = std::chrono::duration<float>(now - tokens_at_).count();
  tokens_ = std::min(per_second, tokens_ + passed * per_second);
  tokens_at_ = now;
  if (tokens_ < 1) {
    return false;
  }
  tokens_ -= 1;
  return true;
}

void WsConnection::OnMessage(Input input) {
  context_.metrics.messages_received.fetch_add(1, std::memory_order_relaxed);
  if (close_.has_value()) {
    return;
  }
  if (!TakeMessageToken()) {
    context_.metrics.messages_refused.fetch_add(1, std::memory_order_relaxed);
    return SendError("rate_limit", "RATE_LIMIT_EXCEEDED", "Too many messages");
  }
  inbox_bytes_ += input.payload.size();
  inbox_.push_back(std::move(input));
  StartWork();
}

// -- Working --

void WsConnection::StartWork() {
  if (is_working_ || is_ended_ || close_.has_value()) {
    return;
  }
  if (has_begun_ && !working_.has_value()) {
    if (inbox_.empty()) {
      return;
    }
    working_.emplace(std::move(inbox_.front()));
    inbox_.erase(inbox_.begin());
    inbox_bytes_ -= working_->payload.size();
  }
  is_working_ = true;
  io_.Submit(this, {&WsConnection::Work, this});
}

void WsConnection::OnRefused() {
  is_working_ = false;
  must_retry_work_ = !is_ended_;
  if (is_ended_) {
    Post();
  }
}

void WsConnection::Work(void* self) noexcept {
  auto& c = *static_cast<WsConnection*>(self);
  try {
    c.reaction_ = c.has_begun_ ? c.session_.OnMessage(std::move(*c.working_)) : c.session_.Begin();
  } catch (const std::exception&) {
    // Out of memory, in practice.
    c.reaction_ = {};
    c.reaction_.close.emplace(CloseCode::kInternal, "the server could not work on the message");
  }
  c.Post(kPosted | kWorked);
}

void WsConnection::EndWork(void* self) noexcept {
  auto& c = *static_cast<WsConnection*>(self);
  c.session_.End();
  c.Post(kPosted | kWorked);
}

void WsConnection::Apply(Reaction reaction) {
  working_.reset();
  has_begun_ = true;
  live_ = session_.live();
  encoding_ = session_.encoding();
  if (inbox_.empty()) {
    inbox_.shrink_to_fit();
  }
  if (is_ended_) {
    return;
  }
  for (live::FramePtr& frame : reaction.frames) {
    Send(std::move(frame));
  }
  if (reaction.expires_at.has_value()) {
    reader_.set_message_bytes_max(context_.options.message_bytes_max);
    const int64_t left = *reaction.expires_at - context_.clock.WallMicros() / 1'000'000;
    token_deadline_ =
        io_.coarse_now() + std::min(seconds(left), kNever) + context_.options.token_grace;
  }
  if (reaction.close.has_value()) {
    Close(std::move(*reaction.close), Queue::kSend);
  }
}

void WsConnection::Post(uint8_t signals) {
  if ((signals_.fetch_or(signals) & kPosted) == 0) {
    io_.PostFinished(this);
  }
}

void WsConnection::OnFinished() {
  if ((signals_.exchange(0) & kWorked) != 0) {
    is_working_ = false;
    Apply(std::exchange(reaction_, {}));
  }
  std::optional<CloseReason> asked;
  {
    MutexLock lock(mu_);
    asked.swap(asked_close_);
  }
  if (asked.has_value()) {
    Close(std::move(*asked), Queue::kSend);
  }
  StartWork();
  Flush();
  Resume();
  MaybeDelete();
}

void WsConnection::OnClose(uint16_t code, std::string_view reason) {
  {
    MutexLock lock(mu_);
    if (!asked_close_.has_value()) {
      asked_close_.emplace(code, std::string(reason));
    }
  }
  Post();
}

// -- Writing --

void WsConnection::Send(live::FramePtr frame) {
  if (is_close_sent_) {
    return;
  }
  own_bytes_ += frame->bytes().size();
  own_.push_back(std::move(frame));
}

void WsConnection::SendError(std::string_view subscription_id, std::string_view code,
                             std::string_view message) {
  Send(live::Frame::Encode(WsErrorJson(subscription_id, code, message), encoding_));
}

bool WsConnection::Refill(std::vector<live::FramePtr>* unsent) {
  if (!own_.empty()) {
    unsent->insert(unsent->end(), std::make_move_iterator(own_.begin()),
                   std::make_move_iterator(own_.end()));
    own_ = {};
    own_bytes_ = 0;
    return true;
  }
  const bool drops_queue = close_.has_value() && close_queue_ == Queue::kDrop;
  if (live_ != nullptr && !is_close_sent_ && !drops_queue &&
      live_->TakeFrames(kSliceBytes, unsent)) {
    return true;
  }
  if (close_.has_value() && !is_close_sent_) {
    is_close_sent_ = true;
    unsent->push_back(live::Frame::MakeControl(live::Control::kClose, ClosePayload(*close_)));
    return true;
  }
  return false;
}

WsConnection::Progress WsConnection::Write(std::vector<live::FramePtr>* unsent) {
  size_t first = 0;
  Progress progress = Progress::kDone;
  while (first < unsent->size()) {
    std::array<asio::const_buffer, kFramesPerWrite> buffers;
    const size_t count = std::min(kFramesPerWrite, unsent->size() - first);
    for (size_t i = 0; i < count; ++i) {
      buffers[i] = asio::buffer((*unsent)[first + i]->bytes());
    }
    buffers[0] += unsent_at_;
    ErrorCode error;
    // With one buffer a plain send(), which is cheaper than sendmsg().
    size_t written = count == 1 ? socket_.write_some(asio::const_buffer(buffers[0]), error)
                                : socket_.write_some(std::span(buffers).first(count), error);
    if (error) {
      const bool is_blocked = error == asio::error::would_block || error == asio::error::try_again;
      progress = is_blocked ? Progress::kBlocked : Progress::kFailed;
      break;
    }
    context_.metrics.sent_bytes.fetch_add(written, std::memory_order_relaxed);
    written += unsent_at_;
    while (first < unsent->size() && written >= (*unsent)[first]->bytes().size()) {
      written -= (*unsent)[first]->bytes().size();
      ++first;
    }
    unsent_at_ = written;
  }
  context_.metrics.frames_sent.fetch_add(first, std::memory_order_relaxed);
  unsent->erase(unsent->begin(), unsent->begin() + static_cast<ptrdiff_t>(first));
  return progress;
}

void WsConnection::Flush() {
  if (is_writing_ || is_ended_) {
    return;
  }
  // Shared by the connections of the thread, so that an idle one keeps no vector.
  thread_local std::vector<live::FramePtr> unsent;
  unsent.assign(std::make_move_iterator(unsent_.begin()), std::make_move_iterator(unsent_.end()));
  unsent_ = {};
  Progress progress = Progress::kDone;
  size_t turn_bytes = 0;
  while (progress == Progress::kDone && (!unsent.empty() || Refill(&unsent))) {
    for (const live::FramePtr& frame : unsent) {
      turn_bytes += frame->bytes().size();
    }
    progress = Write(&unsent);
    if (progress == Progress::kDone && turn_bytes >= kTurnBytes) {
      Post();
      return;
    }
  }
  if (progress == Progress::kBlocked) {
    unsent_.assign(std::make_move_iterator(unsent.begin()), std::make_move_iterator(unsent.end()));
    WaitForOutput();
  }
  unsent.clear();
  if (progress == Progress::kFailed) {
    End();
  } else if (progress == Progress::kDone && is_close_sent_) {
    if (is_peer_closed_) {
      End();
    }
    close_deadline_ = std::min(close_deadline_, io_.coarse_now() + context_.options.close_timeout);
  }
}

void WsConnection::WaitForOutput() {
  is_writing_ = true;
  blocked_at_ = io_.coarse_now();
  socket_.async_wait(Socket::wait_write, [this](ErrorCode error) {
    is_writing_ = false;
    if (!error && !is_ended_) {
      Flush();
      Resume();
    }
    MaybeDelete();
  });
}

// -- Ending --

void WsConnection::Close(CloseReason reason, Queue queue) {
  if (is_ended_) {
    return;
  }
  if (!close_.has_value()) {
    close_.emplace(std::move(reason));
    close_queue_ = queue;
    close_deadline_ = io_.coarse_now() + context_.options.write_timeout;
  } else if (queue == Queue::kDrop) {
    close_queue_ = queue;  // The client will not read what is queued.
  }
}

void WsConnection::OnSweep(nanoseconds now) {
  if (is_ended_) {
    return;
  }
  if (std::exchange(must_retry_work_, false)) {
    StartWork();
  }
  if (is_writing_ && now - blocked_at_ >= context_.options.write_timeout) {
    context_.metrics.write_timeouts.fetch_add(1, std::memory_order_relaxed);
    Abort();
    return;
  }
  if (close_.has_value()) {
    if (now >= close_deadline_) {
      End();
    }
    return;
  }
  SweepOpen(now);
  if (close_.has_value()) {
    Flush();
  }
}

bool WsConnection::IsLateToAuthenticate(nanoseconds now) const {
  // The time that the server takes is not the client's, within reason.
  const bool is_busy = is_working_ || working_.has_value() || !inbox_.empty();
  const nanoseconds timeout =
      context_.options.auth_timeout + (is_busy ? context_.options.write_timeout : nanoseconds());
  return now - opened_at_ >= timeout;
}

void WsConnection::SweepOpen(nanoseconds now) {
  const WsOptions& options = context_.options;
  if (live_ == nullptr && IsLateToAuthenticate(now)) {
    context_.metrics.auth_failures.fetch_add(1, std::memory_order_relaxed);
    const auto wait = std::chrono::duration_cast<seconds>(options.auth_timeout);
    Send(live::Frame::Encode(
        R"({"type":"auth_error","message":"Authentication timeout - no auth message received within )" +
            std::to_string(wait.count()) + R"( seconds"})",
        encoding_));
    return Close({CloseCode::kPolicy, "Authentication timeout"}, Queue::kDrop);
  }
  if (now >= token_deadline_) {
    return Close({CloseCode::kTokenExpired, "Token expired"}, Queue::kSend);
  }
  if (!is_reading_) {
    return;  // The silence is ours.
  }
  const nanoseconds silence = now - heard_at_;
  if (silence >= options.client_timeout) {
    context_.metrics.heartbeat_timeouts.fetch_add(1, std::memory_order_relaxed);
    return Close({CloseCode::kNormal, "Heartbeat timeout"}, Queue::kDrop);
  }
  const nanoseconds ping_after =
      std::min<nanoseconds>(options.heartbeat_interval, options.client_timeout / 2);
  if (!is_pinged_ && ping_after > nanoseconds::zero() && silence >= ping_after) {
    is_pinged_ = true;
    Send(live::Frame::MakeControl(live::Control::kPing, ""));
    Flush();
  }
}

void WsConnection::OnStop() {
  Close({CloseCode::kGoingAway, "Server shutting down"}, Queue::kSend);
  Flush();
}

void WsConnection::End() {
  if (std::exchange(is_ended_, true)) {
    return;
  }
  // Pending operations end with an error; then, or after the post, the connection goes.
  ErrorCode ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
  own_ = {};
  unsent_ = {};
  held_ = {};
  Post();
}

void WsConnection::Abort() {
  ErrorCode ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  End();
}

void WsConnection::MaybeDelete() {
  if (!is_ended_ || is_reading_ || is_writing_ || is_working_) {
    return;
  }
  if (session_.live() != nullptr) {
    // May block. Its last calls of the listener are made before it is done.
    is_working_ = true;
    io_.SubmitAdmitted({&WsConnection::EndWork, this});
    return;
  }
  if ((signals_.load() & kPosted) != 0) {
    return;  // OnFinished() is still to come.
  }
  io_.Remove(this);
  delete this;
}

}  // namespace kalamdb::server
