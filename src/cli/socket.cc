// SPDX-License-Identifier: Apache-2.0
#include "cli/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/error.hpp>
#include <netdb.h>

namespace kalamdb::cli {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

StatusOr<Addresses> Resolve(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  int code = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (code == EAI_NONAME || code == EAI_ADDRFAMILY) {
    // AI_ADDRCONFIG hides loopback addresses on machines without any other.
    hints.ai_flags = 0;
    code = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  }
  if (code != 0) {
    return Error(Unavailable(gai_strerror(code)));
  }
  return Addresses(found, &freeaddrinfo);
}

// OK when the connection that was begun on `fd` is established.
Status AwaitConnection(int fd, std::chrono::milliseconds connect_max, Signals& signals) {
  switch (signals.WaitIgnoringScreen(fd, POLLOUT, connect_max)) {
    case Signals::Wake::kReady:
      break;
    case Signals::Wake::kTimeout:
      return Unavailable("no answer");
    default:
      return Cancelled("interrupted");
  }
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0 ? Status() : Unavailable(std::strerror(error));
}

Status ConnectTo(int fd, const addrinfo& address, std::chrono::milliseconds connect_max,
                 Signals& signals) {
  if (connect(fd, address.ai_addr, address.ai_addrlen) == 0) {
    return {};
  }
  return errno == EINPROGRESS ? AwaitConnection(fd, connect_max, signals)
                              : Unavailable(std::strerror(errno));
}

}  // namespace

StatusOr<Socket> Socket::Connect(const std::string& host, const std::string& port,
                                 std::chrono::milliseconds connect_max, Signals& signals) {
  KALAMDB_ASSIGN_OR_RETURN(const Addresses addresses, Resolve(host, port));
  Status status = Unavailable("the name has no address");
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      status = Unavailable(std::strerror(errno));
      continue;
    }
    Socket result(fd, signals);
    status = ConnectTo(fd, *address, connect_max, signals);
    if (status.ok()) {
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
      return result;
    }
    if (status.code() == StatusCode::kCancelled) {
      break;
    }
  }
  return Error(std::move(status));
}

Socket::Socket(Socket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      signals_(other.signals_),
      idle_max_(other.idle_max_),
      bytes_written_(other.bytes_written_) {}

Socket& Socket::operator=(Socket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(signals_, other.signals_);
  std::swap(idle_max_, other.idle_max_);
  std::swap(bytes_written_, other.bytes_written_);
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

bool Socket::IsStale() const {
  pollfd waiting{.fd = fd_, .events = POLLIN | POLLRDHUP, .revents = 0};
  return poll(&waiting, 1, 0) != 0;
}

bool Socket::Await(short events, ErrorCode* error) {
  const auto timeout = idle_max_.count() == 0 ? std::nullopt : std::optional(idle_max_);
  switch (signals_->WaitIgnoringScreen(fd_, events, timeout)) {
    case Signals::Wake::kReady:
      return true;
    case Signals::Wake::kTimeout:
      *error = boost::asio::error::timed_out;
      return false;
    default:
      *error = boost::asio::error::operation_aborted;
      return false;
  }
}

size_t Socket::Read(void* data, size_t size, ErrorCode* error) {
  *error = {};
  if (size == 0) {
    return 0;
  }
  while (Await(POLLIN, error)) {
    const ssize_t bytes = recv(fd_, data, size, 0);
    if (bytes > 0) {
      return static_cast<size_t>(bytes);
    }
    if (bytes == 0) {
      *error = boost::asio::error::eof;
      return 0;
    }
    if (errno != EAGAIN && errno != EINTR) {
      *error = ErrorCode(errno, boost::system::system_category());
      return 0;
    }
  }
  return 0;
}

size_t Socket::Write(const void* data, size_t size, ErrorCode* error) {
  *error = {};
  if (size == 0) {
    return 0;
  }
  while (Await(POLLOUT, error)) {
    const ssize_t bytes = send(fd_, data, size, MSG_NOSIGNAL);
    if (bytes >= 0) {
      bytes_written_ += static_cast<size_t>(bytes);
      return static_cast<size_t>(bytes);
    }
    if (errno != EAGAIN && errno != EINTR) {
      *error = ErrorCode(errno, boost::system::system_category());
      return 0;
    }
  }
  return 0;
}

}  // namespace kalamdb::cli
