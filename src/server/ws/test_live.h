// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"
#include "server/test_server.h"
#include "service/live_service.h"

// For tests of WebSockets: live queries that do what the SQL text says, and a client.
namespace kalamdb::server {

class FakeLive final : public service::LiveService {
 public:
  // The first word of the SQL of a subscription says what comes of it, after an ack:
  //   FLOOD n   n changes of about 1,000 bytes, numbered    WAIT   nothing until `is_released`
  //   CLOSE     OnClose(4999), behind an ack                others nothing
  class Session final : public service::LiveSession {
   public:
    Session(FakeLive& owner, service::LiveSessionOptions options,
            service::LiveSessionListener& listener)
        : owner_(owner), options_(std::move(options)), listener_(listener) {
      owner_.Add(this);
    }
    ~Session() override { owner_.Remove(this); }

    void Subscribe(service::SubscribeRequest request) override {
      const int running = ++owner_.running;
      KALAMDB_CHECK(running == 1 || owner_.session_count() > 1);
      const std::string word = request.sql.substr(0, request.sql.find(' '));
      while (word == "WAIT" && !owner_.is_released.load()) {
        std::this_thread::yield();
      }
      Send(R"({"type":"subscription_ack","subscription_id":")" + request.id + R"(","options":")" +
           Describe(request) + R"("})");
      const int count = word == "FLOOD" ? std::stoi(request.sql.substr(word.size())) : 0;
      for (int i = 0; i < count; ++i) {
        Send(R"({"type":"change","n":)" + std::to_string(i) + R"(,"pad":")" +
             std::string(1'000, 'x') + R"("})");
      }
      if (word == "CLOSE") {
        listener_.OnClose(4999, "told to");
      }
      --owner_.running;
    }
    void NextBatch(std::string_view id, std::optional<CommitSeq> last_seq) override {
      Send(R"({"type":"initial_data_batch","subscription_id":")" + std::string(id) +
           R"(","from":)" +
           (last_seq.has_value() ? std::to_string(last_seq->value) : std::string("null")) + "}");
    }
    void Unsubscribe(std::string_view id) override {
      Send(R"({"type":"gone","subscription_id":")" + std::string(id) + R"("})");
    }
    void Send(std::string_view json) override {
      bool was_empty = false;
      {
        MutexLock lock(mu_);
        was_empty = frames_.empty();
        frames_.push_back(live::Frame::Encode(json, options_.encoding));
      }
      if (was_empty) {
        listener_.OnFrames();
      }
    }
    bool TakeFrames(size_t bytes_max, std::vector<live::FramePtr>* frames) override {
      MutexLock lock(mu_);
      size_t bytes = 0;
      const bool had_some = !frames_.empty();
      while (!frames_.empty() && bytes < bytes_max) {
        bytes += frames_.front()->bytes().size();
        frames->push_back(std::move(frames_.front()));
        frames_.pop_front();
      }
      return had_some;
    }
    const service::LiveSessionOptions& options() const { return options_; }

   private:
    static std::string Describe(const service::SubscribeRequest& request) {
      const auto number = [](const auto& value) {
        return value.has_value() ? std::to_string(*value) : std::string("-");
      };
      return std::string(request.has_initial_data ? "data" : "none") + " " +
             number(request.batch_size) + " " + number(request.last_rows) + " " +
             (request.from.has_value() ? std::to_string(request.from->value) : "-");
    }

    FakeLive& owner_;
    const service::LiveSessionOptions options_;
    service::LiveSessionListener& listener_;
    Mutex mu_;
    std::deque<live::FramePtr> frames_ KALAMDB_GUARDED_BY(mu_);
  };

  StatusOr<std::unique_ptr<service::LiveSession>> Open(
      service::LiveSessionOptions options, service::LiveSessionListener& listener) override {
    if (is_full.load()) {
      return Error(ResourceExhausted("too many sessions"));
    }
    return std::unique_ptr<service::LiveSession>(
        std::make_unique<Session>(*this, std::move(options), listener));
  }

  size_t session_count() const {
    MutexLock lock(mu_);
    return sessions_.size();
  }
  void ForEach(const std::function<void(Session&)>& call) {
    MutexLock lock(mu_);
    for (Session* session : sessions_) {
      call(*session);
    }
  }

  std::atomic<bool> is_full{false};
  std::atomic<bool> is_released{false};
  std::atomic<int> running{0};

 private:
  void Add(Session* session) {
    MutexLock lock(mu_);
    sessions_.push_back(session);
  }
  void Remove(Session* session) {
    MutexLock lock(mu_);
    std::erase(sessions_, session);
  }

  mutable Mutex mu_;
  std::vector<Session*> sessions_ KALAMDB_GUARDED_BY(mu_);
};

// A frame of a client, masked.
inline std::string ClientFrame(uint8_t first_byte, std::string_view payload) {
  std::string frame(1, static_cast<char>(first_byte));
  if (payload.size() <= 125) {
    frame += static_cast<char>(0x80 | payload.size());
  } else if (payload.size() <= 0xffff) {
    frame += static_cast<char>(0xfe);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size());
  } else {
    frame += static_cast<char>(0xff);
    for (int shift = 56; shift >= 0; shift -= 8) {
      frame += static_cast<char>(payload.size() >> shift);
    }
  }
  constexpr std::string_view kMask = "\x12\x34\xab\xcd";
  frame += kMask;
  for (size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ kMask[i % kMask.size()]);
  }
  return frame;
}

inline std::string TextFrame(std::string_view text) { return ClientFrame(0x81, text); }

// What the server sent.
struct ReceivedFrame {
  int opcode = -1;  // -1: the connection ended.
  std::string payload;

  int CloseCode() const {
    return opcode != 8 || payload.size() < 2
               ? 0
               : static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
  }
};

class WsTestClient {
 public:
  explicit WsTestClient(uint16_t port, const std::string& fields = "",
                        const std::string& path = "/v1/ws", int receive_buffer_bytes = 0)
      : client_(port, receive_buffer_bytes) {
    client_.Send(UpgradeText(path, fields));
    upgrade_ = client_.Read();
  }

  static std::string UpgradeText(const std::string& path = "/v1/ws",
                                 const std::string& fields = "") {
    return "GET " + path +
           " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           fields + "\r\n";
  }

  const Reply& upgrade() const { return upgrade_; }
  TestClient& raw() { return client_; }
  bool Say(std::string_view text) { return client_.Send(TextFrame(text)); }

  ReceivedFrame Next() {
    ReceivedFrame frame;
    const auto head = client_.Bytes(2);
    if (!head.has_value()) {
      return frame;
    }
    size_t size = static_cast<uint8_t>((*head)[1]);
    if (size >= 126) {
      const auto more = client_.Bytes(size == 126 ? 2 : 8);
      size = 0;
      for (const char byte : more.value_or("")) {
        size = size << 8 | static_cast<uint8_t>(byte);
      }
    }
    const auto payload = client_.Bytes(size);
    if (payload.has_value()) {
      frame = {.opcode = (*head)[0] & 0x0f, .payload = *payload};
    }
    return frame;
  }
  // The next frame that is no ping.
  ReceivedFrame NextMessage() {
    for (;;) {
      ReceivedFrame frame = Next();
      if (frame.opcode != 9) {
        return frame;
      }
    }
  }

 private:
  TestClient client_;
  Reply upgrade_;
};

}  // namespace kalamdb::server
