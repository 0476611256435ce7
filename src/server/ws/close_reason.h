// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace kalamdb::server {

// Why the server closes a WebSocket, as numbers on the wire. Those of the standard are in RFC 6455
// section 7.4.1; from 4000 on they are ours (docs/websocket.md has the table for clients).
enum class CloseCode : uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocolError = 1002,
  kInvalidText = 1007,
  kPolicy = 1008,
  kTooLarge = 1009,
  kInternal = 1011,
  kTryAgainLater = 1013,
  kTokenExpired = 4401,
};

struct CloseReason {
  uint16_t code = static_cast<uint16_t>(CloseCode::kNormal);
  std::string text;  // UTF-8; what does not fit into a frame is cut.

  CloseReason(CloseCode close_code, std::string reason)
      : code(static_cast<uint16_t>(close_code)), text(std::move(reason)) {}
  CloseReason(uint16_t close_code, std::string reason)
      : code(close_code), text(std::move(reason)) {}
};

// The payload of a close frame.
std::string ClosePayload(const CloseReason& reason);

}  // namespace kalamdb::server
