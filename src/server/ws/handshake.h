// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "server/http/request.h"
#include "server/http/response.h"

namespace kalamdb::server {

// The opening handshake of RFC 6455 section 4.2. True: `response` is the 101 that agrees, with
// nothing in it about who takes over. False: it is the refusal of a request that does not ask for a
// WebSocket, or not in the way of the standard.
bool AnswerUpgrade(const Request& request, Response* response);

// The value of a query parameter, as sent; empty when it is absent.
std::string_view QueryParameter(std::string_view query, std::string_view name);

}  // namespace kalamdb::server
