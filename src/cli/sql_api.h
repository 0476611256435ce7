// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cli/http_client.h"
#include "cli/result_stream.h"

namespace kalamdb::cli {

// Where requests get their access token.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  virtual const std::string& access_token() const = 0;
  // The server refused the token with `error`. True when there is a new one to try. A status that
  // is not OK: the server cannot be asked now.
  virtual StatusOr<bool> Renew(const ServerError& error) = 0;
};

// POST /v1/api/sql. Confined to the main thread, as its client.
class SqlApi {
 public:
  // Both outlive this object.
  SqlApi(HttpClient& client, TokenSource& tokens) : client_(client), tokens_(tokens) {}

  // Runs `sql` in `name_space` and hands its results to `handler` as they arrive. When the server
  // refuses the access token, gets a new one and sends the request again: a refused request had no
  // effect. The envelope holds the error if the statement failed.
  StatusOr<Envelope> Run(std::string_view sql, std::string_view name_space, ResultHandler& handler,
                         std::chrono::milliseconds idle_max = std::chrono::milliseconds(0));

 private:
  StatusOr<Envelope> RunOnce(const HttpRequest& request, ResultHandler& handler);

  HttpClient& client_;
  TokenSource& tokens_;
};

}  // namespace kalamdb::cli
