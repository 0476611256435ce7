// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/ws/client_message.h"
#include "server/ws/close_reason.h"
#include "server/ws/message_reader.h"
#include "server/ws/ws_context.h"
#include "service/live_service.h"

namespace kalamdb::server {

// {"type":"error",...}
std::string WsErrorJson(std::string_view subscription_id, std::string_view code,
                        std::string_view message);

// What a message makes the connection do.
struct Reaction {
  std::vector<live::FramePtr> frames;  // To send.
  std::optional<CloseReason> close;    // And then to close.
  std::optional<int64_t> expires_at;   // The client is known until then. Seconds since 1970.
};

// Who a connection belongs to, and what its messages do. Owned by the connection; called on
// workers, one call at a time. The destructor may block as well.
class WsSession {
 public:
  // What is passed by reference outlives the session.
  WsSession(const WsContext& context, WsHello hello, const IpAddress& client,
            service::LiveSessionListener& listener);

  // The first call: authenticates by the header field, if the upgrade had it.
  Reaction Begin();
  // A message, text or binary.
  Reaction OnMessage(Input input);
  // Ends the subscriptions. The listener is not called any more.
  void End() { live_.reset(); }

  // Between calls, on any thread: what takes the client's frames; null before it is known.
  service::LiveSession* live() const { return live_.get(); }
  live::Encoding encoding() const { return encoding_; }

 private:
  Reaction OnAuthenticate(const AuthenticateMessage& message);
  Reaction Authenticate(std::string_view token, live::Encoding wanted);
  Reaction Renew(const TokenIdentity& identity);
  Reaction RefuseAuth(std::string_view message);
  Reaction OnParsed(ClientMessage message);
  Reaction Welcome(int64_t expires_at) const;
  Reaction SayError(std::string_view subscription_id, std::string_view code,
                    std::string_view message);

  const WsContext& context_;
  const WsHello hello_;
  const IpAddress client_;
  service::LiveSessionListener& listener_;
  live::Encoding encoding_ = {.is_compressing = false};  // Until the client is known: plain text.
  service::Caller caller_;
  std::unique_ptr<service::LiveSession> live_;
};

}  // namespace kalamdb::server
