// SPDX-License-Identifier: Apache-2.0
#include "bench/load_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

namespace kalamdb::bench {

namespace {

using SteadyClock = std::chrono::steady_clock;

[[noreturn]] void Fail(const std::string& message) {
  std::fprintf(stderr, "bench: %s\n", message.c_str());
  std::exit(1);
}

int Connect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    Fail("cannot connect to port " + std::to_string(port));
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

void SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      Fail("the server closed a connection while a request was sent");
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

// Where the first answer in `buffer` ends; nothing while it is incomplete.
struct Answer {
  int status = 0;
  size_t body_begin = 0;
  size_t end = 0;
};

std::optional<Answer> ParseAnswer(std::string_view buffer) {
  const size_t header_end = buffer.find("\r\n\r\n");
  if (header_end == std::string_view::npos || buffer.size() < 12) {
    return std::nullopt;
  }
  Answer answer;
  std::from_chars(buffer.data() + 9, buffer.data() + 12, answer.status);
  answer.body_begin = header_end + 4;
  constexpr std::string_view kLength = "content-length:";
  size_t line = buffer.find("\r\n") + 2;
  size_t length = 0;
  while (line < header_end) {
    const size_t line_end = buffer.find("\r\n", line);
    const std::string_view text = buffer.substr(line, line_end - line);
    if (text.size() > kLength.size() &&
        strncasecmp(text.data(), kLength.data(), kLength.size()) == 0) {
      const size_t digits = text.find_first_not_of(' ', kLength.size());
      std::from_chars(text.data() + digits, text.data() + text.size(), length);
    }
    line = line_end + 2;
  }
  answer.end = answer.body_begin + length;
  return answer.end <= buffer.size() ? std::optional(answer) : std::nullopt;
}

struct Connection {
  int fd = -1;
  std::string buffer;
  SteadyClock::time_point sent_at;
  bool is_busy = false;
};

// Reads what is there; true when the answer to the pending request is complete.
bool Receive(Connection& connection, LoadResult* result) {
  std::array<char, 16'384> chunk;
  const ssize_t got = recv(connection.fd, chunk.data(), chunk.size(), 0);
  if (got <= 0) {
    Fail("the server closed a connection");
  }
  connection.buffer.append(chunk.data(), static_cast<size_t>(got));
  const auto answer = ParseAnswer(connection.buffer);
  if (!answer.has_value()) {
    return false;
  }
  if (answer->status != 200) {
    if (result->errors++ == 0) {
      result->first_error = connection.buffer.substr(0, answer->end);
    }
  }
  connection.buffer.erase(0, answer->end);
  connection.is_busy = false;
  return true;
}

}  // namespace

double LoadResult::PercentileUs(double fraction) const {
  if (latencies_us.empty()) {
    return 0;
  }
  const auto index = static_cast<size_t>(fraction * static_cast<double>(latencies_us.size() - 1));
  return latencies_us[index];
}

LoadResult RunLoad(const LoadOptions& options, const RequestMaker& make) {
  LoadResult result;
  std::vector<Connection> connections(static_cast<size_t>(options.connections));
  const int poll = epoll_create1(0);
  for (size_t i = 0; i < connections.size(); ++i) {
    connections[i].fd = Connect(options.port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].fd, &event);
  }
  uint64_t sent = 0;
  uint64_t busy = 0;
  const auto begin = SteadyClock::now();
  const auto deadline = begin + options.duration;
  const auto send_next = [&](Connection& connection) {
    if (sent >= options.requests_max || SteadyClock::now() >= deadline) {
      return;
    }
    const std::string request = make(sent++);
    connection.is_busy = true;
    ++busy;
    connection.sent_at = SteadyClock::now();
    SendAll(connection.fd, request);
  };
  for (Connection& connection : connections) {
    send_next(connection);
  }
  std::array<epoll_event, 128> events;
  while (busy > 0) {
    const int ready = epoll_wait(poll, events.data(), static_cast<int>(events.size()), 10'000);
    if (ready <= 0) {
      Fail("no answer for ten seconds");
    }
    for (int i = 0; i < ready; ++i) {
      Connection& connection = connections[events[static_cast<size_t>(i)].data.u64];
      if (!Receive(connection, &result)) {
        continue;
      }
      --busy;
      ++result.requests;
      result.latencies_us.push_back(static_cast<uint32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() -
                                                                connection.sent_at)
              .count()));
      send_next(connection);
    }
  }
  result.seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  for (const Connection& connection : connections) {
    close(connection.fd);
  }
  close(poll);
  std::sort(result.latencies_us.begin(), result.latencies_us.end());
  return result;
}

std::string Call(int port, const std::string& request) {
  Connection connection;
  connection.fd = Connect(port);
  SendAll(connection.fd, request);
  LoadResult result;
  std::string body;
  while (true) {
    std::array<char, 16'384> chunk;
    const ssize_t got = recv(connection.fd, chunk.data(), chunk.size(), 0);
    if (got <= 0) {
      Fail("the server closed the connection: " + connection.buffer);
    }
    connection.buffer.append(chunk.data(), static_cast<size_t>(got));
    const auto answer = ParseAnswer(connection.buffer);
    if (answer.has_value()) {
      close(connection.fd);
      body = connection.buffer.substr(answer->body_begin);
      if (answer->status != 200) {
        Fail("answer " + std::to_string(answer->status) + ": " + body);
      }
      return body;
    }
  }
}

std::string PostRequest(const std::string& path, const std::string& token,
                        const std::string& json_body) {
  std::string request = "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (!token.empty()) {
    request += "Authorization: Bearer " + token + "\r\n";
  }
  request += "Content-Type: application/json\r\nContent-Length: " +
             std::to_string(json_body.size()) + "\r\n\r\n" + json_body;
  return request;
}

std::string JsonQuoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace kalamdb::bench
