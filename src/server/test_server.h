// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "server/http_server.h"
#include "types/schema.h"

// For tests of the server over real sockets: services that do what the SQL text says, and a client.
namespace kalamdb::server {

class FakeUsers final : public service::UserService {
 public:
  service::AuthResult<service::UserInfo> Login(const UserId& user, std::string_view password,
                                               bool) override {
    if (needs_setup) {
      return Refuse(service::AuthFailure::kSetupRequired, "Set a password first");
    }
    if (user.value == "locked") {
      return Refuse(service::AuthFailure::kLocked, "Account locked for 15 minute(s)");
    }
    const auto info = Find(user);
    if (!info.has_value() || password != "secret") {
      return Refuse(service::AuthFailure::kInvalidCredentials, "no");
    }
    return *info;
  }
  std::optional<service::UserInfo> Find(const UserId& user) const override {
    if (user.value == "root") {
      return Info("root", Role::kSystem);
    }
    return user.value == "alice" ? std::optional(Info("alice", Role::kUser)) : std::nullopt;
  }
  bool NeedsSetup() const override { return needs_setup; }
  service::AuthResult<service::UserInfo> Setup(const service::SetupRequest& request) override {
    if (!needs_setup) {
      return Refuse(service::AuthFailure::kAlreadyConfigured, "done");
    }
    if (request.password.size() < 8) {
      return Refuse(service::AuthFailure::kWeakPassword, "DBA user password: too short");
    }
    needs_setup = false;
    return Info(request.user.value, Role::kDba);
  }

  std::atomic<bool> needs_setup{false};

 private:
  static service::UserInfo Info(std::string id, Role role) {
    return {.id = UserId{std::move(id)},
            .role = role,
            .email = std::nullopt,
            .created_at = 1'777'629'600'000'000,
            .updated_at = 1'777'629'600'000'000};
  }
  static std::unexpected<service::AuthError> Refuse(service::AuthFailure failure,
                                                    std::string text) {
    return std::unexpected(service::AuthError{failure, std::move(text)});
  }
};

class FakeHealth final : public service::Health {
 public:
  bool IsHealthy() const override { return is_healthy; }
  std::atomic<bool> is_healthy{true};
};

// `rows` rows of an id and a text, failing at the end if told to.
class FakeCursor final : public types::RowCursor {
 public:
  FakeCursor(int64_t rows, bool breaks) : left_(rows), breaks_(breaks) {}
  Status Next(std::vector<types::Row>* rows) override {
    rows->clear();
    for (int i = 0; i < 1000 && left_ > 0; ++i, --left_) {
      rows->push_back({types::Value(next_++), types::Value("a text of some length")});
    }
    return rows->empty() && breaks_ ? ExecutionError("the cursor broke") : Status();
  }

 private:
  int64_t left_;
  bool breaks_;
  int64_t next_ = 0;
};

// The first word of the SQL says what happens:
//   ROWS n      n rows          BREAK n   n rows, then an error      BATCH   two results
//   COMMIT      one row changed, told from another thread            NONE    one row-less result
//   WAIT        until cancelled FAIL      a constraint violation     INTERNAL  an I/O error
//   THROW       an exception    BIGCOMMIT rows, told from another thread
class FakeSql final : public service::SqlService {
 public:
  ~FakeSql() override {
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }

  void Execute(service::SqlRequest request, service::SqlDone done) override {
    const std::string word = request.sql.substr(0, request.sql.find(' '));
    const int64_t number =
        word.size() < request.sql.size() ? std::stoll(request.sql.substr(word.size())) : 0;
    service::SqlOutcome outcome;
    if (word == "ROWS" || word == "BREAK" || word == "BIGCOMMIT") {
      outcome.results.push_back(RowResult(number, word == "BREAK"));
    } else if (word == "BATCH") {
      outcome.results.push_back(Changed());
      outcome.results.push_back(RowResult(1, false));
    } else if (word == "WAIT") {
      ++waiting;
      while (!request.cancel->is_cancelled()) {
        std::this_thread::yield();
      }
      --waiting;
      ++cancelled;
      outcome.status = Cancelled("the statement was cancelled");
    } else if (word == "FAIL" || word == "INTERNAL") {
      outcome.status = word == "FAIL" ? ConstraintViolation("column `age` is NULL")
                                      : IoError("/secret/path: disk on fire");
      outcome.failed_statement = 2;
      outcome.failed_sql = request.sql;
    } else if (word == "THROW") {
      std::string().reserve(SIZE_MAX);
    } else {
      outcome.results.push_back(Changed());
    }
    if (word == "COMMIT" || word == "BIGCOMMIT") {
      // From a thread of its own, as the commit thread does.
      MutexLock lock(mu_);
      threads_.emplace_back([done = std::move(done), moved = std::move(outcome)]() mutable {
        done(std::move(moved));
      });
    } else {
      done(std::move(outcome));
    }
  }

  std::atomic<int> waiting{0};
  std::atomic<int> cancelled{0};

