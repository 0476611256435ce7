// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "live/frame.h"
#include "service/sql_service.h"

namespace kalamdb::service {

struct SubscribeRequest {
  std::string id;  // Chosen by the client; unique in its connection.
  std::string sql;
  std::vector<types::Parameter> parameters;
  bool has_initial_data = false;  // False without `options`: changes only.
  std::optional<uint32_t> batch_size;
  std::optional<uint32_t> last_rows;
  std::optional<CommitSeq> from;  // Resume after this position.
};

struct LiveSessionOptions {
  Caller caller;
  std::string connection_id;  // 32 hexadecimal digits.
  live::Encoding encoding;
};

// Why a session has its connection closed: close codes of OnClose().
constexpr uint16_t kCloseUserChanged = 1008;  // The user was dropped or has another role.
constexpr uint16_t kCloseSlowReader = 4008;   // Frames wait for longer than is allowed.

// What a session tells its connection. Called from any thread, also from within calls on the
// session; must not block.
class LiveSessionListener {
 public:
  // The queue of frames is not empty any more: TakeFrames(). Not called again before a TakeFrames()
  // has left it empty.
  virtual void OnFrames() = 0;
  // The connection is to be closed, after the frames that are queued: the user was dropped, or has
  // not read for too long.
  virtual void OnClose(uint16_t code, std::string_view reason) = 0;

 protected:
  ~LiveSessionListener() = default;
};

// The subscriptions of one connection, and the frames that wait for it. The destructor ends the
// subscriptions and waits for calls of the listener that are running.
class LiveSession {
 public:
  virtual ~LiveSession() = default;

  // ---- On a thread that may block on disk, one call of a session at a time ----
  // What comes of them, errors too, is queued as frames.
  virtual void Subscribe(SubscribeRequest request) = 0;
  virtual void NextBatch(std::string_view id, std::optional<CommitSeq> last_seq) = 0;
  virtual void Unsubscribe(std::string_view id) = 0;

  // ---- From any thread; never blocks ----
  // The client was heard of: what system.live shows as last_ping_at.
  virtual void NoteActivity() {}
  // Queues a message that is no change: an error of the protocol, the answer to `authenticate`.
  virtual void Send(std::string_view json) = 0;
  // Moves frames of about `bytes_max` bytes, at least one, to the end of `*frames`. False: there were
  // none.
  virtual bool TakeFrames(size_t bytes_max, std::vector<live::FramePtr>* frames) = 0;
};

// Live queries as the server sees them. Thread-safe.
class LiveService {
 public:
  virtual ~LiveService() = default;
  // `listener` outlives the session. ResourceExhausted when there are too many connections.
  virtual StatusOr<std::unique_ptr<LiveSession>> Open(LiveSessionOptions options,
                                                      LiveSessionListener& listener) = 0;
};

}  // namespace kalamdb::service
