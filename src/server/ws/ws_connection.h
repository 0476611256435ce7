// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "server/http/upgrade.h"
#include "server/ws/message_reader.h"
#include "server/ws/ws_session.h"

namespace kalamdb::server {

// One WebSocket: moves messages from the socket to the session, which works on them one after the
// other on the workers, and frames from the session to the socket. Owns itself from Start() on: it
// ends when socket, session and worker are done with it. Confined to its io thread, except
// OnFrames(), OnClose(code, reason) and Work().
//
// Frames go to the socket as they are, many in one call, and only while it takes them: what waits
// is in the session's queue, which is bounded there. Pongs, errors and the close frame of the
// connection itself go between two frames.
//
// Bounds: messages that wait for their turn (kInboxMax of them, kInboxBytesMax bytes beyond the
// last) and own frames that wait for the client (kOwnBytesMax). At a bound the connection reads no
// further, so TCP holds the client up. An idle connection has no buffers.
class WsConnection final : public LoopMember, private service::LiveSessionListener {
 public:
  static void Start(Upgraded upgraded, WsHello hello, const WsContext& context);

 private:
  static constexpr size_t kInboxMax = 32;
  static constexpr size_t kInboxBytesMax = 64u << 10;
  static constexpr size_t kOwnBytesMax = 64u << 10;
  // Of a message whose sender is not known yet.
  static constexpr size_t kUnknownMessageBytesMax = 64u << 10;

  // Bits of `signals_`.
  static constexpr uint8_t kPosted = 1;  // OnFinished() is still to come.
  static constexpr uint8_t kWorked = 2;  // The worker is done.

  WsConnection(Upgraded upgraded, WsHello hello, const WsContext& context);
  ~WsConnection();

  // LoopMember
  void OnSweep(std::chrono::nanoseconds now) override;
  void OnFinished() override;
  void OnRefused() override;
  void OnStop() override;
  void OnCancel() override { End(); }
  void OnClose() override { Abort(); }
  // LiveSessionListener
  void OnFrames() override { Post(); }
  void OnClose(uint16_t code, std::string_view reason) override;

  // ---- Reading ----
  bool WantsInput() const;
  void WaitForInput();
  void ReadSome();
  void Consume(std::span<char> bytes);
  void OnInput(Input input);
  void OnMessage(Input input);
  bool TakeMessageToken();
  // Goes on with what was left when the connection stopped reading.
  void Resume();

  // ---- Working ----
  void StartWork();
  static void Work(void* self) noexcept;  // A task of a worker.
  static void EndWork(void* self) noexcept;
  void Apply(Reaction reaction);

  // ---- Writing ----
  void Send(live::FramePtr frame);
  void SendError(std::string_view subscription_id, std::string_view code, std::string_view message);
  void Flush();
  // Puts the next frames into `unsent`. False: there are none.
  bool Refill(std::vector<live::FramePtr>* unsent);
  enum class Progress : uint8_t { kDone, kBlocked, kFailed };
  Progress Write(std::vector<live::FramePtr>* unsent);
  void WaitForOutput();

  // ---- Ending ----
  // Sends a close frame, behind the session's frames or instead of them, and waits for the answer.
  enum class Queue : uint8_t { kSend, kDrop };
  void Close(CloseReason reason, Queue queue);
  bool IsLateToAuthenticate(std::chrono::nanoseconds now) const;
  void SweepOpen(std::chrono::nanoseconds now);
  void End();    // Lets go of the socket.
  void Abort();  // The same with a reset.
  // Deletes the connection once nobody uses it any more. Not from within a sweep.
  void MaybeDelete();
  // From any thread: OnFinished() on the io thread, soon, which sees `signals` and all that was
  // written before.
  void Post(uint8_t signals = kPosted);

  Socket socket_;
  const ConnectionSlot slot_;
  IoThread& io_;
  const WsContext& context_;
  MessageReader reader_;
  std::string held_;  // Bytes read while the connection wants no more input.

  // The session belongs to the worker while one works, and to the io thread otherwise.
  bool has_begun_;  // Its Begin() is done, or has nothing to do.
  WsSession session_;
  service::LiveSession* live_ = nullptr;  // Whose frames are sent.
  live::Encoding encoding_;               // Of own messages.
  std::vector<Input> inbox_;              // Messages that wait for their turn.
  size_t inbox_bytes_ = 0;
  std::optional<Input> working_;  // The message that a worker has, or is to have.
  bool is_working_ = false;
  bool must_retry_work_ = false;  // The workers' queue was full.
  Reaction reaction_;             // Of the worker, for the io thread.

  std::vector<live::FramePtr> own_;  // Frames that are not the session's, in front of its.
  size_t own_bytes_ = 0;
  std::vector<live::FramePtr> unsent_;  // What the socket did not take yet,
  size_t unsent_at_ = 0;                // behind these bytes of its first frame.

  std::optional<CloseReason> close_;
  Queue close_queue_ = Queue::kSend;
  bool is_close_sent_ = false;
  bool is_peer_closed_ = false;  // The client's close frame has come.
  bool is_peer_broken_ = false;  // Nothing that the client sends can be read any more.
  bool is_ended_ = false;
  bool is_reading_ = false;  // An operation on the socket is pending.
  bool is_writing_ = false;
  bool is_pinged_ = false;

  float tokens_;  // Messages that the client may send now.
  std::chrono::nanoseconds tokens_at_;
  std::chrono::nanoseconds opened_at_;
  std::chrono::nanoseconds heard_at_;
  std::chrono::nanoseconds blocked_at_{};
  std::chrono::nanoseconds token_deadline_;
  std::chrono::nanoseconds close_deadline_{};

  // What other threads have to say. Set in one step with kPosted: whoever finds that set already
  // must not touch the connection any more, since OnFinished() may delete it.
  std::atomic<uint8_t> signals_{0};
  Mutex mu_;
  std::optional<CloseReason> asked_close_ KALAMDB_GUARDED_BY(mu_);
};

}  // namespace kalamdb::server
