// SPDX-License-Identifier: Apache-2.0
#include "base/rng.h"

#include <array>

#include <gtest/gtest.h>

namespace kalamdb {
namespace {

TEST(Rng, SameSeedGivesSameNumbers) {
  Rng a(42);
  Rng b(42);
  Rng other(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    const uint64_t number = a.Next();
    EXPECT_EQ(number, b.Next());
    differs = differs || number != other.Next();
  }
  EXPECT_TRUE(differs);
}

TEST(Rng, BelowStaysBelowAndReachesEveryValue) {
  Rng rng(1);
  std::array<int, 5> hits{};
  for (int i = 0; i < 1000; ++i) {
    ++hits.at(rng.Below(hits.size()));
  }
  for (const int count : hits) {
    EXPECT_GT(count, 100);
  }
  EXPECT_EQ(rng.Below(1), 0u);
}

TEST(Rng, FillWritesExactlyTheSpan) {
  Rng rng(7);
  std::array<uint8_t, 16> bytes{};
  rng.Fill(std::span(bytes).subspan(1, 13));
  EXPECT_EQ(bytes.front(), 0);
  EXPECT_EQ(bytes[14], 0);
  EXPECT_EQ(bytes[15], 0);
  int zeros = 0;
  for (size_t i = 1; i < 14; ++i) {
    zeros += bytes.at(i) == 0 ? 1 : 0;
  }
  EXPECT_LT(zeros, 4);
}

TEST(Rng, SecureBytesDiffer) {
  std::array<uint8_t, 32> a{};
  std::array<uint8_t, 32> b{};
  FillSecure(a);
  FillSecure(b);
  EXPECT_NE(a, b);
  FillSecure({});
}

}  // namespace
}  // namespace kalamdb
