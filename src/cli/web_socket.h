// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "cli/http_client.h"
#include "cli/signals.h"

namespace kalamdb::cli {

// The client's end of a WebSocket, text messages only. Every wait ends at Ctrl-C (Cancelled).
// Answers pings. Confined to the main thread.
class WebSocket {
 public:
  // `target` is below the endpoint's path. Unavailable when the server cannot be reached or refuses
  // the upgrade.
  static StatusOr<WebSocket> Connect(const Endpoint& endpoint, std::string_view target,
                                     Signals& signals);
  WebSocket(WebSocket&& other) noexcept;
  WebSocket& operator=(WebSocket&& other) noexcept;
  ~WebSocket();

  Status Send(std::string_view text);
  // The next message. Unavailable, with the server's reason, when it closed the connection.
  StatusOr<std::string> Receive();

 private:
  struct Stream;
  explicit WebSocket(std::unique_ptr<Stream> stream);
  std::unique_ptr<Stream> stream_;
};

}  // namespace kalamdb::cli
