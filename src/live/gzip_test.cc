// SPDX-License-Identifier: Apache-2.0
#include "live/gzip.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace kalamdb::live {
namespace {

std::string RandomBytes(size_t size) {
  Rng rng(7);
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(rng.Next());
  }
  return bytes;
}

TEST(Gzip, GivesBackWhatItCompressed) {
  for (const size_t size : {600u, 5'000u, 200'000u}) {
    const std::string text = std::string(size, 'x') + RandomBytes(100);
    std::string bytes;
    ASSERT_TRUE(Gzip(text, &bytes));
    EXPECT_LT(bytes.size(), text.size());
    EXPECT_TRUE(IsGzip(bytes));
    const auto back = Gunzip(bytes, text.size());
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(*back, text);
  }
}

TEST(Gzip, LeavesWhatWouldNotBeSmaller) {
  std::string bytes;
  EXPECT_FALSE(Gzip("", &bytes));
  EXPECT_FALSE(Gzip("short", &bytes));
  EXPECT_FALSE(Gzip(RandomBytes(10'000), &bytes));
  // And works after that.
  EXPECT_TRUE(Gzip(std::string(1'000, 'x'), &bytes));
}

TEST(Gunzip, StopsAtItsBound) {
  std::string bytes;
  ASSERT_TRUE(Gzip(std::string(10u << 20, '\0'), &bytes));
  ASSERT_LT(bytes.size(), 100'000u);
  EXPECT_FALSE(Gunzip(bytes, (10u << 20) - 1).has_value());
  EXPECT_TRUE(Gunzip(bytes, 10u << 20).has_value());
}

TEST(Gunzip, TakesOnlyOneWholeMember) {
  std::string bytes;
  ASSERT_TRUE(Gzip(std::string(1'000, 'x'), &bytes));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Gunzip(bytes.substr(0, size), 10'000).has_value()) << size;
  }
  EXPECT_FALSE(Gunzip(bytes + "x", 10'000).has_value());
  EXPECT_FALSE(Gunzip("no gzip at all", 10'000).has_value());
  bytes[bytes.size() - 5] ^= 1;  // The checksum.
  EXPECT_FALSE(Gunzip(bytes, 10'000).has_value());
}

}  // namespace
}  // namespace kalamdb::live
