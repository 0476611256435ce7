// SPDX-License-Identifier: Apache-2.0
#include "server/http/address_guard.h"

#include <gtest/gtest.h>

namespace kalamdb::server {
namespace {

using std::chrono::seconds;
using Verdict = AddressGuard::Verdict;

const IpAddress kClient = *IpAddress::Parse("203.0.113.9");
const IpAddress kOther = *IpAddress::Parse("203.0.113.10");
const IpAddress kLoopback = *IpAddress::Parse("127.0.0.1");

class AddressGuardTest : public ::testing::Test {
 protected:
  int CountAdmitted(const IpAddress& client, int requests) {
    int admitted = 0;
    for (int i = 0; i < requests; ++i) {
      admitted += guard_.Admit(client).verdict == Verdict::kAdmitted ? 1 : 0;
    }
    return admitted;
  }

  ManualClock clock_{0};
  AddressGuard guard_{clock_,
                      {.requests_per_ip_per_sec = 5, .connections_per_ip = 2, .ban = seconds(300)}};
};

TEST_F(AddressGuardTest, LimitsEachAddressByItself) {
  EXPECT_EQ(CountAdmitted(kClient, 8), 5);
  EXPECT_EQ(CountAdmitted(kOther, 8), 5);
  clock_.Advance(seconds(1));
  EXPECT_EQ(CountAdmitted(kClient, 5), 5);
}

TEST_F(AddressGuardTest, LoopbackIsExempt) { EXPECT_EQ(CountAdmitted(kLoopback, 1000), 1000); }

TEST_F(AddressGuardTest, BansRepeatOffendersForLonger) {
  CountAdmitted(kClient, 5 + 10);
  clock_.Advance(seconds(2));
  const auto banned = guard_.Admit(kClient);
  EXPECT_EQ(banned.verdict, Verdict::kBanned);
  EXPECT_EQ(banned.retry_after, seconds(298));
  clock_.Advance(seconds(299));
  EXPECT_EQ(guard_.Admit(kClient).verdict, Verdict::kAdmitted);
  // Violations 11 to 20: from the twentieth on the ban is twice as long.
  CountAdmitted(kClient, 5);
  EXPECT_EQ(guard_.Admit(kClient).verdict, Verdict::kBanned);
}

TEST_F(AddressGuardTest, CountsConnections) {
  EXPECT_TRUE(guard_.AddConnection(kClient));
  EXPECT_TRUE(guard_.AddConnection(kClient));
  EXPECT_FALSE(guard_.AddConnection(kClient));
  EXPECT_TRUE(guard_.AddConnection(kOther));
  guard_.RemoveConnection(kClient);
  EXPECT_TRUE(guard_.AddConnection(kClient));
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(guard_.AddConnection(kLoopback));
  }
}

TEST(TokenBuckets, ForgetsIdleKeysAtTheBound) {
  ManualClock clock(0);
  TokenBuckets<int> buckets(clock, 1);
  EXPECT_TRUE(buckets.Take(-1));
  EXPECT_FALSE(buckets.Take(-1));
  for (int i = 0; i < static_cast<int>(TokenBuckets<int>::kKeysMax) * 3; ++i) {
    buckets.Take(i);
  }
  EXPECT_TRUE(buckets.Take(-1)) << "forgotten, so it starts anew";
}

TEST(TokenBuckets, ZeroMeansNoLimit) {
  ManualClock clock(0);
  TokenBuckets<int> buckets(clock, 0);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(buckets.Take(1));
  }
}

}  // namespace
}  // namespace kalamdb::server
