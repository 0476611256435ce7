// SPDX-License-Identifier: Apache-2.0
#include "server/http/text.h"

#include <gtest/gtest.h>

namespace kalamdb::server {
namespace {

TEST(HeaderParameter, ReadsPlainAndQuotedValues) {
  constexpr std::string_view kField =
      R"(form-data; name="a;b\"c"; filename=x.txt ;charset = utf-8)";
  EXPECT_EQ(HeaderParameter(kField, "name"), "a;b\"c");
  EXPECT_EQ(HeaderParameter(kField, "FILENAME"), "x.txt");
  EXPECT_EQ(HeaderParameter(kField, "charset"), "utf-8");
  EXPECT_EQ(HeaderParameter(kField, "form-data"), std::nullopt);
  EXPECT_EQ(HeaderParameter("a; b; c=1", "c"), "1");
}

TEST(HeaderParameter, SurvivesNonsense) {
  for (const char* field :
       {"", ";", ";;", ";=", ";\"", "x;name=\"", "x;name=\"a", "x;name=\"a\\", "x;=;=;name"}) {
    HeaderParameter(field, "other");
    HeaderParameter(field, "name");
  }
  EXPECT_EQ(HeaderParameter("x;name=\"", "name"), "");
  EXPECT_EQ(HeaderParameter("x;name", "name"), std::nullopt);
}

TEST(AcceptsGzip, FollowsQualities) {
  EXPECT_TRUE(AcceptsGzip("gzip"));
  EXPECT_TRUE(AcceptsGzip("deflate, GZIP;q=0.5, br"));
  EXPECT_TRUE(AcceptsGzip("*"));
  EXPECT_TRUE(AcceptsGzip("identity;q=0, *;q=0.1"));
  EXPECT_FALSE(AcceptsGzip(""));
  EXPECT_FALSE(AcceptsGzip("br, deflate"));
  EXPECT_FALSE(AcceptsGzip("gzip;q=0"));
  EXPECT_FALSE(AcceptsGzip("gzip; q=0.000, *"));
  EXPECT_FALSE(AcceptsGzip("gzipped"));
}

TEST(CookieValue, FindsExactNames) {
  constexpr std::string_view kField = "a=1; kalamdb_auth=x.y.z;kalamdb_authx=2; empty=";
  EXPECT_EQ(CookieValue(kField, "kalamdb_auth"), "x.y.z");
  EXPECT_EQ(CookieValue(kField, "a"), "1");
  EXPECT_EQ(CookieValue(kField, "empty"), "");
  EXPECT_EQ(CookieValue(kField, "auth"), std::nullopt);
  EXPECT_EQ(CookieValue("", "a"), std::nullopt);
}

TEST(HttpDate, IsFixedFormat) {
  EXPECT_EQ(HttpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(HttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace kalamdb::server
