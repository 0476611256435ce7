// SPDX-License-Identifier: Apache-2.0
#include "server/ws/ws_connection.h"

#include <gtest/gtest.h>

#include "live/gzip.h"
#include "live/message_pack.h"
#include "server/ws/test_live.h"

namespace kalamdb::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

class WsConnectionTest : public ::testing::Test, protected TestServer {
 protected:
  WsConnectionTest() { live = &live_; }
  // Connections end before the live queries do.
  ~WsConnectionTest() override { server.reset(); }

  std::string AuthText(const std::string& protocol = "") const {
    return R"({"type":"authenticate","method":"jwt","token":")" + token + "\"" + protocol + "}";
  }
  std::string TokenOf(const std::string& user, seconds left) {
    return Authenticator(options.auth.jwt_secret, users, clock)
        .Issue(*users.Find(UserId{user}), TokenType::kAccess,
               clock.WallMicros() / 1'000'000 + left.count() - 3'600, hours(1));
  }
  std::unique_ptr<WsTestClient> Connect(const std::string& protocol = "",
                                        int receive_buffer_bytes = 0) {
    auto client =
        std::make_unique<WsTestClient>(server->port(), "", "/v1/ws", receive_buffer_bytes);
    EXPECT_EQ(client->upgrade().status, 101);
    client->Say(AuthText(protocol));
    EXPECT_NE(client->NextMessage().payload.find("auth_success"), std::string::npos);
    return client;
  }
  static std::string SubscribeText(const std::string& id, const std::string& sql,
                                   const std::string& options = "{}") {
    return R"({"type":"subscribe","subscription":{"id":")" + id + R"(","sql":")" + sql +
           R"(","options":)" + options + "}}";
  }
  bool AllGone() {
    return Eventually([this] { return live_.session_count() == 0; });
  }

  FakeLive live_;
};

// -- Upgrade --

