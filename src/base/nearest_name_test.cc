// SPDX-License-Identifier: Apache-2.0
#include "base/nearest_name.h"

#include <array>
#include <string_view>

#include <gtest/gtest.h>

namespace kalamdb {
namespace {

TEST(EditDistance, CountsSingleChanges) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("port", "port"), 0u);
  EXPECT_EQ(EditDistance("port", "ports"), 1u);
  EXPECT_EQ(EditDistance("port", "sort"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

TEST(EditDistance, CountsASwapOfNeighboursOnce) {
  EXPECT_EQ(EditDistance("prot", "port"), 1u);
  EXPECT_EQ(EditDistance("ab", "ba"), 1u);
}

TEST(EditDistance, IgnoresCase) { EXPECT_EQ(EditDistance("PORT", "port"), 0u); }

TEST(NearestName, FindsTyposAndWrongSections) {
  constexpr std::array<std::string_view, 4> kNames = {"server.host", "server.port",
                                                      "storage.data_path", "logging.level"};
  EXPECT_EQ(NearestName("server.prot", kNames), "server.port");
  EXPECT_EQ(NearestName("serverport", kNames), "server.port");
  EXPECT_EQ(NearestName("http.port", kNames), "server.port");
  EXPECT_EQ(NearestName("data_path", kNames), "storage.data_path");
  EXPECT_EQ(NearestName("server.data_path", kNames), "storage.data_path");
  EXPECT_EQ(NearestName("LOGGING.LEVEL", kNames), "logging.level");
}

TEST(NearestName, IsEmptyWithoutCandidates) { EXPECT_EQ(NearestName("x", {}), ""); }

}  // namespace
}  // namespace kalamdb
