// SPDX-License-Identifier: Apache-2.0
// Measures a running server against an empty handler of the same HTTP stack and against one
// fdatasync, in interleaved rounds on the same machine, and prints medians and ratios.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "bench/load_client.h"

namespace kalamdb::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Options {
  int port = 0;
  int empty_port = 0;
  std::string user = "root";
  std::string password;
  std::string directory;
  int rounds = 5;
  int round_ms = 1'500;
};

double Median(std::vector<double> values) {
  if (values.empty()) {
    return 0;
  }
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double MicrosSince(SteadyClock::time_point begin) {
  return std::chrono::duration<double, std::micro>(SteadyClock::now() - begin).count();
}

// One value out of a flat JSON answer.
std::string JsonField(const std::string& json, const std::string& name) {
  const std::string key = "\"" + name + "\":\"";
  const size_t begin = json.find(key);
  if (begin == std::string::npos) {
    return {};
  }
  const size_t start = begin + key.size();
  return json.substr(start, json.find('"', start) - start);
}

// Speaks SQL to the server under test.
class Server {
 public:
  Server(int port, std::string token) : port_(port), token_(std::move(token)) {}
  static Server Login(const Options& options) {
    const std::string body = "{\"user\":" + JsonQuoted(options.user) +
                             ",\"password\":" + JsonQuoted(options.password) + "}";
    const std::string answer = Call(options.port, PostRequest("/v1/api/auth/login", "", body));
    return {options.port, JsonField(answer, "access_token")};
  }
  std::string Request(const std::string& sql, const std::string& params = "") const {
    return PostRequest("/v1/api/sql", token_,
                       "{\"sql\":" + JsonQuoted(sql) +
                           (params.empty() ? "" : ",\"params\":[" + params + "]") + "}");
  }
  std::string Run(const std::string& sql) const { return Call(port_, Request(sql)); }
  LoadResult Load(int connections, std::chrono::milliseconds duration, uint64_t requests_max,
                  const RequestMaker& make) const {
    LoadResult result = RunLoad({port_, connections, duration, requests_max}, make);
    if (result.errors > 0) {
      std::fprintf(stderr, "bench: %llu errors, the first: %s\n",
                   static_cast<unsigned long long>(result.errors), result.first_error.c_str());
      std::exit(1);
    }
    return result;
  }

 private:
  int port_;
  std::string token_;
};

// p50 of `fdatasync` after appending 512 bytes to a file in `directory`.
double FdatasyncMicros(const std::string& directory) {
  const std::string path = directory + "/kalamdb_bench_sync";
  const int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
  std::array<char, 512> block{};
  std::vector<double> samples;
  for (int i = 0; i < 200; ++i) {
    const auto begin = SteadyClock::now();
    if (write(fd, block.data(), block.size()) < 0 || fdatasync(fd) != 0) {
      std::fprintf(stderr, "bench: cannot sync %s\n", path.c_str());
      std::exit(1);
    }
    samples.push_back(MicrosSince(begin));
  }
  close(fd);
  std::filesystem::remove(path);
  return Median(samples);
}

void ServeEcho(int listener) {
  const int peer = accept(listener, nullptr, nullptr);
  std::array<char, 256> bytes;
  ssize_t got = 0;
  while ((got = recv(peer, bytes.data(), bytes.size(), 0)) > 0) {
    if (send(peer, bytes.data(), static_cast<size_t>(got), MSG_NOSIGNAL) != got) {
      break;
    }
  }
  close(peer);
}

// p50 of sending 200 bytes over loopback and getting them back.
double RoundTripMicros() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 1) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::fprintf(stderr, "bench: cannot listen on loopback\n");
    std::exit(1);
  }
  std::jthread echo([listener] { ServeEcho(listener); });
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) {
    std::exit(1);
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  std::array<char, 200> bytes{};
  std::vector<double> samples;
  for (int i = 0; i < 2'000; ++i) {
    const auto begin = SteadyClock::now();
    if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
      break;
    }
    ssize_t total = 0;
    while (total < static_cast<ssize_t>(bytes.size())) {
      total += recv(fd, bytes.data(), bytes.size(), 0);
    }
    samples.push_back(MicrosSince(begin));
  }
  close(fd);
  close(listener);
  return Median(samples);
}

// Figures by name, one value a round.
class Figures {
 public:
  void Add(const std::string& name, double value) { values_[name].push_back(value); }
  double Of(const std::string& name) const { return Median(values_.at(name)); }
  void Print() const {
    for (const auto& [name, values] : values_) {
      const auto [low, high] = std::minmax_element(values.begin(), values.end());
      std::printf("  %-38s median %11.1f   min %11.1f   max %11.1f\n", name.c_str(),
                  Median(values), *low, *high);
    }
  }

 private:
  std::map<std::string, std::vector<double>> values_;
};

