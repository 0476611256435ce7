// SPDX-License-Identifier: Apache-2.0
#include "cli/http_client.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "cli/socket.h"

namespace kalamdb::cli {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono_literals::operator""s;

constexpr std::chrono::milliseconds kConnectMax = 10s;
constexpr size_t kPieceBytes = 64u << 10;
constexpr std::string_view kDefaultPort = "80";

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoi(std::string(text)) <= 65535;
}

// Whether every character may stand in a host name or address, or in a path.
bool IsPlain(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [&](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' ||
           extra.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

bool IsJson(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  return boost::beast::iequals(content_type.substr(0, kJson.size()), kJson);
}

Status Lost(const error_code& error, bool may_have_run) {
  if (error == boost::asio::error::operation_aborted) {
    return Cancelled("interrupted");
  }
  const bool closed = error == boost::asio::error::eof || error == http::error::end_of_stream ||
                      error == http::error::partial_message;
  std::string text = closed ? "the server closed the connection"
                     : error == boost::asio::error::timed_out
                         ? "the server did not answer in time"
                         : "the connection to the server was lost: " + error.message();
  if (may_have_run) {
    text += "; whether the statement took effect is unknown";
  }
  return Unavailable(std::move(text));
}

}  // namespace

std::string Endpoint::Authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  std::string out = is_ipv6 ? fmt::format("[{}]", host) : host;
  return port == kDefaultPort ? out : out + ":" + port;
}

std::string Endpoint::Url() const { return "http://" + Authority() + path; }

StatusOr<Endpoint> ParseEndpoint(std::string_view url) {
  const auto bad = [&](std::string_view why) {
    return Error(InvalidArgument(fmt::format("bad URL '{}': {}", url, why)));
  };
  std::string_view rest = url;
  if (const size_t scheme_end = rest.find("://"); scheme_end != std::string_view::npos) {
    const std::string_view scheme = rest.substr(0, scheme_end);
    if (boost::beast::iequals(scheme, "https")) {
      return bad("https is not supported yet; use http");
    }
    if (!boost::beast::iequals(scheme, "http")) {
      return bad("it must begin with http://");
    }
    rest.remove_prefix(scheme_end + 3);
  }
  const size_t path_begin = std::min(rest.find('/'), rest.size());
  Endpoint endpoint;
  endpoint.path = rest.substr(path_begin);
  while (endpoint.path.ends_with('/')) {
    endpoint.path.pop_back();
  }
  std::string_view authority = rest.substr(0, path_begin);
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) {
      return bad("the address has no closing bracket");
    }
    endpoint.host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
    if (!authority.empty() && !authority.starts_with(':')) {
      return bad("a port must follow the address");
    }
    port = authority.empty() ? kDefaultPort : authority.substr(1);
  } else {
    const size_t colon = authority.find(':');
    endpoint.host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? kDefaultPort : authority.substr(colon + 1);
  }
  if (endpoint.host.empty() || !IsPlain(endpoint.host, ":")) {
    return bad("it has no valid host name");
  }
  if (!IsPort(port)) {
    return bad("the port must be a number up to 65535");
  }
  if (!IsPlain(endpoint.path, "/~%")) {
    return bad("the path has characters that are not allowed");
  }
  endpoint.port = port;
  return endpoint;
}

struct HttpClient::Connection {
  Socket socket;
  boost::beast::flat_buffer buffer;
};

HttpClient::HttpClient(Endpoint endpoint, Signals& signals)
    : endpoint_(std::move(endpoint)), signals_(signals) {}

HttpClient::~HttpClient() = default;

Status HttpClient::EnsureConnected() {
  if (connection_ != nullptr && connection_->socket.IsStale()) {
    connection_.reset();
  }
  if (connection_ != nullptr) {
    return {};
  }
  StatusOr<Socket> socket = Socket::Connect(endpoint_.host, endpoint_.port, kConnectMax, signals_);
  if (!socket.has_value()) {
    if (socket.error().code() == StatusCode::kCancelled) {
      return socket.error();
    }
    return Unavailable(
        fmt::format("cannot connect to {}: {}", endpoint_.Url(), socket.error().message()));
  }
  connection_ = std::make_unique<Connection>(Connection{std::move(*socket), {}});
  return {};
}

Status HttpClient::Send(const HttpRequest& request) {
  http::request<http::string_body> message;
  message.version(11);
  message.method(request.is_post ? http::verb::post : http::verb::get);
  message.target(endpoint_.path + request.target);
  message.set(http::field::host, endpoint_.Authority());
  message.set(http::field::user_agent, "kalam");
  message.set(http::field::accept, "application/json");
  if (!request.bearer_token.empty()) {
    message.set(http::field::authorization, "Bearer " + request.bearer_token);
  }
  if (!request.body.empty()) {
    message.set(http::field::content_type, "application/json");
    message.body() = request.body;
  }
  message.prepare_payload();

  // The second round is for a connection that died unnoticed: when not one byte of the request got
  // out, it is safe to try a fresh one.
  for (const bool is_last_try : {false, true}) {
    KALAMDB_RETURN_IF_ERROR(EnsureConnected());
    connection_->socket.set_idle_max(request.idle_max);
    connection_->socket.reset_bytes_written();
    error_code error;
    http::write(connection_->socket, message, error);
    if (!error.failed()) {
      return {};
    }
    const bool was_sent = connection_->socket.bytes_written() != 0;
    connection_.reset();
    if (was_sent || is_last_try || error == boost::asio::error::operation_aborted) {
      return Lost(error, was_sent && request.is_post);
    }
  }
  return Internal("unreachable");
}

StatusOr<HttpHead> HttpClient::Receive(const BodySink& sink) {
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  error_code error;
  http::read_header(connection_->socket, connection_->buffer, parser, error);
  if (error.failed()) {
    return Error(Lost(error, true));
  }
  const auto& message = parser.get();
  const HttpHead head{.status = static_cast<int>(message.result_int()),
                      .is_json = IsJson(message[http::field::content_type])};
  std::array<char, kPieceBytes> piece;
  KALAMDB_RETURN_IF_ERROR(sink(head, {}));
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    http::read_some(connection_->socket, connection_->buffer, parser, error);
    if (error.failed() && error != http::error::need_buffer) {
      return Error(Lost(error, true));
    }
    const size_t bytes = piece.size() - parser.get().body().size;
    KALAMDB_RETURN_IF_ERROR(sink(head, {piece.data(), bytes}));
  }
  if (!parser.keep_alive()) {
    connection_.reset();
  }
  return head;
}

StatusOr<HttpHead> HttpClient::Exchange(const HttpRequest& request, const BodySink& sink) {
  KALAMDB_RETURN_IF_ERROR(Send(request));
  StatusOr<HttpHead> head = Receive(sink);
  if (!head.has_value()) {
    connection_.reset();
  }
  return head;
}

}  // namespace kalamdb::cli
