// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/http_client.h"
#include "cli/result_stream.h"
#include "cli/signals.h"
#include "cli/sql_api.h"

namespace kalamdb::cli {

// Takes what a live query sends, as JSON texts.
class ChangeHandler {
 public:
  virtual ~ChangeHandler() = default;
  // Once, first: an array of {"name", "data_type", ...}.
  virtual Status OnSchema(std::string_view schema) = 0;
  // Rows as an array of objects. `change` is "row" for those that are there at the start, then
  // "insert", "update" or "delete".
  virtual Status OnRows(std::string_view change, std::string_view rows) = 0;
};

// Live queries over /v1/ws. Confined to the main thread.
class LiveApi {
 public:
  // All outlive this object.
  LiveApi(const Endpoint& endpoint, TokenSource& tokens, Signals& signals)
      : endpoint_(endpoint), tokens_(tokens), signals_(signals) {}

  // Hands the rows of `sql` to `handler`, and then each change of them, until Ctrl-C (Cancelled) or
  // until the connection ends (Unavailable). The error that the server answers with, if it does.
  // `options`: a JSON object, as in docs/websocket.md.
  StatusOr<ServerError> Watch(std::string_view sql, std::string_view options,
                              ChangeHandler& handler);

 private:
  // The refusal of the token; nothing when it is accepted.
  StatusOr<std::optional<ServerError>> Authenticate(class WebSocket& socket);

  const Endpoint& endpoint_;
  TokenSource& tokens_;
  Signals& signals_;
};

}  // namespace kalamdb::cli
