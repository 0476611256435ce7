// SPDX-License-Identifier: Apache-2.0
#include "server/ws/client_message.h"

#include <gtest/gtest.h>

namespace kalamdb::server {
namespace {

using service::SubscribeRequest;

template <class T>
T Parse(const std::string& json) {
  const auto message = ParseClientMessage(json);
  EXPECT_TRUE(message.has_value()) << json << ": " << message.error().message();
  const T* typed = message.has_value() ? std::get_if<T>(&*message) : nullptr;
  EXPECT_NE(typed, nullptr) << json;
  return typed == nullptr ? T() : *typed;
}

std::string WhyNot(const std::string& json) {
  const auto message = ParseClientMessage(json);
  return message.has_value() ? "" : message.error().message();
}

std::string SubscribeText(const std::string& options) {
  return R"({"type":"subscribe","subscription":{"id":"s","sql":"SELECT 1","options":)" + options +
         "}}";
}

TEST(ClientMessage, AuthenticateHasDefaults) {
  const auto plain = Parse<AuthenticateMessage>(R"({"type":"authenticate","token":"t"})");
  EXPECT_EQ(plain.token, "t");
  EXPECT_EQ(plain.method, "jwt");
  EXPECT_EQ(plain.encoding, live::Encoding());
  const auto full = Parse<AuthenticateMessage>(
      R"({"token":"t","protocol":{"serialization":"msgpack","compression":"none"},"method":"x","type":"authenticate"})");
  EXPECT_EQ(full.method, "x");
  EXPECT_EQ(full.encoding.serialization, live::Serialization::kMessagePack);
  EXPECT_FALSE(full.encoding.is_compressing);
  EXPECT_NE(WhyNot(R"({"type":"authenticate"})"), "");
  EXPECT_NE(WhyNot(R"({"type":"authenticate","token":"t","protocol":{"serialization":"xml"}})"),
            "");
  EXPECT_NE(WhyNot(R"({"type":"authenticate","token":7})"), "");
}

TEST(ClientMessage, SubscribeTellsAbsentOptionsFromEmptyOnes) {
  const auto bare =
      Parse<SubscribeRequest>(R"({"type":"subscribe","subscription":{"id":"s","sql":"SELECT 1"}})");
  EXPECT_FALSE(bare.has_initial_data);
  EXPECT_FALSE(Parse<SubscribeRequest>(SubscribeText("null")).has_initial_data);
  const auto empty = Parse<SubscribeRequest>(SubscribeText("{}"));
  EXPECT_TRUE(empty.has_initial_data);
  EXPECT_FALSE(empty.batch_size.has_value());
  const auto full = Parse<SubscribeRequest>(
      SubscribeText(R"({"batch_size":0,"last_rows":50,"from":18446744073709551615,"new":[1,{}]})"));
  EXPECT_EQ(full.batch_size, 0u);
  EXPECT_EQ(full.last_rows, 50u);
  EXPECT_EQ(full.from, CommitSeq{UINT64_MAX});
}

TEST(ClientMessage, PositionsAreNumbersOrDigits) {
  for (const std::string text : {"301112223334445057", "\"301112223334445057\""}) {
    EXPECT_EQ(Parse<SubscribeRequest>(SubscribeText("{\"from_seq_id\":" + text + "}")).from,
              CommitSeq{301112223334445057});
  }
  EXPECT_EQ(Parse<NextBatchMessage>(R"({"type":"next_batch","subscription_id":"s"})").last_seq,
            std::nullopt);
  EXPECT_EQ(
      Parse<NextBatchMessage>(R"({"type":"next_batch","subscription_id":"s","last_seq_id":null})")
          .last_seq,
      std::nullopt);
  for (const std::string text : {"-1", "1.5", "1e3", "18446744073709551616", "\"\"", "\"-1\"",
                                 "\"1 \"", "\"0x1\"", "true", "[1]", "{}"}) {
    EXPECT_NE(WhyNot(SubscribeText("{\"from\":" + text + "}")), "") << text;
  }
}

TEST(ClientMessage, CountsBeyondAllMeasureAreEndless) {
  EXPECT_EQ(Parse<SubscribeRequest>(SubscribeText("{\"batch_size\":99999999999}")).batch_size,
            UINT32_MAX);
  EXPECT_NE(WhyNot(SubscribeText("{\"batch_size\":-1}")), "");
  EXPECT_NE(WhyNot(SubscribeText("{\"last_rows\":\"many\"}")), "");
}

TEST(ClientMessage, RefusesEveryOtherShape) {
  for (const std::string json :
       {"",
        "null",
        "[]",
        "7",
        "{",
        "{}",
        "nope",
        R"({"type":null})",
        R"({"type":7})",
        R"({"type":"dance"})",
        R"({"type":"ping"} x)",
        R"({"type":"subscribe"})",
        R"({"type":"subscribe","subscription":null})",
        R"({"type":"subscribe","subscription":[]})",
        R"({"type":"subscribe","subscription":{"id":"s"}})",
        R"({"type":"subscribe","subscription":{"sql":"s"}})",
        R"({"type":"subscribe","subscription":{"id":7,"sql":"s"}})",
        R"({"type":"subscribe","subscription":{"id":"s","sql":"s","options":7}})",
        R"({"type":"next_batch"})",
        R"({"type":"unsubscribe","subscription_id":[]})",
        R"({"type":"ping","x":tru})",
        "{\"type\":\"\xff\"}",
        R"({"type":"\ud800"})"}) {
    EXPECT_NE(WhyNot(json), "") << json;
  }
  EXPECT_NE(
      WhyNot(R"({"type":"ping","x":)" + std::string(5'000, '[') + std::string(5'000, ']') + "}"),
      "");
  Parse<PingMessage>(R"({"type":"ping"})");
  EXPECT_EQ(Parse<UnsubscribeMessage>(R"({"subscription_id":"a\u0000b","type":"unsubscribe"})")
                .subscription_id,
            std::string("a\0b", 3));
}

}  // namespace
}  // namespace kalamdb::server
