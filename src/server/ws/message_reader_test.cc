// SPDX-License-Identifier: Apache-2.0
#include "server/ws/message_reader.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "server/ws/test_live.h"

namespace kalamdb::server {
namespace {

using Kind = Input::Kind;

class MessageReaderTest : public ::testing::Test {
 protected:
  // Everything that is in `bytes`, given in pieces of `step` bytes.
  std::vector<Input> Read(std::string bytes, size_t step = SIZE_MAX, size_t bytes_max = 1'000'000) {
    MessageReader reader(bytes_max, budget_);
    std::vector<Input> inputs;
    for (size_t at = 0; at < bytes.size(); at += std::min(step, bytes.size() - at)) {
      std::span<char> piece(bytes.data() + at, std::min(step, bytes.size() - at));
      while (auto input = reader.Next(&piece)) {
        inputs.push_back(std::move(*input));
        if (inputs.back().kind == Kind::kBroken) {
          return inputs;
        }
      }
    }
    return inputs;
  }
  int BrokenCode(const std::string& bytes) {
    const auto inputs = Read(bytes);
    return inputs.empty() || inputs.back().kind != Kind::kBroken ? 0 : inputs.back().close->code;
  }

  BodyBudget budget_{10'000'000};
};

TEST_F(MessageReaderTest, ReadsWhateverThePiecesAre) {
  const std::string large(70'000, 'y');
  const std::string bytes = TextFrame("") + TextFrame("one") + ClientFrame(0x01, "t") +
                            ClientFrame(0x89, "ping") + ClientFrame(0x00, "w") +
                            ClientFrame(0x80, "o") + ClientFrame(0x82, large) +
                            TextFrame(std::string(300, 'x')) + ClientFrame(0x8a, "") +
                            ClientFrame(0x88,
                                        "\x03\xe8"
                                        "bye");
  for (const size_t step : {size_t{1}, size_t{2}, size_t{7}, size_t{1'000}, SIZE_MAX}) {
    const auto inputs = Read(bytes, step);
    ASSERT_EQ(inputs.size(), 8u) << step;
    EXPECT_EQ(inputs[0].payload, "");
    EXPECT_EQ(inputs[1].payload, "one");
    EXPECT_EQ(inputs[2].kind, Kind::kPing);
    EXPECT_EQ(inputs[2].payload, "ping");
    EXPECT_EQ(inputs[3].kind, Kind::kText);
    EXPECT_EQ(inputs[3].payload, "two");
    EXPECT_EQ(inputs[4].kind, Kind::kBinary);
    EXPECT_EQ(inputs[4].payload, large);
    EXPECT_EQ(inputs[5].payload, std::string(300, 'x'));
    EXPECT_EQ(inputs[6].kind, Kind::kPong);
    EXPECT_EQ(inputs[7].kind, Kind::kClose);
    EXPECT_EQ(inputs[7].close->code, 1000);
  }
}

TEST_F(MessageReaderTest, BreaksOffAtWhatTheStandardForbids) {
  EXPECT_EQ(BrokenCode(std::string("\x81\x02hi", 4)), 1002) << "not masked";
  EXPECT_EQ(BrokenCode(ClientFrame(0xc1, "x")), 1002) << "a reserved bit";
  EXPECT_EQ(BrokenCode(ClientFrame(0x83, "x")), 1002) << "an unknown opcode";
  EXPECT_EQ(BrokenCode(ClientFrame(0x8b, "x")), 1002) << "an unknown control frame";
  EXPECT_EQ(BrokenCode(ClientFrame(0x09, "x")), 1002) << "a fragmented ping";
  EXPECT_EQ(BrokenCode(ClientFrame(0x89, std::string(126, 'x'))), 1002) << "a long ping";
  EXPECT_EQ(BrokenCode(ClientFrame(0x80, "x")), 1002) << "a continuation of nothing";
  EXPECT_EQ(BrokenCode(ClientFrame(0x01, "x") + TextFrame("y")), 1002) << "a text in a text";
  EXPECT_EQ(BrokenCode(TextFrame("\xc3\x28")), 1007);
  EXPECT_EQ(BrokenCode(ClientFrame(0x01, "\xe2\x82") + ClientFrame(0x80, "\xac")), 0)
      << "a character may be split";
  EXPECT_EQ(BrokenCode(ClientFrame(0x88, "x")), 1002);
  EXPECT_EQ(BrokenCode(ClientFrame(0x88, "\x03\xed")), 1002) << "1005 is never sent";
  EXPECT_EQ(BrokenCode(ClientFrame(0x88, "\x03\xe8\xff")), 1007);
  EXPECT_EQ(BrokenCode(std::string("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                                   "mask",
                                   14)),
            1002);
  EXPECT_EQ(BrokenCode(std::string("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff"
                                   "mask",
                                   14)),
            1009);
}

TEST_F(MessageReaderTest, SkipsWhatIsTooLargeAndGoesOn) {
  const std::string rest = TextFrame("next");
  for (const size_t step : {size_t{1}, size_t{64}, SIZE_MAX}) {
    auto inputs = Read(TextFrame(std::string(101, 'x')) + rest, step, 100);
    ASSERT_EQ(inputs.size(), 2u);
    EXPECT_EQ(inputs[0].kind, Kind::kTooLarge);
    EXPECT_EQ(inputs[1].payload, "next");
    // The sum of the fragments counts, and it is said once.
    inputs =
        Read(ClientFrame(0x01, std::string(60, 'x')) + ClientFrame(0x00, std::string(60, 'x')) +
                 ClientFrame(0x89, "p") + ClientFrame(0x80, "x") + rest,
             step, 100);
    ASSERT_EQ(inputs.size(), 3u);
    EXPECT_EQ(inputs[0].kind, Kind::kTooLarge);
    EXPECT_EQ(inputs[1].kind, Kind::kPing);
    EXPECT_EQ(inputs[1].payload, "p");
    EXPECT_EQ(inputs[2].payload, "next");
  }
  const auto endless = Read(ClientFrame(0x01, std::string(1'601, 'x')), SIZE_MAX, 100);
  EXPECT_EQ(endless.back().close->code, 1009);
}

TEST_F(MessageReaderTest, LargeMessagesShareABudget) {
  BodyBudget small(100'000);
  MessageReader first(1'000'000, small);
  MessageReader second(1'000'000, small);
  std::string bytes = TextFrame(std::string(80'000, 'x'));
  std::string same = bytes;
  std::string again = bytes;
  std::span<char> piece(bytes);
  auto held = first.Next(&piece);
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(held->kind, Kind::kText);
  piece = same;
  auto refused = second.Next(&piece);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->kind, Kind::kTooLarge);
  EXPECT_FALSE(second.Next(&piece).has_value());
  held.reset();
  piece = again;
  EXPECT_EQ(second.Next(&piece)->kind, Kind::kText);
}

TEST_F(MessageReaderTest, RandomBytesNeverDoHarm) {
  Rng rng(11);
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes(rng.Below(200), '\0');
    for (char& byte : bytes) {
      byte = static_cast<char>(rng.Next());
    }
    if (!bytes.empty() && i % 2 == 0) {
      bytes = ClientFrame(static_cast<uint8_t>(bytes[0]), bytes.substr(1));
    }
    Read(bytes, 1 + rng.Below(20), 100);
  }
}

TEST(ClosePayload, IsCutBetweenCharacters) {
  EXPECT_EQ(ClosePayload({CloseCode::kNormal, "bye"}),
            "\x03\xe8"
            "bye");
  std::string umlauts;
  for (int i = 0; i < 100; ++i) {
    umlauts += "\xc3\xa4";
  }
  const std::string payload = ClosePayload({CloseCode::kNormal, umlauts});
  EXPECT_EQ(payload.size(), 2u + 122);
}

}  // namespace
}  // namespace kalamdb::server
