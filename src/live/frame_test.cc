// SPDX-License-Identifier: Apache-2.0
#include "live/frame.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "live/gzip.h"
#include "live/message_pack.h"

namespace kalamdb::live {
namespace {

constexpr Encoding kPlain = {.is_compressing = false};
constexpr Encoding kPacked = {.serialization = Serialization::kMessagePack,
                              .is_compressing = false};

std::string JsonOf(size_t size) { return '"' + std::string(size - 2, 'x') + '"'; }

TEST(Frame, HeaderIsThatOfAServer) {
  EXPECT_EQ(Frame::Encode("{}", kPlain)->bytes(), "\x81\x02{}");
  EXPECT_EQ(Frame::Encode(JsonOf(125), kPlain)->bytes().substr(0, 3), "\x81\x7d\"");
  EXPECT_EQ(Frame::Encode(JsonOf(126), kPlain)->bytes().substr(0, 5),
            std::string("\x81\x7e\0\x7e\"", 5));
  EXPECT_EQ(Frame::Encode(JsonOf(65'535), kPlain)->bytes().substr(0, 5), "\x81\x7e\xff\xff\"");
  const std::string large = Frame::Encode(JsonOf(65'536), kPlain)->bytes();
  EXPECT_EQ(large.substr(0, 11), std::string("\x81\x7f\0\0\0\0\0\1\0\0\"", 11));
  EXPECT_EQ(large.size(), 65'536u + 10);
}

TEST(Frame, CompressesFromItsBoundOn) {
  const Encoding gzip;
  const std::string below = Frame::Encode(JsonOf(limits::kLiveGzipBytesMin - 1), gzip)->bytes();
  EXPECT_EQ(below[0], '\x81');
  const std::string json = JsonOf(limits::kLiveGzipBytesMin);
  const std::string frame = Frame::Encode(json, gzip)->bytes();
  EXPECT_EQ(frame[0], '\x82');
  EXPECT_EQ(static_cast<size_t>(frame[1]), frame.size() - 2);
  EXPECT_EQ(Gunzip(frame.substr(2), json.size()).value(), json);
}

TEST(Frame, MessagePackIsBinary) {
  EXPECT_EQ(Frame::Encode("{\"a\":1}", kPacked)->bytes(),
            "\x82\x04\x81\xa1"
            "a\x01");
  const std::string json = JsonOf(2'000);
  const std::string frame =
      Frame::Encode(json, {.serialization = Serialization::kMessagePack})->bytes();
  const auto packed = Gunzip(frame.substr(2), 4'000);
  ASSERT_TRUE(packed.has_value());
  EXPECT_EQ(FromMessagePack(*packed).value(), json);
}

TEST(Frame, ControlFramesCarryTheirPayload) {
  EXPECT_EQ(Frame::MakeControl(Control::kPing, "")->bytes(), std::string("\x89\0", 2));
  EXPECT_EQ(Frame::MakeControl(Control::kPong, "abc")->bytes(),
            "\x8a\x03"
            "abc");
  EXPECT_EQ(Frame::MakeControl(Control::kClose,
                               "\x03\xe8"
                               "bye")
                ->bytes(),
            "\x88\x05\x03\xe8"
            "bye");
}

}  // namespace
}  // namespace kalamdb::live
