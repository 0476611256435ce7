// SPDX-License-Identifier: Apache-2.0
// Opens many WebSockets, subscribes on each, changes rows from one more connection, and prints how
// fast connections were made, how fast changes arrived and how long they took. One thread with
// epoll reads them all, so that it costs little beside the server.
//
//   kalamdb_bench_live --port P --token T --connections 1000 --sql 'SELECT * FROM bench.messages'
//       --changes 1000 --insert "INSERT INTO bench.messages (id, sent_us) VALUES ({n}, {now})"
//
// {c} in --sql is the number of the connection; {n} in --insert the number of the change and {now}
// the time in microseconds, from which latencies are measured when a column is called sent_us.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "bench/load_client.h"

namespace kalamdb::bench {
namespace {

using Steady = std::chrono::steady_clock;

struct LiveOptions {
  int port = 0;
  std::string token;
  int connections = 100;
  int subscriptions = 1;  // Of each connection.
  std::string sql = "SELECT * FROM bench.messages";
  std::string options;  // JSON; empty for changes only.
  std::string insert;
  uint64_t changes = 0;   // Statements that --insert makes.
  int writers = 1;        // Connections that make them.
  uint64_t expected = 0;  // Changes that each subscription gets; 0: one per statement.
  int server_pid = 0;     // Whose memory is printed.
  int hold_seconds = 0;   // Stay connected and idle before the changes.
};

[[noreturn]] void GiveUp(const std::string& message) {
  std::fprintf(stderr, "bench: %s\n", message.c_str());
  std::exit(1);
}

int64_t WallMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

double SecondsSince(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

std::string Replaced(std::string text, std::string_view name, const std::string& value) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
    text.replace(at, name.size(), value);
    at += value.size();
  }
  return text;
}

// Masked with zeros, which changes nothing: a bench has no proxy to protect.
std::string ClientFrame(uint8_t opcode, std::string_view payload) {
  std::string frame(1, static_cast<char>(0x80 | opcode));
  if (payload.size() <= 125) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0xfe);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size());
  }
  frame.append(4, '\0');
  frame += payload;
  return frame;
}

