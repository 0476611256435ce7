// SPDX-License-Identifier: Apache-2.0
#include "server/auth/auth_handlers.h"

#include <gtest/gtest.h>

#include "server/test_server.h"

namespace kalamdb::server {
namespace {

class AuthHandlersTest : public ::testing::Test, protected TestServer {
 protected:
  Reply Post(const std::string& path, const std::string& body, const std::string& fields = "",
             const std::string& type = "application/json") {
    return Ask("POST /v1/api/auth/" + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + type +
               "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" +
               body);
  }
  Reply Get(const std::string& path, const std::string& fields = "") {
    return Ask("GET /v1/api/auth/" + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
  }
  // The value of a text field in a flat part of a JSON body.
  static std::string TextOf(const std::string& body, const std::string& key) {
    const size_t begin = body.find("\"" + key + "\":\"") + key.size() + 4;
    return body.substr(begin, body.find('"', begin) - begin);
  }
  static constexpr const char* kGood = R"({"user":"alice","password":"secret"})";
};

TEST_F(AuthHandlersTest, LoginGivesTokensAndCookies) {
  Start();
  const Reply reply = Post("login", kGood);
  ASSERT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.body.starts_with(
      R"({"user":{"id":"alice","role":"user","email":null,"created_at":"2026-05-01T10:00:00+00:00","updated_at":"2026-05-01T10:00:00+00:00"},"admin_ui_access":false,"expires_at":")"))
      << reply.body;
  EXPECT_EQ(reply.Field("cache-control"), "no-store");
  EXPECT_EQ(reply.fields.count("set-cookie"), 2u);
  const std::string cookie = reply.Field("set-cookie");
  EXPECT_TRUE(cookie.starts_with("kalamdb_auth=" + TextOf(reply.body, "access_token") +
                                 "; HttpOnly; Path=/; SameSite=Strict; Expires="));
  EXPECT_EQ(cookie.find("Secure"), std::string::npos);
  EXPECT_EQ(Post("login", R"({"username":"root","password":"secret"})")
                    .body.find("\"admin_ui_access\":true") == std::string::npos,
            false);
}

TEST_F(AuthHandlersTest, CookiesAreSecureOverHttps) {
  Start();
  EXPECT_NE(
      Post("login", kGood, "X-Forwarded-Proto: https\r\n").Field("set-cookie").find("; Secure"),
      std::string::npos);
}

TEST_F(AuthHandlersTest, LoginErrors) {
  Start();
  EXPECT_EQ(Post("login", R"({"user":"alice","password":"wrong"})").body,
            R"({"error":"unauthorized","message":"Invalid credentials"})");
  EXPECT_EQ(Post("login", R"({"user":"nobody","password":"secret"})").body,
            R"({"error":"unauthorized","message":"Invalid credentials"})");
  EXPECT_NE(Post("login", R"({"user":"locked","password":"x"})")
                .body.find("\"error\":\"account_locked\""),
            std::string::npos);
  users.needs_setup = true;
  EXPECT_EQ(Post("login", kGood).status, 428);
}

TEST_F(AuthHandlersTest, BodiesAreChecked) {
  Start();
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("[]"), std::string(R"({"user":"alice"})"),
        std::string(R"({"user":"alice","password":"secret","x":1})"),
        std::string(R"({"user":1,"password":"secret"})"),
        std::string(R"({"user":"alice","username":"alice","password":"secret"})"),
        std::string(R"({"user":null,"password":"secret"})"),
        R"({"user":")" + std::string(129, 'a') + R"(","password":"secret"})",
        R"({"user":"alice","password":")" + std::string(257, 'a') + R"("})"}) {
    const Reply reply = Post("login", body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_TRUE(reply.body.starts_with(R"({"error":"invalid_request","message":")")) << reply.body;
    EXPECT_EQ(reply.body.find("secret"), std::string::npos) << "values are not echoed";
  }
  EXPECT_EQ(Post("login", kGood, "", "text/plain").status, 400);
}

TEST_F(AuthHandlersTest, AttemptsPerAddressAreLimited) {
  options.auth.requests_per_ip_per_sec = 3;
  Start();
  const std::string from = "X-Forwarded-For: 203.0.113.9\r\n";
  int limited = 0;
  for (int i = 0; i < 10; ++i) {
    const Reply reply = Post("login", R"({"user":"alice","password":"wrong"})", from);
    if (reply.status == 429) {
      ++limited;
      EXPECT_EQ(
          reply.body,
          R"({"error":"rate_limited","message":"Too many authentication attempts. Please retry shortly."})");
    }
  }
  EXPECT_GE(limited, 5);
  EXPECT_EQ(Post("login", kGood).status, 200) << "loopback is exempt";
}

TEST_F(AuthHandlersTest, RefreshTakesRefreshTokensOnly) {
  Start();
  const Reply login = Post("login", kGood);
  const std::string access = TextOf(login.body, "access_token");
  const std::string refresh = TextOf(login.body, "refresh_token");
  EXPECT_EQ(Post("refresh", "", "Authorization: Bearer " + refresh + "\r\n").status, 200);
  EXPECT_EQ(Post("refresh", "", "Cookie: kalamdb_refresh=" + refresh + "\r\n").status, 200);
  const Reply wrong = Post("refresh", "", "Authorization: Bearer " + access + "\r\n");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.body,
            R"({"error":"unauthorized","message":"Refresh endpoint requires a refresh token"})");
  EXPECT_EQ(Post("refresh", "").status, 401);
  // The cookie goes first.
  EXPECT_EQ(
      Post("refresh", "", "Authorization: Bearer " + refresh + "\r\nCookie: kalamdb_refresh=x\r\n")
          .status,
      401);
}

TEST_F(AuthHandlersTest, MeByBearerOrCookie) {
  Start();
  EXPECT_EQ(
      Get("me", "Authorization: Bearer " + token + "\r\n").body,
      R"({"user":{"id":"alice","role":"user","email":null,"created_at":"2026-05-01T10:00:00+00:00","updated_at":"2026-05-01T10:00:00+00:00"},"admin_ui_access":false})");
  EXPECT_EQ(Get("me", "Cookie: a=b; kalamdb_auth=" + token + "\r\n").status, 200);
  EXPECT_EQ(Get("me").status, 401);
  EXPECT_EQ(Get("me", "Authorization: Bearer x\r\nCookie: kalamdb_auth=" + token + "\r\n").status,
            401);
}

TEST_F(AuthHandlersTest, LogoutExpiresBothCookies) {
  Start();
  const Reply reply = Post("logout", "");
  EXPECT_EQ(reply.body, R"({"message":"Logged out successfully"})");
  EXPECT_EQ(reply.fields.count("set-cookie"), 2u);
  EXPECT_NE(reply.Field("set-cookie").find("Expires=Thu, 01 Jan 1970"), std::string::npos);
}

TEST_F(AuthHandlersTest, SetupOnceFromLoopback) {
  users.needs_setup = true;
  Start();
  EXPECT_TRUE(Get("status").body.starts_with(R"({"needs_setup":true,"message":")"));
  const std::string good =
      R"({"user":"dba","password":"long-enough","root_password":"also-long","email":null})";
  EXPECT_EQ(Post("setup", good, "X-Forwarded-For: 203.0.113.9\r\n").status, 403);
  EXPECT_EQ(Get("status", "X-Forwarded-For: 203.0.113.9\r\n").status, 403);
  const Reply weak = Post("setup", R"({"user":"dba","password":"x","root_password":"also-long"})");
  EXPECT_EQ(weak.status, 400);
  EXPECT_EQ(weak.body, R"({"error":"weak_password","message":"DBA user password: too short"})");
  EXPECT_EQ(Post("setup", good).status, 200);
  EXPECT_EQ(Post("setup", good).status, 409);
  EXPECT_TRUE(Get("status").body.starts_with(R"({"needs_setup":false)"));
}

TEST_F(AuthHandlersTest, SqlNeedsABearerToken) {
  Start();
  const auto code_of = [this](const std::string& fields) {
    const Reply reply =
        Ask("POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n" + fields + "\r\n{}");
    EXPECT_EQ(reply.status, 401);
    EXPECT_TRUE(reply.body.starts_with(R"({"status":"error","results":[],"took":)"));
    return TextOf(reply.body, "code");
  };
  EXPECT_EQ(code_of(""), "MISSING_AUTHORIZATION");
  EXPECT_EQ(code_of("Cookie: kalamdb_auth=" + token + "\r\n"), "MISSING_AUTHORIZATION");
  EXPECT_EQ(code_of("Authorization: Basic cm9vdDpyb290\r\n"), "INVALID_CREDENTIALS");
  EXPECT_EQ(code_of("Authorization: Bearer " + token + "x\r\n"), "INVALID_CREDENTIALS");
  const std::string expired =
      Authenticator(options.auth.jwt_secret, users, clock)
          .Issue(*users.Find(UserId{"alice"}), TokenType::kAccess, 1000, std::chrono::hours(1));
  EXPECT_EQ(code_of("Authorization: Bearer " + expired + "\r\n"), "TOKEN_EXPIRED");
}

TEST_F(AuthHandlersTest, OperatorsPagesAreForLoopback) {
  Start();
  const std::string from = "X-Forwarded-For: 203.0.113.9\r\n";
  const auto get = [this](const std::string& path, const std::string& fields) {
    return Ask("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
  };
  EXPECT_EQ(get("/health", from).body,
            R"({"error":"Access denied. Health endpoint is localhost-only."})");
  EXPECT_EQ(get("/v1/api/cluster/health", from).body,
            R"({"error":"Access denied. Cluster health is localhost-only."})");
  EXPECT_EQ(get("/metrics", from).status, 403);
  EXPECT_EQ(get("/metrics", from + "Authorization: Bearer " + token + "\r\n").status, 403);
  const std::string admin =
      TextOf(Post("login", R"({"user":"root","password":"secret"})").body, "access_token");
  EXPECT_EQ(get("/metrics", from + "Authorization: Bearer " + admin + "\r\n").status, 200);
  EXPECT_EQ(get("/v1/api/healthcheck", "").status, 200);
  health.is_healthy = false;
  const Reply sick = get("/health", "");
  EXPECT_EQ(sick.status, 503);
  EXPECT_TRUE(sick.body.starts_with(R"({"status":"unhealthy")"));
}

TEST_F(AuthHandlersTest, ClusterHealthTellsTheBoundPort) {
  options.ops.api_host = "127.0.0.1";
  Start();
  const Reply reply = Ask("GET /v1/api/cluster/health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(TextOf(reply.body, "api_addr"), "127.0.0.1:" + std::to_string(server->port()));
}

TEST_F(AuthHandlersTest, ClusterHealthBracketsIpv6) {
  options.ops.api_host = "::1";
  Start();
  const Reply reply = Ask("GET /v1/api/cluster/health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(TextOf(reply.body, "api_addr"), "[::1]:" + std::to_string(server->port()));
}

}  // namespace
}  // namespace kalamdb::server
