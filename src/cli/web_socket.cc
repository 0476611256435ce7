// SPDX-License-Identifier: Apache-2.0
#include "cli/web_socket.h"

#include <chrono>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <fmt/format.h>

#include "cli/socket.h"

namespace kalamdb::cli {
namespace {

namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using std::chrono_literals::operator""s;

constexpr std::chrono::milliseconds kWsConnectMax = 10s;
// A page of a snapshot is a message.
constexpr size_t kWsMessageBytesMax = 256u << 20;

// What Beast wants of the stream below a WebSocket: an executor as well, though nothing here is
// asynchronous.
class Layer {
 public:
  using executor_type = boost::asio::io_context::executor_type;
  using next_layer_type = Socket;

  Layer(Socket socket, executor_type executor) : socket_(std::move(socket)), executor_(executor) {}

  executor_type get_executor() const { return executor_; }
  Socket& next_layer() { return socket_; }
  const Socket& next_layer() const { return socket_; }

  template <class Buffers>
  size_t read_some(const Buffers& buffers, error_code& error) {
    return socket_.read_some(buffers, error);
  }
  template <class Buffers>
  size_t write_some(const Buffers& buffers, error_code& error) {
    return socket_.write_some(buffers, error);
  }
  // As in Socket: for the concept only.
  template <class Buffers>
  size_t read_some(const Buffers& buffers);
  template <class Buffers>
  size_t write_some(const Buffers& buffers);

 private:
  Socket socket_;
  executor_type executor_;
};

// Beast calls this when both sides have closed; the descriptor is closed by its owner.
void teardown(boost::beast::role_type, Layer&, error_code& error) { error = {}; }

Status WsLost(const error_code& error) {
  if (error == boost::asio::error::operation_aborted) {
    return Cancelled("interrupted");
  }
  return Unavailable(error == boost::asio::error::eof || error == websocket::error::closed
                         ? "the server closed the connection"
                         : "the connection to the server was lost: " + error.message());
}

}  // namespace

struct WebSocket::Stream {
  explicit Stream(Socket socket) : stream(Layer(std::move(socket), context.get_executor())) {}

  boost::asio::io_context context;
  websocket::stream<Layer, false> stream;
  boost::beast::flat_buffer buffer;
};

WebSocket::WebSocket(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}
WebSocket::WebSocket(WebSocket&& other) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&& other) noexcept = default;
WebSocket::~WebSocket() = default;

StatusOr<WebSocket> WebSocket::Connect(const Endpoint& endpoint, std::string_view target,
                                       Signals& signals) {
  StatusOr<Socket> socket = Socket::Connect(endpoint.host, endpoint.port, kWsConnectMax, signals);
  if (!socket.has_value()) {
    return socket.error().code() == StatusCode::kCancelled
               ? Error(socket.error())
               : Error(Unavailable(fmt::format("cannot connect to {}: {}", endpoint.Url(),
                                               socket.error().message())));
  }
  auto made = std::make_unique<Stream>(std::move(*socket));
  made->stream.read_message_max(kWsMessageBytesMax);
  websocket::response_type response;
  error_code error;
  made->stream.handshake(response, endpoint.Authority(), endpoint.path + std::string(target),
                         error);
  if (error == websocket::error::upgrade_declined) {
    return Error(Unavailable(fmt::format("the server refused a WebSocket: {} {}",
                                         response.result_int(), response.body())));
  }
  if (error.failed()) {
    return Error(WsLost(error));
  }
  made->stream.text(true);
  return WebSocket(std::move(made));
}

Status WebSocket::Send(std::string_view text) {
  error_code error;
  stream_->stream.write(boost::asio::buffer(text), error);
  return error.failed() ? WsLost(error) : Status();
}

StatusOr<std::string> WebSocket::Receive() {
  stream_->buffer.clear();
  error_code error;
  stream_->stream.read(stream_->buffer, error);
  if (error == websocket::error::closed) {
    const websocket::close_reason& reason = stream_->stream.reason();
    return Error(
        Unavailable(fmt::format("the server closed the connection: {} ({})",
                                std::string_view(reason.reason.data(), reason.reason.size()),
                                static_cast<int>(reason.code))));
  }
  if (error.failed()) {
    return Error(WsLost(error));
  }
  return boost::beast::buffers_to_string(stream_->buffer.data());
}

}  // namespace kalamdb::cli