// Bytes of resident memory.
uint64_t MemoryOf(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  uint64_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

class LiveClient {
 public:
  explicit LiveClient(const LiveOptions& options)
      : options_(options), sockets_(static_cast<size_t>(options.connections)) {}

  void Run();

 private:
  struct Socket {
    int fd = -1;
    std::string buffer;
    bool is_upgraded = false;
    bool is_known = false;
    int acks = 0;
  };

  void Open(size_t index);
  void Send(Socket& socket, std::string_view bytes);
  // Reads what is there on whatever is ready.
  void Poll(int timeout_ms);
  void Receive(size_t index);
  void OnFrame(size_t index, uint8_t opcode, std::string_view payload);
  void Subscribe(size_t index);
  void Measure(std::string_view payload);
  void PrintDeliveries(double seconds, uint64_t wanted);

  const LiveOptions& options_;
  std::vector<Socket> sockets_;
  const int poll_ = epoll_create1(0);
  uint64_t known_ = 0;
  uint64_t acks_ = 0;
  uint64_t changes_ = 0;
  uint64_t bytes_ = 0;
  std::vector<int64_t> latencies_us_;
};

void LiveClient::Open(size_t index) {
  Socket& socket = sockets_[index];
  socket.fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(options_.port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket.fd < 0 ||
      connect(socket.fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    GiveUp("cannot connect to port " + std::to_string(options_.port));
  }
  const int on = 1;
  setsockopt(socket.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = index;
  epoll_ctl(poll_, EPOLL_CTL_ADD, socket.fd, &event);
  Send(socket,
       "GET /v1/ws?compress=false HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer " +
           options_.token + "\r\n\r\n");
}

void LiveClient::Send(Socket& socket, std::string_view bytes) {
  if (send(socket.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    GiveUp("the server does not take what is sent");
  }
}

void LiveClient::Poll(int timeout_ms) {
  std::array<epoll_event, 512> events;
  const int ready = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), timeout_ms);
  for (int i = 0; i < ready; ++i) {
    Receive(events[static_cast<size_t>(i)].data.u64);
  }
}

void LiveClient::Receive(size_t index) {
  Socket& socket = sockets_[index];
  static std::vector<char> chunk(256u << 10);
  const ssize_t got = recv(socket.fd, chunk.data(), chunk.size(), 0);
  if (got <= 0) {
    GiveUp("the server closed a connection");
  }
  bytes_ += static_cast<uint64_t>(got);
  std::string_view bytes(chunk.data(), static_cast<size_t>(got));
  if (!socket.buffer.empty()) {
    socket.buffer += bytes;
    bytes = socket.buffer;
  }
  if (!socket.is_upgraded) {
    const size_t end = bytes.find("\r\n\r\n");
    if (end != std::string_view::npos) {
      if (!bytes.starts_with("HTTP/1.1 101")) {
        GiveUp("no upgrade: " + std::string(bytes.substr(0, 200)));
      }
      socket.is_upgraded = true;
      bytes.remove_prefix(end + 4);
    }
  }
  while (socket.is_upgraded && bytes.size() >= 2) {
    const auto length = static_cast<uint8_t>(bytes[1]);
    const size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
    size_t size = extra == 0 ? length : 0;
    if (bytes.size() < 2 + extra) {
      break;
    }
    for (size_t i = 0; i < extra; ++i) {
      size = size << 8 | static_cast<uint8_t>(bytes[2 + i]);
    }
    if (bytes.size() < 2 + extra + size) {
      break;
    }
    OnFrame(index, static_cast<uint8_t>(bytes[0]) & 0x0f, bytes.substr(2 + extra, size));
    bytes.remove_prefix(2 + extra + size);
  }
  socket.buffer = bytes.empty() ? std::string() : std::string(bytes);
}

void LiveClient::OnFrame(size_t index, uint8_t opcode, std::string_view payload) {
  Socket& socket = sockets_[index];
  if (opcode == 9) {
    Send(socket, ClientFrame(10, payload));
  } else if (opcode == 8) {
    GiveUp("closed: " + std::string(payload.substr(std::min<size_t>(2, payload.size()))));
  } else if (payload.starts_with(R"({"type":"change")")) {
    ++changes_;
    // Every change would cost more than its delivery.
    if (changes_ % 16 == 0) {
      Measure(payload);
    }
  } else if (payload.starts_with(R"({"type":"auth_success")")) {
    socket.is_known = true;
    ++known_;
  } else if (payload.starts_with(R"({"type":"subscription_ack")")) {
    ++acks_;
  } else if (!payload.starts_with(R"({"type":"initial_data_batch")")) {
    GiveUp(std::string(payload));
  }
}

void LiveClient::Subscribe(size_t index) {
  for (int i = 0; i < options_.subscriptions; ++i) {
    const std::string sql = Replaced(options_.sql, "{c}", std::to_string(index));
    const std::string options = options_.options.empty() ? "" : ",\"options\":" + options_.options;
    Send(sockets_[index],
         ClientFrame(1, R"({"type":"subscribe","subscription":{"id":"s)" + std::to_string(i) +
                            R"(","sql":)" + JsonQuoted(sql) + options + "}}"));
  }
}

void LiveClient::Measure(std::string_view payload) {
  constexpr std::string_view kKey = R"("sent_us":")";
  const size_t at = payload.find(kKey);
  int64_t sent_us = 0;
  if (at != std::string_view::npos &&
      std::from_chars(payload.data() + at + kKey.size(), payload.data() + payload.size(), sent_us)
              .ec == std::errc()) {
    latencies_us_.push_back(WallMicros() - sent_us);
  }
}

void LiveClient::PrintDeliveries(double seconds, uint64_t wanted) {
  std::printf("deliveries: %llu of %llu in %.3f s, %.0f/s, %.1f MB/s\n",
              static_cast<unsigned long long>(changes_), static_cast<unsigned long long>(wanted),
              seconds, static_cast<double>(changes_) / seconds,
              static_cast<double>(bytes_) / seconds / 1e6);
  if (latencies_us_.empty()) {
    return;
  }
  std::sort(latencies_us_.begin(), latencies_us_.end());
  const auto percentile = [this](double fraction) {
    return static_cast<long long>(latencies_us_[static_cast<size_t>(
        fraction * static_cast<double>(latencies_us_.size() - 1))]);
  };
  std::printf("latency: p50 %lld us, p90 %lld us, p99 %lld us, max %lld us\n", percentile(0.5),
              percentile(0.9), percentile(0.99), percentile(1));
}

