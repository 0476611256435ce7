// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "cli/signals.h"

namespace kalamdb::cli {

// Where the server listens.
struct Endpoint {
  std::string host;
  std::string port;
  std::string path;  // Before every target: empty, or "/prefix".

  // "http://host:port/prefix": what credentials are stored under.
  std::string Url() const;
  // For the Host header; the port 80 is left out.
  std::string Authority() const;
};

// Reads "http://host[:port][/prefix]"; without a scheme, http. https is refused: this build speaks
// plain HTTP, which a TLS proxy in front of the server does not accept.
StatusOr<Endpoint> ParseEndpoint(std::string_view url);

struct HttpRequest {
  bool is_post = true;
  std::string target;
  std::string body;          // JSON; empty for none.
  std::string bearer_token;  // Empty for none.
  // The longest silence of the server; zero means forever.
  std::chrono::milliseconds idle_max{0};
};

struct HttpHead {
  int status = 0;
  bool is_json = false;
};

// Receives the body of an answer in pieces, at least one, the last of them perhaps empty. A status
// that is not OK closes the connection and becomes the result of the exchange.
using BodySink = std::function<Status(const HttpHead& head, std::string_view piece)>;

// One keep-alive connection to one server, opened when first needed. A connection that the server
// closed meanwhile is replaced, but a request of which the server may have seen a byte is never
// sent twice: nobody can know whether it took effect. Confined to the main thread.
//
// Errors: Unavailable - not reached, or lost on the way, as the message says. Cancelled - Ctrl-C;
// closing the connection is what cancels the statement in the server.
class HttpClient {
 public:
  HttpClient(Endpoint endpoint, Signals& signals);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  StatusOr<HttpHead> Exchange(const HttpRequest& request, const BodySink& sink);
  const Endpoint& endpoint() const { return endpoint_; }

 private:
  struct Connection;

  Status EnsureConnected();
  Status Send(const HttpRequest& request);
  StatusOr<HttpHead> Receive(const BodySink& sink);

  Endpoint endpoint_;
  Signals& signals_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace kalamdb::cli