void PrintTarget(const char* name, double value, const char* relation, double target) {
  const bool is_met = relation[0] == '>' ? value >= target : value <= target;
  std::printf("  %-58s %9.3f  target %s %-7.3g %s\n", name, value, relation, target,
              is_met ? "met" : "MISSED");
}

constexpr int kPointRows = 10'000;
constexpr int kScanRows = 25'000;
constexpr int kEventsPerInsert = 100;

std::string ValuesFrom(int first, int count) {
  std::string values;
  for (int i = first; i < first + count; ++i) {
    values += (values.empty() ? "(" : ",(") + std::to_string(i) + ",'name " + std::to_string(i) +
              "'," + std::to_string(i % 100) + ")";
  }
  return values;
}

void Fill(const Server& server, const std::string& table, int rows) {
  constexpr int kBatch = 1'000;
  for (int first = 0; first < rows; first += kBatch) {
    server.Run("INSERT INTO " + table + " (id, name, grp) VALUES " +
               ValuesFrom(first, std::min(kBatch, rows - first)));
  }
}

void CreateTable(const Server& server, const std::string& table) {
  server.Run("CREATE SHARED TABLE " + table +
             " (id BIGINT PRIMARY KEY, name TEXT, grp INT) WITH (ACCESS_LEVEL='public')");
}

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options), server_(Server::Login(options)), duration_(options.round_ms) {}

  void Run() {
    Prepare();
    for (int round = 0; round < options_.rounds; ++round) {
      std::printf("round %d of %d\n", round + 1, options_.rounds);
      std::fflush(stdout);
      Throughput();
      SingleStatements();
      Deletes(round);
      GroupBy();
      Streams();
    }
    Report();
  }

 private:
  void Prepare() {
    server_.Run("CREATE NAMESPACE IF NOT EXISTS bench");
    for (const char* table : {"bench.points", "bench.fresh", "bench.changes"}) {
      CreateTable(server_, table);
    }
    server_.Run(
        "CREATE STREAM TABLE bench.events (id BIGINT PRIMARY KEY, name TEXT, grp INT) "
        "WITH (TTL_SECONDS = 2)");
    Fill(server_, "bench.points", kPointRows);
    Fill(server_, "bench.changes", kScanRows);
  }

  std::string Select(uint64_t n) const {
    return server_.Request("SELECT id, name, grp FROM bench.points WHERE id = $1",
                           std::to_string(n * 7'919 % kPointRows));
  }
  std::string Insert() {
    const std::string id = std::to_string(next_id_++);
    return server_.Request("INSERT INTO bench.fresh (id, name, grp) VALUES ($1, $2, $3)",
                           id + ",\"name " + id + "\",7");
  }

  void Empty(int connections, const std::string& name) {
    const std::string request = Select(0);
    const LoadResult result = RunLoad({options_.empty_port, connections, duration_, UINT64_MAX},
                                      [&](uint64_t) { return request; });
    figures_.Add(name, result.Rate());
  }

  void Throughput() {
    Empty(32, "empty handler, 32 connections, req/s");
    figures_.Add("point SELECT, 32 connections, req/s",
                 server_.Load(32, duration_, UINT64_MAX, [&](uint64_t n) { return Select(n); })
                     .Rate());
    Empty(64, "empty handler, 64 connections, req/s");
    figures_.Add("durable INSERT, 64 connections, req/s",
                 server_.Load(64, duration_, UINT64_MAX, [&](uint64_t) { return Insert(); })
                     .Rate());
  }

  void SingleStatements() {
    figures_.Add("fdatasync of 512 bytes, us", FdatasyncMicros(options_.directory));
    figures_.Add("loopback round trip, us", RoundTripMicros());
    const auto p50 = [&](const RequestMaker& make) {
      return server_.Load(1, duration_, 2'000, make).PercentileUs(0.5);
    };
    figures_.Add("one INSERT at a time, p50 us", p50([&](uint64_t) { return Insert(); }));
    figures_.Add("one UPDATE by key at a time, p50 us", p50([&](uint64_t) {
                   const std::string id = std::to_string(next_update_++ % kScanRows);
                   return server_.Request("UPDATE bench.changes SET name = $1 WHERE id = $2",
                                          "\"changed " + std::to_string(next_update_) + "\"," + id);
                 }));
    uint64_t first = next_delete_;
    figures_.Add("one DELETE by key at a time, p50 us", p50([&](uint64_t) {
                   return server_.Request("DELETE FROM bench.fresh WHERE id = $1",
                                          std::to_string(next_delete_++));
                 }));
    figures_.Add("rows deleted by key", static_cast<double>(next_delete_ - first));
  }

  double TimedMillis(const std::string& sql) {
    const std::string request = server_.Request(sql);
    const LoadResult result = server_.Load(1, std::chrono::seconds(10), 1,
                                           [&](uint64_t) { return request; });
    return result.PercentileUs(0.5) / 1'000;
  }

  void Deletes(int round) {
    const std::string table = "bench.deletes" + std::to_string(round);
    CreateTable(server_, table);
    Fill(server_, table, kScanRows);
    figures_.Add("DELETE of 100 rows by key range, ms",
                 TimedMillis("DELETE FROM " + table + " WHERE id >= 1000 AND id < 1100"));
    figures_.Add("DELETE by unindexed column of 25,000, ms",
                 TimedMillis("DELETE FROM " + table + " WHERE name = 'name 7777'"));
  }

  void GroupBy() {
    std::vector<double> samples;
    for (int i = 0; i < 9; ++i) {
      samples.push_back(
          TimedMillis("SELECT grp, COUNT(*), AVG(id) FROM bench.points GROUP BY grp"));
    }
    figures_.Add("GROUP BY over 10,000 rows, ms", Median(samples));
  }

  std::string InsertEvents(int count) {
    const std::string request = server_.Request("INSERT INTO bench.events (id, name, grp) VALUES " +
                                                ValuesFrom(next_event_, count));
    next_event_ += count;
    return request;
  }

  // Events live for two seconds: what a round writes, the sweeper removes in the next one.
  void Streams() {
    const LoadResult batches = server_.Load(
        8, duration_, UINT64_MAX, [&](uint64_t) { return InsertEvents(kEventsPerInsert); });
    figures_.Add("stream events, 100 an INSERT, events/s", batches.Rate() * kEventsPerInsert);
    figures_.Add(
        "one stream INSERT, 64 connections, req/s",
        server_.Load(64, duration_, UINT64_MAX, [&](uint64_t) { return InsertEvents(1); }).Rate());
    figures_.Add("one stream INSERT at a time, p50 us",
                 server_.Load(1, duration_, 2'000, [&](uint64_t) { return InsertEvents(1); })
                     .PercentileUs(0.5));
  }

  void Report() const {
    const auto of = [&](const char* name) { return figures_.Of(name); };
    std::printf("\nFigures over %d rounds:\n", options_.rounds);
    figures_.Print();
    std::printf("\nRatios of medians:\n");
    PrintTarget("point SELECT / empty handler, 32 connections",
                of("point SELECT, 32 connections, req/s") /
                    of("empty handler, 32 connections, req/s"),
                ">=", 0.5);
    PrintTarget("durable INSERT / empty handler, 64 connections",
                of("durable INSERT, 64 connections, req/s") /
                    of("empty handler, 64 connections, req/s"),
                ">=", 0.35);
    const double insert = of("one INSERT at a time, p50 us");
    PrintTarget("one INSERT p50 / (fdatasync + round trip)",
                insert / (of("fdatasync of 512 bytes, us") + of("loopback round trip, us")),
                "<=", 2.5);
    PrintTarget("one UPDATE p50 / one INSERT p50",
                of("one UPDATE by key at a time, p50 us") / insert, "<=", 1.3);
    PrintTarget("one DELETE p50 / one INSERT p50",
                of("one DELETE by key at a time, p50 us") / insert, "<=", 1.3);
    PrintTarget("DELETE of 100 rows by key range, ms", of("DELETE of 100 rows by key range, ms"),
                "<=", 2);
    PrintTarget("DELETE by unindexed column among 25,000 rows, ms",
                of("DELETE by unindexed column of 25,000, ms"), "<=", 15);
    PrintTarget("GROUP BY over 10,000 hot rows, ms", of("GROUP BY over 10,000 rows, ms"), "<=", 5);
    PrintTarget("stream events/s into one table, 100 an INSERT",
                of("stream events, 100 an INSERT, events/s"), ">=", 50'000);
    PrintTarget("one stream INSERT p50, us", of("one stream INSERT at a time, p50 us"), "<=", 200);
  }

  Options options_;
  Server server_;
  std::chrono::milliseconds duration_;
  Figures figures_;
  uint64_t next_id_ = 0;
  uint64_t next_update_ = 0;
  uint64_t next_delete_ = 0;
  int next_event_ = 0;
};

}  // namespace
}  // namespace kalamdb::bench

int main(int argc, char** argv) {
  kalamdb::bench::Options options;
  CLI::App app("Measures a running kalamdb-server; see bench/run");
  app.add_option("--port", options.port, "of the server")->required();
  app.add_option("--empty-port", options.empty_port, "of the empty handler")->required();
  app.add_option("--user", options.user);
  app.add_option("--password", options.password)->required();
  app.add_option("--directory", options.directory, "on the disk of the server's data")->required();
  app.add_option("--rounds", options.rounds);
  app.add_option("--round-ms", options.round_ms);
  CLI11_PARSE(app, argc, argv);
  kalamdb::bench::Bench(options).Run();
  return 0;
}