void LiveClient::Run() {
  const auto count = static_cast<uint64_t>(sockets_.size());
  const uint64_t memory_before = options_.server_pid == 0 ? 0 : MemoryOf(options_.server_pid);
  auto begin = Steady::now();
  for (size_t i = 0; i < count; ++i) {
    Open(i);
    Poll(0);
    while (known_ + 256 < i) {
      Poll(1'000);
    }
  }
  while (known_ < count) {
    Poll(1'000);
  }
  double seconds = SecondsSince(begin);
  std::printf("connections: %llu in %.3f s, %.0f/s\n", static_cast<unsigned long long>(count),
              seconds, static_cast<double>(count) / seconds);
  begin = Steady::now();
  for (size_t i = 0; i < count; ++i) {
    Subscribe(i);
    Poll(0);
  }
  const uint64_t subscriptions = count * static_cast<uint64_t>(options_.subscriptions);
  while (acks_ < subscriptions) {
    Poll(1'000);
  }
  seconds = SecondsSince(begin);
  std::printf("subscriptions: %llu in %.3f s, %.0f/s\n",
              static_cast<unsigned long long>(subscriptions), seconds,
              static_cast<double>(subscriptions) / seconds);
  std::fflush(stdout);
  const auto idle_end = Steady::now() + std::chrono::seconds(options_.hold_seconds);
  while (Steady::now() < idle_end) {
    Poll(100);
  }
  if (options_.server_pid != 0) {
    std::printf("server memory: %.1f KiB for each connection with its subscriptions\n",
                static_cast<double>(MemoryOf(options_.server_pid) - memory_before) / 1024 /
                    static_cast<double>(count));
  }
  std::fflush(stdout);
  if (options_.changes == 0) {
    return;
  }

  bytes_ = 0;
  LoadResult written;
  std::thread writer([this, &written] {
    written = RunLoad(
        {.port = options_.port,
         .connections = options_.writers,
         .duration = std::chrono::hours(1),
         .requests_max = options_.changes},
        [this](uint64_t n) {
          const std::string sql = Replaced(Replaced(options_.insert, "{n}", std::to_string(n)),
                                           "{now}", std::to_string(WallMicros()));
          return PostRequest("/v1/api/sql", options_.token, "{\"sql\":" + JsonQuoted(sql) + "}");
        });
    if (written.errors > 0) {
      std::fprintf(stderr, "bench: %llu statements failed, the first: %s\n",
                   static_cast<unsigned long long>(written.errors), written.first_error.c_str());
      std::_Exit(1);  // The changes that are waited for will not come.
    }
  });
  begin = Steady::now();
  const uint64_t each = options_.expected == 0 ? options_.changes : options_.expected;
  while (changes_ < each * subscriptions) {
    Poll(1'000);
  }
  seconds = SecondsSince(begin);
  writer.join();
  std::printf("statements: %.0f/s, p50 %.0f us\n", written.Rate(), written.PercentileUs(0.5));
  PrintDeliveries(seconds, each * subscriptions);
}

}  // namespace
}  // namespace kalamdb::bench

int main(int argc, char** argv) {
  using kalamdb::bench::LiveOptions;
  LiveOptions options;
  CLI::App parser("Measures live queries of a running server");
  parser.add_option("--port", options.port, "of the server, on 127.0.0.1")->required();
  parser.add_option("--token", options.token, "access token")->required();
  parser.add_option("--connections", options.connections, "WebSockets to open");
  parser.add_option("--subscriptions", options.subscriptions, "of each connection");
  parser.add_option("--sql", options.sql, "to subscribe to; {c} is the number of the connection");
  parser.add_option("--options", options.options, "of each subscription, as JSON");
  parser.add_option("--insert", options.insert, "statement that makes a change; {n}, {now}");
  parser.add_option("--changes", options.changes, "times that --insert runs");
  parser.add_option("--writers", options.writers, "connections that run it");
  parser.add_option("--expected", options.expected, "changes for each subscription");
  parser.add_option("--server-pid", options.server_pid, "print the memory of this process");
  parser.add_option("--hold", options.hold_seconds, "seconds to stay idle");
  CLI11_PARSE(parser, argc, argv);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  kalamdb::bench::LiveClient(options).Run();
  return 0;
}
