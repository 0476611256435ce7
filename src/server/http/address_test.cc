// SPDX-License-Identifier: Apache-2.0
#include "server/http/address.h"

#include <gtest/gtest.h>

namespace kalamdb::server {
namespace {

IpAddress Ip(std::string_view text) {
  const auto address = IpAddress::Parse(text);
  EXPECT_TRUE(address.has_value()) << text;
  return address.value_or(IpAddress());
}

CidrSet Cidrs(const std::vector<std::string>& entries) {
  auto set = CidrSet::Parse(entries);
  EXPECT_TRUE(set.has_value());
  return set.value_or(CidrSet());
}

TEST(IpAddress, ParsesAddressesAndIgnoresPorts) {
  EXPECT_EQ(Ip("10.0.0.1").ToString(), "10.0.0.1");
  EXPECT_EQ(Ip("10.0.0.1:8080").ToString(), "10.0.0.1");
  EXPECT_EQ(Ip("::1").ToString(), "::1");
  EXPECT_EQ(Ip("[2001:db8::7]:80").ToString(), "2001:db8::7");
  EXPECT_EQ(Ip("::ffff:10.0.0.1"), Ip("10.0.0.1"));
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  for (const char* text : {"", " ", "localhost", "10.0.0", "10.0.0.256", "1.2.3.4.5", "[::1", "::g",
                           "10.0.0.1/8", "010.0.0.1", "unknown"}) {
    EXPECT_FALSE(IpAddress::Parse(text).has_value()) << text;
  }
}

TEST(IpAddress, KnowsLoopback) {
  EXPECT_TRUE(Ip("127.0.0.1").IsLoopback());
  EXPECT_TRUE(Ip("127.8.9.10").IsLoopback());
  EXPECT_TRUE(Ip("::1").IsLoopback());
  EXPECT_TRUE(Ip("::ffff:127.0.0.1").IsLoopback());
  EXPECT_FALSE(Ip("128.0.0.1").IsLoopback());
  EXPECT_FALSE(Ip("::").IsLoopback());
  EXPECT_FALSE(Ip("::2").IsLoopback());
}

TEST(IpAddress, LimitsCountWholeIpv6Networks) {
  EXPECT_EQ(Ip("2001:db8::1").LimitKey(), Ip("2001:db8::ffff:1").LimitKey());
  EXPECT_NE(Ip("2001:db8::1").LimitKey(), Ip("2001:db8:0:1::1").LimitKey());
  EXPECT_NE(Ip("10.0.0.1").LimitKey(), Ip("10.0.0.2").LimitKey());
}

TEST(CidrSet, MatchesNetworks) {
  const CidrSet set = Cidrs({"10.0.0.0/8", "192.168.1.7", "2001:db8::/33", "172.16.0.0/12"});
  EXPECT_TRUE(set.Contains(Ip("10.255.0.1")));
  EXPECT_FALSE(set.Contains(Ip("11.0.0.1")));
  EXPECT_TRUE(set.Contains(Ip("192.168.1.7")));
  EXPECT_FALSE(set.Contains(Ip("192.168.1.8")));
  EXPECT_TRUE(set.Contains(Ip("2001:db8:7fff::1")));
  EXPECT_FALSE(set.Contains(Ip("2001:db8:8000::1")));
  EXPECT_TRUE(set.Contains(Ip("172.31.255.255")));
  EXPECT_FALSE(set.Contains(Ip("172.32.0.0")));
  EXPECT_FALSE(CidrSet().Contains(Ip("10.0.0.1")));
  EXPECT_TRUE(Cidrs({"0.0.0.0/0"}).Contains(Ip("8.8.8.8")));
  EXPECT_FALSE(Cidrs({"0.0.0.0/0"}).Contains(Ip("2001:db8::1")));
}

TEST(CidrSet, NamesTheBadEntry) {
  for (const char* text :
       {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "x/8", "", "::/129"}) {
    const auto set = CidrSet::Parse({"10.0.0.0/8", text});
    ASSERT_FALSE(set.has_value()) << text;
    EXPECT_EQ(set.error().code(), StatusCode::kInvalidArgument);
    EXPECT_NE(set.error().message().find("`" + std::string(text) + "`"), std::string::npos);
  }
}

TEST(ClientAddress, IgnoresHeadersOfStrangers) {
  EXPECT_EQ(ClientAddress(Ip("203.0.113.9"), "127.0.0.1", "127.0.0.1", {}), Ip("203.0.113.9"));
  EXPECT_EQ(ClientAddress(Ip("203.0.113.9"), "8.8.8.8", "", Cidrs({"10.0.0.0/8"})),
            Ip("203.0.113.9"));
}

TEST(ClientAddress, BelievesLoopbackAndTrustedProxies) {
  EXPECT_EQ(ClientAddress(Ip("127.0.0.1"), "203.0.113.9", "", {}), Ip("203.0.113.9"));
  EXPECT_EQ(ClientAddress(Ip("127.0.0.1"), "", "203.0.113.9", {}), Ip("203.0.113.9"));
  EXPECT_EQ(ClientAddress(Ip("127.0.0.1"), "203.0.113.9", "8.8.8.8", {}), Ip("203.0.113.9"));
  const CidrSet proxies = Cidrs({"10.0.0.0/8"});
  EXPECT_EQ(ClientAddress(Ip("10.0.0.1"), "203.0.113.9, 10.0.0.2", "", proxies), Ip("203.0.113.9"));
  EXPECT_EQ(ClientAddress(Ip("10.0.0.1"), "10.0.0.7", "", proxies), Ip("10.0.0.7"));
}

TEST(ClientAddress, DoesNotBelieveWhatTheClientPutInFront) {
  EXPECT_EQ(ClientAddress(Ip("127.0.0.1"), "127.0.0.1, 203.0.113.9", "", {}), Ip("203.0.113.9"));
  EXPECT_EQ(ClientAddress(Ip("127.0.0.1"), "8.8.8.8, 203.0.113.9", "", {}), Ip("203.0.113.9"));
  EXPECT_EQ(ClientAddress(Ip("127.0.0.1"), "garbage, 203.0.113.9", "", {}), Ip("203.0.113.9"));
}

TEST(ClientAddress, AClaimOfLoopbackChangesNothing) {
  EXPECT_EQ(ClientAddress(Ip("127.0.0.1"), "127.0.0.1", "", {}), Ip("127.0.0.1"));
  EXPECT_EQ(ClientAddress(Ip("10.0.0.1"), "::1", "", Cidrs({"10.0.0.0/8"})), Ip("10.0.0.1"));
}

TEST(ClientAddress, AnUnreadableEntryIsNobody) {
  const IpAddress client = ClientAddress(Ip("127.0.0.1"), "unknown", "", {});
  EXPECT_FALSE(client.IsLoopback());
  EXPECT_FALSE(ClientAddress(Ip("127.0.0.1"), ",", "", {}).IsLoopback());
}

}  // namespace
}  // namespace kalamdb::server
