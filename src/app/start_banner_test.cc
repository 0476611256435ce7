// SPDX-License-Identifier: Apache-2.0
#include "app/start_banner.h"

#include <gtest/gtest.h>

namespace kalamdb::app {
namespace {

TEST(ServerUrl, PutsIpv6InBrackets) {
  EXPECT_EQ(ServerUrl("127.0.0.1", 8080), "http://127.0.0.1:8080");
  EXPECT_EQ(ServerUrl("::1", 80), "http://[::1]:80");
  EXPECT_EQ(ServerUrl("[::1]", 80), "http://[::1]:80");
}

TEST(StartBanner, TellsHowToSetThePasswordOnlyWhileThereIsNone) {
  const std::string with = StartBanner("0.0.0.0", 8080, "/data", true);
  EXPECT_NE(with.find("curl http://127.0.0.1:8080/v1/api/auth/setup"), with.npos) << with;
  EXPECT_NE(with.find(R"({"user": "admin", "password": "PASSWORD")"), with.npos) << with;
  const std::string without = StartBanner("127.0.0.1", 8080, "/data", false);
  EXPECT_EQ(without.find("setup"), without.npos);
  EXPECT_NE(without.find("http://127.0.0.1:8080\n"), without.npos);
}

}  // namespace
}  // namespace kalamdb::app