 private:
  static service::StatementResult Changed() {
    return {.columns = {},
            .rows = nullptr,
            .row_count = 1,
            .message = "Inserted 1 row(s)",
            .as_user = UserId{"alice"}};
  }
  static service::StatementResult RowResult(int64_t rows, bool breaks) {
    return {
        .columns = {{.name = "id", .type = types::TypeOf(types::TypeId::kBigInt), .is_key = true},
                    {.name = "text", .type = types::TypeOf(types::TypeId::kText)}},
        .rows = std::make_unique<FakeCursor>(rows, breaks),
        .row_count = 0,
        .message = {},
        .as_user = UserId{"alice"}};
  }

  Mutex mu_;
  std::vector<std::thread> threads_;
};

struct Reply {
  int status = 0;  // 0: the connection ended before a whole answer came.
  std::multimap<std::string, std::string> fields;  // Names in lower case.
  std::string body;
  bool is_whole = false;

  std::string Field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
  }
};

// A blocking client that sends exact bytes.
class TestClient {
 public:
  explicit TestClient(uint16_t port, int receive_buffer_bytes = 0) {
    fd_ = socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer_bytes != 0) {
      setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof(receive_buffer_bytes));
    }
    const timeval timeout{.tv_sec = 30, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    KALAMDB_CHECK(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~TestClient() { Close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void Close() {
    if (fd_ >= 0) {
      close(std::exchange(fd_, -1));
    }
  }

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // True when the server ended the connection and nothing is left to read.
  bool IsClosed() { return buffer_.empty() && !Fill(); }

  std::optional<std::string> Line() {
    for (;;) {
      const size_t end = buffer_.find("\r\n");
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 2);
        return line;
      }
      if (!Fill()) {
        return std::nullopt;
      }
    }
  }

  std::optional<std::string> Bytes(size_t count) {
    while (buffer_.size() < count) {
      if (!Fill()) {
        return std::nullopt;
      }
    }
    std::string bytes = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return bytes;
  }

  Reply Read(bool is_head = false) {
    Reply reply;
    const auto line = Line();
    if (!line.has_value() || !line->starts_with("HTTP/1.1 ")) {
      return reply;
    }
    const int status = std::stoi(line->substr(9));
    for (auto field = Line(); field.has_value() && !field->empty(); field = Line()) {
      const size_t colon = field->find(": ");
      reply.fields.emplace(types::AsciiLower(field->substr(0, colon)), field->substr(colon + 2));
    }
    reply.status = status;
    reply.is_whole = is_head || status < 200 || status == 204 || ReadBody(&reply);
    return reply;
  }

 private:
  bool ReadBody(Reply* reply) {
    if (reply->Field("transfer-encoding") == "chunked") {
      for (;;) {
        const auto size_line = Line();
        if (!size_line.has_value()) {
          return false;
        }
        const size_t size = std::stoul(*size_line, nullptr, 16);
        const auto chunk = Bytes(size + 2);
        if (!chunk.has_value()) {
          return false;
        }
        if (size == 0) {
          return true;
        }
        reply->body += chunk->substr(0, size);
      }
    }
    if (!reply->Field("content-length").empty()) {
      const auto body = Bytes(std::stoul(reply->Field("content-length")));
      reply->body = body.value_or("");
      return body.has_value();
    }
    while (Fill()) {
    }
    reply->body = std::exchange(buffer_, {});
    return true;
  }

  bool Fill() {
    char bytes[1 << 16];
    const ssize_t count = recv(fd_, bytes, sizeof(bytes), 0);
    if (count <= 0) {
      return false;
    }
    buffer_.append(bytes, static_cast<size_t>(count));
    return true;
  }

  int fd_ = -1;
  std::string buffer_;
};

// A running server on fake services. Tests change `options` and call Start().
struct TestServer {
  TestServer() {
    options.http.port = 0;
    options.auth.jwt_secret = "a-secret-of-at-least-32-characters!";
    options.workers = 4;
    options.stop_grace = std::chrono::milliseconds(500);
  }

  void Start() {
    server = std::make_unique<HttpServer>(options, ServerServices{sql, users, health, clock, live});
    KALAMDB_CHECK(server->Start().ok());
    token = Authenticator(options.auth.jwt_secret, users, clock)
                .Issue(*users.Find(UserId{"alice"}), TokenType::kAccess,
                       clock.WallMicros() / 1'000'000, std::chrono::hours(1));
  }

  std::string SqlRequestText(const std::string& statement, const std::string& fields = "",
                             const std::string& version = "1.1") const {
    const std::string body = R"({"sql":")" + statement + "\"}";
    return "POST /v1/api/sql HTTP/" + version + "\r\nHost: x\r\nAuthorization: Bearer " + token +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n" + fields + "\r\n" + body;
  }

  Reply Ask(const std::string& request_text, bool is_head = false) {
    TestClient client(server->port());
    client.Send(request_text);
    return client.Read(is_head);
  }

  // Waits for what another thread brings about.
  template <class F>
  bool Eventually(F condition) {
    const auto deadline = clock.Monotonic() + std::chrono::seconds(30);
    while (!condition()) {
      if (clock.Monotonic() > deadline) {
        return false;
      }
      std::this_thread::yield();
    }
    return true;
  }

  SystemClock clock;
  FakeUsers users;
  FakeHealth health;
  FakeSql sql;
  service::LiveService* live = nullptr;
  ServerOptions options;
  std::string token;
  std::unique_ptr<HttpServer> server;
};

}  // namespace kalamdb::server
