// SPDX-License-Identifier: Apache-2.0
#include "server/http/listener.h"

#include <algorithm>
#include <exception>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/post.hpp>

#include "base/rng.h"
#include "server/http/connection.h"
#include "server/http/gate.h"
#include "server/http/io_thread.h"

namespace kalamdb::server {

using asio::ip::tcp;

namespace {

// Connections above the maximum that are told so; further ones are closed without a word.
constexpr int64_t kRefusalsMax = 1'000;
// How long accepting pauses when the process is out of file descriptors.
constexpr std::chrono::milliseconds kAcceptPause{100};

using PauseTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>;

IpAddress ToAddress(const asio::ip::address& address) {
  if (address.is_v4()) {
    std::array<uint8_t, 16> bytes{};
    const auto v4 = address.to_v4().to_bytes();
    bytes[10] = bytes[11] = 0xff;
    std::copy(v4.begin(), v4.end(), bytes.begin() + 12);
    return IpAddress(bytes);
  }
  return IpAddress(address.to_v6().to_bytes());
}

// Coroutines of ours report errors as values; what is left is a lack of memory, which ends one
// connection and not the server.
void IgnoreException(const std::exception_ptr&) {}

}  // namespace

class Listener::Impl {
 public:
  Impl(const Clock& clock, HttpOptions options, const RouteTable& routes, WorkerPool& workers);

  Status Start();
  void Stop(std::chrono::milliseconds grace);
  uint16_t port() const { return port_; }
  const HttpMetrics& metrics() const { return metrics_; }

 private:
  using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

  Status Bind();
  Awaitable<void> AcceptLoop();
  void Adopt(Socket socket, IoThread& io);
  bool AreAllEmpty(std::chrono::milliseconds timeout);

