// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/ids.h"
#include "base/status.h"
#include "live/frame.h"
#include "service/live_service.h"

namespace kalamdb::server {

struct AuthenticateMessage {
  std::string method;
  std::string token;
  live::Encoding encoding;
};
struct NextBatchMessage {
  std::string subscription_id;
  std::optional<CommitSeq> last_seq;
};
struct UnsubscribeMessage {
  std::string subscription_id;
};
struct PingMessage {};
using ClientMessage = std::variant<AuthenticateMessage, service::SubscribeRequest, NextBatchMessage,
                                   UnsubscribeMessage, PingMessage>;

// Reads a message of a client. InvalidArgument, with a text for the client, when it is no JSON
// object, of an unknown type, or a field is missing or of another type than docs/websocket.md says.
// Unknown fields are ignored.
StatusOr<ClientMessage> ParseClientMessage(const std::string& json);

// The value of `serialization` and `compression`; nothing for other texts.
std::optional<live::Serialization> ParseSerialization(std::string_view text);
std::string_view SerializationName(live::Serialization serialization);
std::optional<bool> ParseCompression(std::string_view text);
std::string_view CompressionName(bool is_compressing);

}  // namespace kalamdb::server
