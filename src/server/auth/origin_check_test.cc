// SPDX-License-Identifier: Apache-2.0
#include "server/auth/origin_check.h"

#include <gtest/gtest.h>

namespace kalamdb::server {
namespace {

Request From(std::string_view origin, std::string_view host = "127.0.0.1:8080") {
  Request request;
  request.set_line(Method::kPost, "/v1/api/auth/setup", 11);
  EXPECT_TRUE(request.AddHeader(Header::kHost, host));
  if (!origin.empty()) {
    EXPECT_TRUE(request.AddHeader(Header::kOrigin, origin));
  }
  return request;
}

OriginCheck CheckWith(std::vector<std::string> origins) {
  CorsOptions cors;
  cors.allowed_origins = std::move(origins);
  return OriginCheck(cors);
}

TEST(OriginCheck, ProgramsSendNoOrigin) {
  EXPECT_TRUE(CheckWith({"https://app.example"}).AllowsLogin(From("")));
  EXPECT_TRUE(CheckWith({}).AllowsSetup(From("")));
}

TEST(OriginCheck, OwnPagesAreReachedByAddressOrAsLocalhost) {
  const OriginCheck check = CheckWith({});
  for (const char* host : {"127.0.0.1:8080", "localhost:8080", "LocalHost", "[::1]:8080", "[::1]",
                           "192.0.2.7:8080", "192.0.2.7"}) {
    EXPECT_TRUE(check.AllowsSetup(From(std::string("http://") + host, host))) << host;
  }
  for (const char* host : {"evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
                           "evil.example", "localhost.", "xlocalhost:80"}) {
    EXPECT_FALSE(check.AllowsSetup(From(std::string("http://") + host, host))) << host;
  }
}

TEST(OriginCheck, AnotherPortOrHostIsForeign) {
  const OriginCheck check = CheckWith({});
  for (const char* origin : {"http://127.0.0.1:3000", "http://127.0.0.1", "http://localhost:8080",
                             "https://evil.example", "null", "*", "file://", "127.0.0.1:8080"}) {
    EXPECT_FALSE(check.AllowsSetup(From(origin))) << origin;
  }
}

TEST(OriginCheck, SetupNeedsANamedOrigin) {
  const Request page = From("https://app.example");
  EXPECT_FALSE(CheckWith({}).AllowsSetup(page));
  EXPECT_FALSE(CheckWith({"*"}).AllowsSetup(page));
  EXPECT_FALSE(CheckWith({"https://other.example"}).AllowsSetup(page));
  EXPECT_TRUE(CheckWith({"*", "https://app.example"}).AllowsSetup(page));
}

TEST(OriginCheck, LoginFollowsCors) {
  const Request page = From("https://app.example");
  EXPECT_TRUE(CheckWith({}).AllowsLogin(page));
  EXPECT_TRUE(CheckWith({"*"}).AllowsLogin(page));
  EXPECT_TRUE(CheckWith({"https://app.example"}).AllowsLogin(page));
  EXPECT_FALSE(CheckWith({"https://other.example"}).AllowsLogin(page));
  EXPECT_TRUE(
      CheckWith({"https://other.example"}).AllowsLogin(From("https://db.example", "db.example")))
      << "a page of the server itself, behind a proxy";
}

}  // namespace
}  // namespace kalamdb::server