  const Clock& clock_;
  const HttpOptions options_;
  HttpMetrics metrics_;
  Gate gate_;
  // The first one accepts; connections go to each in turn.
  std::vector<std::unique_ptr<IoThread>> io_threads_;
  std::unique_ptr<Acceptor> acceptor_;
  size_t next_io_ = 0;  // Confined to the accepting thread.
  uint16_t port_ = 0;
  bool is_running_ = false;
};

Listener::Listener(const Clock& clock, HttpOptions options, const RouteTable& routes,
                   WorkerPool& workers)
    : impl_(std::make_unique<Impl>(clock, std::move(options), routes, workers)) {}

Listener::~Listener() { Stop(std::chrono::milliseconds(0)); }

Status Listener::Start() { return impl_->Start(); }

void Listener::Stop(std::chrono::milliseconds grace) { impl_->Stop(grace); }

uint16_t Listener::port() const { return impl_->port(); }

const HttpMetrics& Listener::metrics() const { return impl_->metrics(); }

Listener::Impl::Impl(const Clock& clock, HttpOptions options, const RouteTable& routes,
                     WorkerPool& workers)
    : clock_(clock),
      options_(std::move(options)),
      metrics_(routes),
      gate_(clock, options_, routes) {
  Rng rng;
  for (size_t i = 0; i < std::max<size_t>(1, options_.io_threads); ++i) {
    io_threads_.push_back(std::make_unique<IoThread>(clock, workers, rng.Next()));
  }
}

Status Listener::Impl::Bind() {
  const std::string where = options_.host + ":" + std::to_string(options_.port);
  ErrorCode error;
  asio::ip::basic_resolver<tcp, Executor> resolver(io_threads_.front()->context());
  const auto found =
      resolver.resolve(options_.host, std::to_string(options_.port),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error || found.empty()) {
    return InvalidArgument("cannot listen on " + where + ": there is no such address");
  }
  const tcp::endpoint endpoint = found.begin()->endpoint();
  acceptor_ = std::make_unique<Acceptor>(io_threads_.front()->context());
  acceptor_->open(endpoint.protocol(), error);
  if (!error) {
    acceptor_->set_option(asio::socket_base::reuse_address(true), error);
  }
  if (!error) {
    acceptor_->bind(endpoint, error);
  }
  if (!error) {
    acceptor_->listen(options_.backlog, error);
  }
  if (error == asio::error::address_in_use) {
    return Unavailable("cannot listen on " + where + ": the address is in use");
  }
  if (error) {
    return InvalidArgument("cannot listen on " + where + ": " + error.message());
  }
  port_ = acceptor_->local_endpoint(error).port();
  return {};
}

Status Listener::Impl::Start() {
  KALAMDB_RETURN_IF_ERROR(Bind());
  is_running_ = true;
  asio::co_spawn(io_threads_.front()->context(), AcceptLoop(), &IgnoreException);
  for (const auto& io : io_threads_) {
    io->Start();
  }
  return {};
}

Awaitable<void> Listener::Impl::AcceptLoop() {
  PauseTimer pause(io_threads_.front()->context());
  while (acceptor_->is_open()) {
    IoThread& io = *io_threads_[next_io_];
    auto [error, socket] = co_await acceptor_->async_accept(io.context(), kAsTuple);
    if (!error) {
      next_io_ = (next_io_ + 1) % io_threads_.size();
      Adopt(std::move(socket), io);
      continue;
    }
    if (error != asio::error::operation_aborted && error != asio::error::connection_aborted) {
      pause.expires_after(kAcceptPause);
      [[maybe_unused]] const auto result = co_await pause.async_wait(kAsTuple);
    }
  }
}

void Listener::Impl::Adopt(Socket socket, IoThread& io) {
  ErrorCode error;
  const auto remote = socket.remote_endpoint(error);
  if (error) {
    return;
  }
  const IpAddress peer = ToAddress(remote.address());
  socket.set_option(tcp::no_delay(true), error);
  socket.non_blocking(true, error);
  metrics_.connections_accepted.fetch_add(1, std::memory_order_relaxed);
  const int64_t open = metrics_.connections_open.fetch_add(1, std::memory_order_relaxed);
  const auto connections_max = static_cast<int64_t>(options_.connections_max);
  bool is_refused = open >= connections_max;
  if (open >= connections_max + kRefusalsMax) {
    metrics_.connections_refused.fetch_add(1, std::memory_order_relaxed);
    metrics_.connections_open.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  is_refused = is_refused || !gate_.guard().AddConnection(peer);
  ConnectionSlot slot(metrics_, is_refused ? nullptr : &gate_.guard(), peer);
  if (is_refused) {
    metrics_.connections_refused.fetch_add(1, std::memory_order_relaxed);
  }
  const ConnectionContext context{clock_, options_, gate_, metrics_};
  auto connection =
      std::make_unique<Connection>(std::move(socket), std::move(slot), is_refused, io, context);
  asio::co_spawn(io.context(), Connection::Serve(std::move(connection)), &IgnoreException);
}

bool Listener::Impl::AreAllEmpty(std::chrono::milliseconds timeout) {
  const std::chrono::nanoseconds deadline = clock_.Monotonic() + timeout;
  return std::all_of(io_threads_.begin(), io_threads_.end(), [&](const auto& io) {
    const auto left = deadline - clock_.Monotonic();
    return io->WaitUntilEmpty(std::chrono::duration_cast<std::chrono::milliseconds>(left));
  });
}

void Listener::Impl::Stop(std::chrono::milliseconds grace) {
  if (!is_running_) {
    return;
  }
  is_running_ = false;
  asio::post(io_threads_.front()->context(), [this] {
    ErrorCode ignored;
    acceptor_->close(ignored);
  });
  const auto tell_all = [this](void (IoThread::*what)()) {
    for (const auto& io : io_threads_) {
      ((*io).*what)();
    }
  };
  tell_all(&IoThread::BeginStop);
  if (!AreAllEmpty(grace)) {
    tell_all(&IoThread::CancelAll);
    if (!AreAllEmpty(grace / 2)) {
      tell_all(&IoThread::CloseAll);
      while (!AreAllEmpty(std::chrono::seconds(1))) {
        // A handler still works on its exchange: nothing may be taken away from under it.
      }
    }
  }
  for (const auto& io : io_threads_) {
    io->Join();
  }
}

}  // namespace kalamdb::server
