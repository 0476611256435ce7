// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace kalamdb::server {

// How a status code is shown to clients.
struct WireError {
  int http_status;
  std::string_view code;    // The `code` of /v1/api/sql.
  std::string_view prefix;  // In front of the message: "Not found: ".
  bool is_ours;             // A failure of the server: the text is for operators, not for clients.
};

// Precondition: not kOk.
const WireError& ToWire(StatusCode code);

// The message with the prefix of its class, once.
std::string WireMessage(const Status& status);

}  // namespace kalamdb::server
