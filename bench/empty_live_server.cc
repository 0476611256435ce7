// SPDX-License-Identifier: Apache-2.0
// The WebSockets of the server without a database: every POST /v1/api/sql sends one change of
// --bytes to every subscription. What live queries cannot be faster than. Prints the port and an
// access token and serves until standard input ends.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "base/mutex.h"
#include "server/http/listener.h"
#include "server/ws/ws_handler.h"

namespace kalamdb::bench {
namespace {

constexpr const char* kSecret = "a-secret-of-the-bench-of-32-characters";

class OneUser final : public service::UserService {
 public:
  service::AuthResult<service::UserInfo> Login(const UserId&, std::string_view, bool) override {
    return std::unexpected(service::AuthError{});
  }
  std::optional<service::UserInfo> Find(const UserId& user) const override {
    return service::UserInfo{.id = user, .role = Role::kUser, .email = {}};
  }
  bool NeedsSetup() const override { return false; }
  service::AuthResult<service::UserInfo> Setup(const service::SetupRequest&) override {
    return std::unexpected(service::AuthError{});
  }
};

// Sends what Publish() is given to all subscriptions, as one shared frame. Thread-safe.
class Broadcast final : public service::LiveService {
 public:
  StatusOr<std::unique_ptr<service::LiveSession>> Open(
      service::LiveSessionOptions, service::LiveSessionListener& listener) override {
    auto session = std::make_unique<Session>(*this, listener);
    MutexLock lock(mu_);
    sessions_.push_back(session.get());
    return std::unique_ptr<service::LiveSession>(std::move(session));
  }

  void Publish(const std::string& json) {
    const live::FramePtr frame = live::Frame::Encode(json, {.is_compressing = false});
    MutexLock lock(mu_);
    for (Session* session : sessions_) {
      session->Push(frame);
    }
  }

 private:
  class Session final : public service::LiveSession {
   public:
    Session(Broadcast& owner, service::LiveSessionListener& listener)
        : owner_(owner), listener_(listener) {}
    ~Session() override {
      MutexLock lock(owner_.mu_);
      std::erase(owner_.sessions_, this);
    }
    void Subscribe(service::SubscribeRequest request) override {
      {
        MutexLock lock(mu_);
        ++subscriptions_;
      }
      Send(R"({"type":"subscription_ack","subscription_id":")" + request.id + "\"}");
    }
    void NextBatch(std::string_view, std::optional<CommitSeq>) override {}
    void Unsubscribe(std::string_view) override {}
    void Send(std::string_view json) override {
      Add(live::Frame::Encode(json, {.is_compressing = false}), 1);
    }
    bool TakeFrames(size_t bytes_max, std::vector<live::FramePtr>* frames) override {
      MutexLock lock(mu_);
      const bool had_some = !frames_.empty();
      for (size_t bytes = 0; !frames_.empty() && bytes < bytes_max; frames_.pop_front()) {
        bytes += frames_.front()->bytes().size();
        frames->push_back(std::move(frames_.front()));
      }
      return had_some;
    }
    void Push(const live::FramePtr& frame) {
      int count = 0;
      {
        MutexLock lock(mu_);
        count = subscriptions_;
      }
      Add(frame, count);
    }

   private:
    void Add(const live::FramePtr& frame, int count) {
      bool was_empty = false;
      {
        MutexLock lock(mu_);
        was_empty = frames_.empty();
        frames_.insert(frames_.end(), static_cast<size_t>(count), frame);
      }
      if (was_empty && count > 0) {
        listener_.OnFrames();
      }
    }

    Broadcast& owner_;
    service::LiveSessionListener& listener_;
    Mutex mu_;
    std::deque<live::FramePtr> frames_ KALAMDB_GUARDED_BY(mu_);
    int subscriptions_ KALAMDB_GUARDED_BY(mu_) = 0;
  };

  Mutex mu_;
  std::vector<Session*> sessions_ KALAMDB_GUARDED_BY(mu_);
};

int Run(size_t bytes) {
  const SystemClock clock;
  const OneUser users;
  Broadcast broadcast;
  server::Authenticator authenticator(kSecret, users, clock);
  server::HttpOptions options;
  options.port = 0;
  server::WsHandler sockets(server::WsOptions(), options.cors, authenticator, &broadcast, clock);
  server::WorkerPool workers(2, 16'384);
  const auto publish = [&clock, &broadcast, bytes](server::Exchange& exchange) {
    broadcast.Publish(R"({"type":"change","subscription_id":"s0","change_type":"insert","rows":[{)"
                      R"("sent_us":")" +
                      std::to_string(clock.WallMicros()) + R"(","body":")" +
                      std::string(bytes, 'x') + R"("}]})");
    exchange.response().Set(200, "{}");
    exchange.Finish();
  };
  const server::RouteTable routes(
      {{.method = server::Method::kPost,
        .path = "/v1/api/sql",
        .run_on = server::RunOn::kWorker,
        .error_body = &server::PlainError,
        .body_bytes_max = 0,
        .handler = publish},
       {.method = server::Method::kGet,
        .path = "/v1/ws",
        .run_on = server::RunOn::kIo,
        .error_body = &server::PlainError,
        .body_bytes_max = 0,
        .handler = [&sockets](server::Exchange& exchange) { sockets.Handle(exchange); }}});
  server::Listener listener(clock, options, routes, workers);
  if (const Status status = listener.Start(); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.message().c_str());
    return 1;
  }
  const std::string token =
      authenticator.Issue(*users.Find(UserId{"bench"}), server::TokenType::kAccess,
                          clock.WallMicros() / 1'000'000, std::chrono::hours(24));
  std::printf("%d %s\n", static_cast<int>(listener.port()), token.c_str());
  std::fflush(stdout);
  std::array<char, 16> ignored;
  while (read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
  listener.Stop(std::chrono::milliseconds(500));
  workers.Stop();
  return 0;
}

}  // namespace
}  // namespace kalamdb::bench

int main(int argc, char** argv) {
  size_t bytes = 64;
  CLI::App parser("WebSockets without a database");
  parser.add_option("--bytes", bytes, "size of a change");
  CLI11_PARSE(parser, argc, argv);
  return kalamdb::bench::Run(bytes);
}