TEST_F(WsConnectionTest, AgreesAsTheStandardSays) {
  Start();
  const WsTestClient client(server->port());
  EXPECT_EQ(client.upgrade().status, 101);
  EXPECT_EQ(client.upgrade().Field("upgrade"), "websocket");
  EXPECT_EQ(client.upgrade().Field("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(client.upgrade().Field("content-length"), "");
}

TEST_F(WsConnectionTest, RefusesWhatIsNoUpgrade) {
  Start();
  EXPECT_EQ(Ask("GET /v1/ws HTTP/1.1\r\nHost: x\r\n\r\n").status, 426);
  const std::string text = WsTestClient::UpgradeText();
  const auto with = [&text](const std::string& from, const std::string& to) {
    return std::string(text).replace(text.find(from), from.size(), to);
  };
  EXPECT_EQ(Ask(with("-Version: 13", "-Version: 8")).status, 426);
  EXPECT_EQ(Ask(with("dGhl", "dG l")).status, 400);
  EXPECT_EQ(Ask(with("ZQ==", "ZQ=")).status, 400);
  EXPECT_EQ(Ask(with("keep-alive, Upgrade", "keep-alive")).status, 426);
  EXPECT_EQ(Ask(with("Upgrade: websocket", "Upgrade: h2c")).status, 426);
  EXPECT_EQ(Ask(with("GET", "POST")).status, 405);
  EXPECT_EQ(Ask(with("HTTP/1.1", "HTTP/1.0")).status, 426);
}

TEST_F(WsConnectionTest, KeepsForeignPagesOut) {
  options.http.cors.allowed_origins = {"https://app.example.com"};
  options.ws.must_have_origin = true;
  Start();
  const WsTestClient none(server->port());
  EXPECT_EQ(none.upgrade().status, 403);
  EXPECT_EQ(none.upgrade().body, "Origin header required");
  const WsTestClient other(server->port(), "Origin: https://evil.example.com\r\n");
  EXPECT_EQ(other.upgrade().status, 403);
  EXPECT_EQ(other.upgrade().body, "Origin not allowed");
  const WsTestClient page(server->port(), "Origin: https://app.example.com\r\n");
  EXPECT_EQ(page.upgrade().status, 101);
}

TEST_F(WsConnectionTest, WithoutLiveQueriesThereIsNoUpgrade) {
  live = nullptr;
  Start();
  EXPECT_EQ(Ask(WsTestClient::UpgradeText()).status, 503);
}

// -- Authentication --

TEST_F(WsConnectionTest, AuthenticatesByTheFirstMessage) {
  Start();
  WsTestClient client(server->port());
  client.Say(SubscribeText("s", "X"));
  EXPECT_NE(client.Next().payload.find(R"("code":"AUTH_REQUIRED")"), std::string::npos);
  client.Say(AuthText());
  EXPECT_EQ(
      client.Next().payload,
      R"({"type":"auth_success","user":"alice","role":"user","protocol":{"serialization":"json","compression":"gzip"}})");
  live_.ForEach([](FakeLive::Session& session) {
    EXPECT_EQ(session.options().caller.user.value, "alice");
    EXPECT_EQ(session.options().connection_id.size(), 32u);
  });
  client.Say(AuthText());
  EXPECT_NE(client.Next().payload.find("auth_success"), std::string::npos) << "again is fine";
  EXPECT_EQ(live_.session_count(), 1u);
}

TEST_F(WsConnectionTest, AuthenticatesByTheHeaderField) {
  Start();
  WsTestClient client(server->port(), "Authorization: Bearer " + token + "\r\n",
                      "/v1/ws?compress=false&serialization=msgpack");
  const ReceivedFrame welcome = client.Next();
  EXPECT_EQ(welcome.opcode, 1) << "text, whatever was agreed on";
  EXPECT_NE(welcome.payload.find(R"({"serialization":"msgpack","compression":"none"})"),
            std::string::npos);
  WsTestClient wrong(server->port(), "Authorization: Bearer nonsense\r\n");
  EXPECT_EQ(wrong.Next().payload, R"({"type":"auth_error","message":"Invalid credentials"})");
  EXPECT_EQ(wrong.Next().CloseCode(), 1008);
}

TEST_F(WsConnectionTest, ABadTokenClosesTheConnection) {
  Start();
  for (const std::string& bad : {std::string("nonsense"), TokenOf("alice", seconds(-3'600)),
                                 Authenticator(options.auth.jwt_secret, users, clock)
                                     .Issue(*users.Find(UserId{"alice"}), TokenType::kRefresh,
                                            clock.WallMicros() / 1'000'000, hours(1))}) {
    WsTestClient client(server->port());
    client.Say(R"({"type":"authenticate","method":"jwt","token":")" + bad + "\"}");
    EXPECT_NE(client.Next().payload.find("auth_error"), std::string::npos);
    const ReceivedFrame close = client.Next();
    EXPECT_EQ(close.CloseCode(), 1008);
    EXPECT_EQ(close.payload.substr(2), "Authentication failed");
    client.raw().Send(ClientFrame(0x88, "\x03\xf0"));
    EXPECT_TRUE(client.raw().IsClosed());
  }
  EXPECT_EQ(live_.session_count(), 0u);
}

TEST_F(WsConnectionTest, NobodyWaitsForAuthenticationForEver) {
  options.ws.auth_timeout = milliseconds(200);
  Start();
  WsTestClient client(server->port());
  EXPECT_NE(client.NextMessage().payload.find("Authentication timeout"), std::string::npos);
  EXPECT_EQ(client.NextMessage().CloseCode(), 1008);
}

TEST_F(WsConnectionTest, ATokenThatExpiresClosesTheConnectionUnlessRenewed) {
  options.ws.token_grace = milliseconds(0);
  Start();
  const std::string good = token;
  token = TokenOf("alice", seconds(2));
  auto expiring = Connect();
  auto renewed = Connect();
  token = good;
  renewed->Say(AuthText());
  EXPECT_NE(renewed->NextMessage().payload.find("auth_success"), std::string::npos);
  const ReceivedFrame close = expiring->NextMessage();
  EXPECT_EQ(close.CloseCode(), 4401);
  EXPECT_EQ(close.payload.substr(2), "Token expired");
  renewed->Say(SubscribeText("s", "X"));
  EXPECT_NE(renewed->NextMessage().payload.find("subscription_ack"), std::string::npos);
  token = TokenOf("root", hours(1));
  renewed->Say(AuthText());
  EXPECT_NE(renewed->NextMessage().payload.find("auth_error"), std::string::npos)
      << "another user has to open a connection of their own";
  EXPECT_EQ(renewed->NextMessage().CloseCode(), 1008);
}

TEST_F(WsConnectionTest, AServiceThatIsFullSaysTryAgain) {
  live_.is_full = true;
  Start();
  WsTestClient client(server->port());
  client.Say(AuthText());
  EXPECT_EQ(client.NextMessage().CloseCode(), 1013);
}

// -- Messages --

TEST_F(WsConnectionTest, PassesMessagesOnInOrder) {
  Start();
  auto client = Connect();
  client->Say(SubscribeText("s", "X", R"({"batch_size":2,"from":18446744073709551615})"));
  client->Say(R"({"type":"ping"})");
  client->Say(R"({"type":"next_batch","subscription_id":"s","last_seq_id":301112223334445057})");
  client->Say(R"({"type":"unsubscribe","subscription_id":"s"})");
  EXPECT_EQ(
      client->NextMessage().payload,
      R"({"type":"subscription_ack","subscription_id":"s","options":"data 2 - 18446744073709551615"})");
  EXPECT_EQ(client->NextMessage().payload,
            R"({"type":"initial_data_batch","subscription_id":"s","from":301112223334445057})");
  EXPECT_EQ(client->NextMessage().payload, R"({"type":"gone","subscription_id":"s"})");
}

TEST_F(WsConnectionTest, MessagesBehindTheUpgradeAreNotLost) {
  Start();
  TestClient raw(server->port());
  raw.Send(WsTestClient::UpgradeText() + TextFrame(AuthText()) + ClientFrame(0x89, "early"));
  EXPECT_EQ(raw.Read().status, 101);
  const auto first = raw.Bytes(2);
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE((*first)[0] == '\x81' || (*first)[0] == '\x8a');
}

TEST_F(WsConnectionTest, TakesFragmentsAndAnswersPingsBetweenThem) {
  Start();
  auto client = Connect();
  const std::string text = SubscribeText("s", "X");
  client->raw().Send(ClientFrame(0x01, text.substr(0, 10)));
  client->raw().Send(ClientFrame(0x89, "now"));
  EXPECT_EQ(client->Next().payload, "now");
  for (const char byte : ClientFrame(0x80, text.substr(10))) {
    client->raw().Send(std::string(1, byte));
  }
  EXPECT_NE(client->NextMessage().payload.find("subscription_ack"), std::string::npos);
}

TEST_F(WsConnectionTest, GarbageEndsItsOwnConnectionOnly) {
  Start();
  auto other = Connect();
  for (const auto& [text, code] : std::vector<std::pair<std::string, int>>{
           {TextFrame("nope"), 1011},
           {TextFrame(R"({"type":"dance"})"), 1011},
           {TextFrame(R"({"type":"subscribe","subscription":{"id":5}})"), 1011},
           {TextFrame("\xff\xfe"), 1007},
           {std::string("\x81\x02hi"), 1002},
           {ClientFrame(0xf1, "x"), 1002},
           {std::string("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
                        "mask",
                        14),
            1009}}) {
    auto client = Connect();
    client->raw().Send(text);
    EXPECT_EQ(client->NextMessage().CloseCode(), code) << testing::PrintToString(text);
  }
  other->Say(SubscribeText("s", "X"));
  EXPECT_NE(other->NextMessage().payload.find("subscription_ack"), std::string::npos);
}

TEST_F(WsConnectionTest, ErrorsOfTheProtocolLeaveTheConnectionOpen) {
  options.ws.message_bytes_max = 2'000;
  options.ws.messages_per_sec = 4;
  Start();
  auto client = Connect();
  client->raw().Send(ClientFrame(0x82, "bytes"));
  EXPECT_EQ(
      client->NextMessage().payload,
      R"({"type":"error","subscription_id":"protocol","code":"UNSUPPORTED_DATA","message":"Binary not supported"})");
  client->Say(std::string(2'001, 'x'));
  EXPECT_NE(client->NextMessage().payload.find("MESSAGE_TOO_LARGE"), std::string::npos);
  client->Say(SubscribeText("", "X"));
  EXPECT_NE(client->NextMessage().payload.find("INVALID_SUBSCRIPTION_ID"), std::string::npos);
  for (int i = 0; i < 10; ++i) {
    client->Say(R"({"type":"ping"})");
  }
  EXPECT_EQ(
      client->NextMessage().payload,
      R"({"type":"error","subscription_id":"rate_limit","code":"RATE_LIMIT_EXCEEDED","message":"Too many messages"})");
}

TEST_F(WsConnectionTest, SpeaksMessagePack) {
  Start();
  auto client = Connect(R"(,"protocol":{"serialization":"msgpack","compression":"gzip"})");
  const std::string packed = *live::ToMessagePack(SubscribeText("s", "FLOOD 1"));
  client->raw().Send(ClientFrame(0x82, packed));
  const ReceivedFrame ack = client->NextMessage();
  EXPECT_EQ(ack.opcode, 2);
  EXPECT_NE(live::FromMessagePack(ack.payload)->find("subscription_ack"), std::string::npos);
  const ReceivedFrame change = client->NextMessage();
  ASSERT_TRUE(live::IsGzip(change.payload));
  EXPECT_NE(live::FromMessagePack(*live::Gunzip(change.payload, 10'000))->find(R"("n":0)"),
            std::string::npos);
  client->Say(SubscribeText("json is fine too", "X"));
  EXPECT_EQ(client->NextMessage().opcode, 2);
  std::string compressed;
  const std::string large = SubscribeText("s", std::string(1'000, 'x'));
  ASSERT_TRUE(live::Gzip(*live::ToMessagePack(large), &compressed));
  client->raw().Send(ClientFrame(0x82, compressed));
  EXPECT_NE(live::FromMessagePack(client->NextMessage().payload)->find("subscription_ack"),
            std::string::npos);
  ASSERT_TRUE(live::Gzip(std::string(10u << 20, '\0'), &compressed));
  client->raw().Send(ClientFrame(0x82, compressed));
  EXPECT_NE(live::FromMessagePack(client->NextMessage().payload)->find("MESSAGE_TOO_LARGE"),
            std::string::npos);
  client->raw().Send(ClientFrame(0x82, std::string(1'000, '\x91')));
  EXPECT_EQ(client->NextMessage().CloseCode(), 1011);
}

// -- Much, and slowly --

TEST_F(WsConnectionTest, ASlowReaderGetsEverythingInOrder) {
  Start();
  auto client = Connect(R"(,"protocol":{"serialization":"json","compression":"none"})", 4'096);
  client->Say(SubscribeText("s", "FLOOD 20000"));
  EXPECT_NE(client->NextMessage().payload.find("subscription_ack"), std::string::npos);
  for (int i = 0; i < 20'000; ++i) {
    if (i == 5'000) {
      client->raw().Send(ClientFrame(0x89, "between"));
    }
    ReceivedFrame frame = client->Next();
    if (frame.opcode == 10 || frame.opcode == 9) {
      frame = client->Next();
    }
    ASSERT_TRUE(frame.payload.starts_with(R"({"type":"change","n":)" + std::to_string(i) + ","))
        << frame.payload.substr(0, 100);
  }
}

TEST_F(WsConnectionTest, AClientThatDoesNotReadIsResetAndHoldsNobodyUp) {
  options.ws.write_timeout = milliseconds(300);
  Start();
  auto other = Connect();
  auto client = Connect(R"(,"protocol":{"serialization":"json","compression":"none"})", 4'096);
  client->Say(SubscribeText("s", "FLOOD 20000"));
  EXPECT_TRUE(Eventually([this] { return live_.session_count() == 1; }));
  other->Say(SubscribeText("s", "X"));
  EXPECT_NE(other->NextMessage().payload.find("subscription_ack"), std::string::npos);
}

TEST_F(WsConnectionTest, AFloodOfPingsAndOfMessagesIsHeldUp) {
  options.ws.messages_per_sec = 0;
  Start();
  auto client = Connect("", 4'096);
  client->Say(SubscribeText("s", "WAIT"));
  for (int i = 0; i < 200; ++i) {
    client->Say(SubscribeText(std::to_string(i), "X"));
    client->raw().Send(ClientFrame(0x89, std::to_string(i)));
  }
  live_.is_released = true;
  int acks = 0;
  int pongs = 0;
  while (acks < 201 || pongs < 200) {
    const ReceivedFrame frame = client->NextMessage();
    ASSERT_GE(frame.opcode, 0);
    (frame.opcode == 10 ? pongs : acks)++;
  }
}

// -- Ending --

TEST_F(WsConnectionTest, AnswersACloseWithTheSameCode) {
  Start();
  auto client = Connect();
  client->raw().Send(ClientFrame(0x88,
                                 "\x0f\xa1"
                                 "bye"));
  EXPECT_EQ(client->NextMessage().CloseCode(), 4001);
  EXPECT_TRUE(client->raw().IsClosed());
  EXPECT_TRUE(AllGone());
}

TEST_F(WsConnectionTest, AClientThatVanishesIsForgotten) {
  Start();
  auto client = Connect();
  client->Say(SubscribeText("s", "WAIT"));
  EXPECT_TRUE(Eventually([this] { return live_.running.load() == 1; }));
  client->raw().Close();
  live_.is_released = true;
  EXPECT_TRUE(AllGone());
}

TEST_F(WsConnectionTest, TheSessionMayCloseBehindItsFrames) {
  Start();
  auto client = Connect();
  client->Say(SubscribeText("s", "CLOSE"));
  EXPECT_NE(client->NextMessage().payload.find("subscription_ack"), std::string::npos);
  const ReceivedFrame close = client->NextMessage();
  EXPECT_EQ(close.CloseCode(), 4999);
  EXPECT_EQ(close.payload.substr(2), "told to");
}

TEST_F(WsConnectionTest, PingsASilentClientAndThenCloses) {
  options.ws.client_timeout = milliseconds(600);
  Start();
  auto client = Connect();
  EXPECT_EQ(client->Next().opcode, 9);
  client->raw().Send(ClientFrame(0x8a, ""));
  EXPECT_EQ(client->Next().opcode, 9) << "the pong counted";
  const ReceivedFrame close = client->Next();
  EXPECT_EQ(close.CloseCode(), 1000);
  EXPECT_EQ(close.payload.substr(2), "Heartbeat timeout");
}

TEST_F(WsConnectionTest, AShutdownSaysSo) {
  Start();
  auto client = Connect();
  auto busy = Connect();
  busy->Say(SubscribeText("s", "WAIT"));
  EXPECT_TRUE(Eventually([this] { return live_.running.load() == 1; }));
  live_.is_released = true;
  server->Stop();
  const ReceivedFrame close = client->NextMessage();
  EXPECT_EQ(close.CloseCode(), 1001);
  EXPECT_EQ(close.payload.substr(2), "Server shutting down");
  EXPECT_EQ(live_.session_count(), 0u);
}

TEST_F(WsConnectionTest, ManyConnectionsComeAndGoUnderLoad) {
  options.http.io_threads = 2;
  Start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 100; ++i) {
        auto client = Connect();
        client->Say(SubscribeText("s", "FLOOD 50"));
        for (int frames = 0; frames < (i * 7 + t) % 51; ++frames) {
          ASSERT_GE(client->NextMessage().opcode, 0);
        }
        if (i % 3 == 0) {
          client->raw().Send(ClientFrame(0x88, ""));
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_TRUE(AllGone());
  EXPECT_TRUE(Eventually([this] {
    const std::string text = Ask("GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " +
                                 TokenOf("root", hours(1)) + "\r\n\r\n")
                                 .body;
    return text.find("kalamdb_ws_connections_open 0\n") != std::string::npos &&
           text.find("kalamdb_ws_connections_total 400\n") != std::string::npos;
  }));
}

}  // namespace
}  // namespace kalamdb::server
