// SPDX-License-Identifier: Apache-2.0
#include "server/http_server.h"

#include <gtest/gtest.h>

#include "server/test_server.h"

namespace kalamdb::server {
namespace {

using std::chrono::milliseconds;

class HttpServerTest : public ::testing::Test, protected TestServer {};

std::string Get(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

std::string Post(const std::string& path, const std::string& body, const std::string& fields = "") {
  return "POST " + path +
         " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n" + fields + "\r\n" + body;
}

// -- Results --

TEST_F(HttpServerTest, AnswersOneStatementInTheStreamedForm) {
  Start();
  const Reply reply = Ask(SqlRequestText("ROWS 1"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.Field("content-type"), "application/json");
  const size_t took = reply.body.find("\"took\":");
  EXPECT_EQ(
      reply.body.substr(0, took),
      R"({"status":"success","results":[{"schema":[{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]},)"
      R"({"name":"text","data_type":"Text","index":1}],"rows":[["0","a text of some length"]],"row_count":1,"as_user":"alice"}],)");
  EXPECT_TRUE(reply.body.ends_with(R"(,"error":null})"));
}

TEST_F(HttpServerTest, AnswersFromAnotherThread) {
  Start();
  const Reply reply = Ask(SqlRequestText("COMMIT"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.body.starts_with(
      R"json({"status":"success","results":[{"row_count":1,"message":"Inserted 1 row(s)","as_user":"alice"}],"took":)json"));
  EXPECT_EQ(reply.body.find("error"), std::string::npos);
  EXPECT_EQ(Ask(SqlRequestText("BIGCOMMIT 3000")).status, 200);
}

TEST_F(HttpServerTest, BatchesAreOneEntryPerStatement) {
  Start();
  const Reply reply = Ask(SqlRequestText("BATCH"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find(R"("as_user":"alice"},{"schema":[)"), std::string::npos) << reply.body;
}

TEST_F(HttpServerTest, LargeResultsAreChunked) {
  Start();
  const Reply reply = Ask(SqlRequestText("ROWS 20000"));
  EXPECT_EQ(reply.Field("transfer-encoding"), "chunked");
  EXPECT_TRUE(reply.is_whole);
  EXPECT_NE(reply.body.find(R"("row_count":20000,"as_user":"alice"}],"took":)"), std::string::npos);
}

TEST_F(HttpServerTest, OldClientsReadLargeResultsToTheEndOfTheConnection) {
  Start();
  const Reply reply = Ask(SqlRequestText("ROWS 20000", "", "1.0"));
  EXPECT_EQ(reply.Field("transfer-encoding"), "");
  EXPECT_EQ(reply.Field("connection"), "close");
  EXPECT_TRUE(reply.body.ends_with(R"("error":null})"));
}

TEST_F(HttpServerTest, ABrokenResultResetsTheConnection) {
  Start();
  const Reply reply = Ask(SqlRequestText("BREAK 20000"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_FALSE(reply.is_whole);
  // Before anything was sent it is an error like any other.
  const Reply early = Ask(SqlRequestText("BREAK 3"));
  EXPECT_EQ(early.status, 400);
  EXPECT_NE(early.body.find(R"("message":"Statement 1 failed: Execution error: the cursor broke")"),
            std::string::npos)
      << early.body;
}

TEST_F(HttpServerTest, ErrorsHaveCodesAndHideWhatIsOurs) {
  Start();
  const Reply failed = Ask(SqlRequestText("FAIL"));
  EXPECT_EQ(failed.status, 400);
  EXPECT_NE(
      failed.body.find(
          R"("error":{"code":"SQL_EXECUTION_ERROR","message":"Statement 2 failed: Constraint violation: column `age` is NULL"}})"),
      std::string::npos)
      << failed.body;
  const Reply internal = Ask(SqlRequestText("INTERNAL", "X-Request-ID: req-77\r\n"));
  EXPECT_EQ(internal.status, 500);
  EXPECT_EQ(internal.body.find("secret"), std::string::npos);
  EXPECT_NE(internal.body.find("req-77"), std::string::npos) << "the id that the log has";
}

TEST_F(HttpServerTest, SurvivesAHandlerThatRunsOutOfMemory) {
  Start();
  const Reply reply = Ask(SqlRequestText("THROW"));
  EXPECT_EQ(reply.status, 500);
  EXPECT_NE(reply.body.find(R"("code":"INTERNAL_ERROR")"), std::string::npos);
}

// -- Connections --

TEST_F(HttpServerTest, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
  Start();
  TestClient client(server->port());
  std::string requests;
  for (int i = 1; i <= 50; ++i) {
    requests +=
        SqlRequestText("ROWS " + std::to_string(i), "X-Request-ID: r" + std::to_string(i) + "\r\n");
    requests += Get("/health");
  }
  ASSERT_TRUE(client.Send(requests));
  for (int i = 1; i <= 50; ++i) {
    const Reply reply = client.Read();
    EXPECT_EQ(reply.Field("x-request-id"), "r" + std::to_string(i));
    EXPECT_NE(reply.body.find("\"row_count\":" + std::to_string(i) + ","), std::string::npos);
    EXPECT_EQ(client.Read().status, 200);
  }
}

TEST_F(HttpServerTest, ReadsRequestsByteByByte) {
  Start();
  TestClient client(server->port());
  for (const char c : "\r\n" + SqlRequestText("NONE")) {
    ASSERT_TRUE(client.Send({&c, 1}));
  }
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(HttpServerTest, ClosesWhenAsked) {
  Start();
  TestClient client(server->port());
  ASSERT_TRUE(client.Send(SqlRequestText("NONE", "Connection: close\r\n")));
  EXPECT_EQ(client.Read().Field("connection"), "close");
  EXPECT_TRUE(client.IsClosed());
  TestClient old(server->port());
  ASSERT_TRUE(old.Send(SqlRequestText("NONE", "Connection: keep-alive\r\n", "1.0")));
  EXPECT_EQ(old.Read().Field("connection"), "keep-alive");
  ASSERT_TRUE(old.Send(SqlRequestText("NONE", "", "1.0")));
  EXPECT_EQ(old.Read().Field("connection"), "close");
  EXPECT_TRUE(old.IsClosed());
}

TEST_F(HttpServerTest, ReadsChunkedBodies) {
  Start();
  const std::string head =
      "POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token +
      "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(Ask(head + "7\r\n{\"sql\":\r\n6;ext=1\r\n\"NONE\"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n")
                .status,
            200);
  EXPECT_EQ(Ask(head + "zz\r\n").status, 400);
}

TEST_F(HttpServerTest, SendsContinueWhenTheBodyIsAwaited) {
  Start();
  TestClient client(server->port());
  const std::string request = SqlRequestText("NONE", "Expect: 100-continue\r\n");
  const size_t body = request.find("\r\n\r\n") + 4;
  ASSERT_TRUE(client.Send(request.substr(0, body)));
  EXPECT_EQ(client.Read().status, 100);
  ASSERT_TRUE(client.Send(request.substr(body)));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(Ask(SqlRequestText("NONE", "Expect: a-miracle\r\n")).status, 417);
}

TEST_F(HttpServerTest, RefusesMalformedRequests) {
  Start();
  const std::pair<std::string, int> requests[] = {
      {"\x16\x03\x01\x02\x01\x01", 0},
      {"GARBAGE\r\n\r\n", 400},
      {"GET /health HTTP/1.1\r\n\r\n", 400},
      {"GET /health HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
      {"GET /health HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n", 400},
      {"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
       400},
      {"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: "
       "chunked\r\n\r\n",
       400},
      {"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST /v1/api/sql HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
      {"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: "
       "9\r\n\r\n",
       415},
      {"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
       400},
      {"POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 11000000\r\n\r\n", 413},
      {"POST /v1/api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2097153\r\n\r\n", 413},
      {"GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
      {"GET /health HTTP/1.1\r\nHost: x\r\nX: " + std::string(17'000, 'a') + "\r\n\r\n", 431},
  };
  for (const auto& [text, status] : requests) {
    TestClient client(server->port());
    ASSERT_TRUE(client.Send(text));
    if (status != 0) {
      const Reply reply = client.Read();
      EXPECT_EQ(reply.status, status) << text.substr(0, 200);
      EXPECT_TRUE(reply.body.starts_with(R"({"error":")")) << reply.body;
      EXPECT_EQ(reply.Field("connection"), "close");
    }
  }
  EXPECT_EQ(Ask(Get("/health")).status, 200);
}

TEST_F(HttpServerTest, TellsTheLimitOfBodies) {
  Start();
  const Reply reply =
      Ask("POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\nContent-Length: "
          "10485761\r\n\r\n");
  EXPECT_EQ(
      reply.body,
      R"({"error":"BODY_TOO_LARGE","message":"Request body of 10485761 bytes is larger than the limit of 10485760 bytes.","size_bytes":10485761,"max_bytes":10485760})");
  EXPECT_EQ(reply.Field("access-control-allow-origin"), "*");
}

TEST_F(HttpServerTest, ASenderOfTooMuchStillReadsTheAnswer) {
  options.http.body_bytes_max = 100'000;
  Start();
  TestClient client(server->port());
  // More than socket buffers hold, so the server has to drain while the client sends.
  const std::string body(8'000'000, 'x');
  ASSERT_TRUE(client.Send(Post("/v1/api/sql", body)));
  EXPECT_EQ(client.Read().status, 413);
}

TEST_F(HttpServerTest, BodiesOfAllConnectionsShareABudget) {
  options.http.all_bodies_bytes_max = 1'000'000;
  Start();
  TestClient first(server->port());
  const std::string body(900'000, ' ');
  const std::string request = Post("/v1/api/sql", body);
  // All but the last byte: the memory stays taken.
  ASSERT_TRUE(first.Send(std::string_view(request).substr(0, request.size() - 1)));
  ASSERT_TRUE(Eventually([&] {
    const std::string metrics = Ask(Get("/metrics")).body;
    constexpr std::string_view kReceived = "\nkalamdb_http_received_bytes_total ";
    return std::stod(metrics.substr(metrics.find(kReceived) + kReceived.size())) > 900'000;
  }));
  const Reply reply = Ask(request);
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.body.starts_with(R"({"error":"UNAVAILABLE")"));
  EXPECT_EQ(Ask(SqlRequestText("NONE")).status, 200) << "small bodies are not counted";
  ASSERT_TRUE(first.Send(" "));
  EXPECT_EQ(first.Read().status, 401);
  first.Close();
  EXPECT_TRUE(Eventually([&] { return Ask(request).status == 401; }));
}

TEST_F(HttpServerTest, RoutesMethodsAndHead) {
  Start();
  EXPECT_EQ(Ask(Get("/nothing")).body,
            R"({"error":"NOT_FOUND","message":"there is nothing at this path"})");
  const Reply wrong = Ask(Get("/v1/api/sql"));
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.Field("allow"), "POST, OPTIONS");
  const Reply head = Ask("HEAD /health?x=1 HTTP/1.1\r\nHost: x\r\n\r\n", true);
  EXPECT_EQ(head.status, 200);
  EXPECT_GT(std::stoi(head.Field("content-length")), 10);
  const Reply allowed = Ask("OPTIONS /health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(allowed.status, 204);
  EXPECT_EQ(allowed.Field("allow"), "GET, HEAD, OPTIONS");
}

TEST_F(HttpServerTest, CrossOriginAnswers) {
  options.http.cors.allowed_origins = {"https://a.example"};
  Start();
  const std::string origin = "Origin: https://a.example\r\n";
  const Reply preflight =
      Ask("OPTIONS /v1/api/sql HTTP/1.1\r\nHost: x\r\nAccess-Control-Request-Method: POST\r\n" +
          origin + "\r\n");
  EXPECT_EQ(preflight.status, 200);
  EXPECT_EQ(preflight.Field("access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(preflight.Field("access-control-max-age"), "3600");
  EXPECT_EQ(Ask(Get("/nothing", origin)).Field("access-control-allow-origin"), "https://a.example");
  EXPECT_EQ(
      Ask(Get("/health", "Origin: https://b.example\r\n")).Field("access-control-allow-origin"),
      "");
}

TEST_F(HttpServerTest, RequestIdsAreEchoedWhenUsable) {
  Start();
  EXPECT_EQ(Ask(Get("/health", "X-Request-ID: abc-1\r\n")).Field("x-request-id"), "abc-1");
  const std::string made = Ask(Get("/health", "X-Request-ID: a b\r\n")).Field("x-request-id");
  EXPECT_EQ(made.size(), 16u);
  EXPECT_NE(made, Ask(Get("/health")).Field("x-request-id"));
}

TEST_F(HttpServerTest, CompressesWhenAskedAndWorthIt) {
  Start();
  const std::string accept = "Accept-Encoding: gzip\r\n";
  const Reply small = Ask(SqlRequestText("ROWS 1", accept));
  EXPECT_EQ(small.Field("content-encoding"), "");
  const Reply large = Ask(SqlRequestText("ROWS 500", accept));
  EXPECT_EQ(large.Field("content-encoding"), "gzip");
  EXPECT_TRUE(large.body.starts_with("\x1f\x8b"));
  EXPECT_LT(large.body.size(), 5'000u);
  const Reply streamed = Ask(SqlRequestText("ROWS 50000", accept));
  EXPECT_EQ(streamed.Field("content-encoding"), "gzip");
  EXPECT_EQ(streamed.Field("transfer-encoding"), "chunked");
  EXPECT_TRUE(streamed.is_whole);
}

// -- Slow, vanishing and numerous clients --

TEST_F(HttpServerTest, ASlowRequestTimesOut) {
  options.http.header_timeout = milliseconds(50);
  options.http.body_timeout = milliseconds(50);
  Start();
  EXPECT_EQ(Ask("GET /health HTTP/1.1\r\n").status, 408);
  EXPECT_EQ(Ask("POST /v1/api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n{").status, 408);
}

TEST_F(HttpServerTest, IdleConnectionsAreClosed) {
  options.http.idle_timeout = milliseconds(50);
  Start();
  TestClient client(server->port());
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(HttpServerTest, AReaderThatDoesNotReadIsReset) {
  options.http.write_timeout = milliseconds(50);
  Start();
  TestClient client(server->port(), 4096);
  ASSERT_TRUE(client.Send(SqlRequestText("ROWS 1000000")));
  // The socket buffers fill up; nothing is read until the server has given up.
  ASSERT_TRUE(Eventually([this] {
    return Ask(Get("/metrics")).body.find("kalamdb_http_client_timeouts_total 1") !=
           std::string::npos;
  }));
  EXPECT_FALSE(client.Read().is_whole);
}

TEST_F(HttpServerTest, ADisconnectCancelsTheStatement) {
  Start();
  TestClient client(server->port());
  ASSERT_TRUE(client.Send(SqlRequestText("WAIT")));
  ASSERT_TRUE(Eventually([this] { return sql.waiting == 1; }));
  client.Close();
  EXPECT_TRUE(Eventually([this] { return sql.cancelled == 1; }));
  EXPECT_EQ(Ask(Get("/health")).status, 200);
}

TEST_F(HttpServerTest, ALongStatementTimesOut) {
  options.http.handler_timeout = milliseconds(50);
  Start();
  const Reply reply = Ask(SqlRequestText("WAIT"));
  EXPECT_EQ(reply.status, 408);
  EXPECT_NE(reply.body.find(R"("code":"TIMEOUT")"), std::string::npos);
}

TEST_F(HttpServerTest, TooManyConnectionsAreToldSo) {
  options.http.connections_max = 2;
  Start();
  TestClient first(server->port());
  TestClient second(server->port());
  ASSERT_TRUE(first.Send(Get("/health")) && second.Send(Get("/health")));
  EXPECT_EQ(first.Read().status, 200);
  EXPECT_EQ(second.Read().status, 200);
  TestClient third(server->port());
  const Reply reply = third.Read();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.body.starts_with(R"({"error":"TOO_MANY_CONNECTIONS")"));
  third.Close();
  first.Close();
  EXPECT_TRUE(Eventually([this] { return Ask(Get("/health")).status == 200; }));
}

TEST_F(HttpServerTest, AFloodFromOneAddressIsLimited) {
  options.http.protection = {.requests_per_ip_per_sec = 5};
  Start();
  const std::string from = "X-Forwarded-For: 203.0.113.9\r\nOrigin: https://a.example\r\n";
  int refused = 0;
  for (int i = 0; i < 30; ++i) {
    const Reply reply = Ask(Get("/", from));
    if (reply.status == 429) {
      ++refused;
      EXPECT_FALSE(reply.Field("retry-after").empty());
      EXPECT_EQ(reply.Field("access-control-allow-origin"), "*");
      EXPECT_NE(reply.body.find("\"retry_after_seconds\":"), std::string::npos);
    }
  }
  EXPECT_GE(refused, 20);
  EXPECT_EQ(Ask(Get("/")).status, 200) << "loopback is exempt";
}

TEST_F(HttpServerTest, QueriesPerUserAreLimited) {
  options.queries_per_user_per_sec = 2;
  Start();
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    const Reply reply = Ask(SqlRequestText("NONE"));
    if (reply.status == 429) {
      ++refused;
      EXPECT_NE(
          reply.body.find(
              R"("code":"RATE_LIMIT_EXCEEDED","message":"Too many queries per second. Please slow down.")"),
          std::string::npos);
    }
  }
  EXPECT_GE(refused, 1);
}

TEST_F(HttpServerTest, ManyClientsAtOnce) {
  options.http.io_threads = 2;
  Start();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, &good] {
      TestClient client(server->port());
      for (int i = 0; i < 200; ++i) {
        client.Send(SqlRequestText(i % 3 == 0 ? "COMMIT" : "ROWS 3"));
        good += client.Read().status == 200 ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(good, 1600);
}

// -- Stopping --

TEST_F(HttpServerTest, StopClosesIdleConnectionsAtOnce) {
  Start();
  TestClient client(server->port());
  ASSERT_TRUE(client.Send(Get("/health")));
  EXPECT_EQ(client.Read().status, 200);
  const auto begin = clock.Monotonic();
  server->Stop();
  EXPECT_LT(clock.Monotonic() - begin, milliseconds(400));
  EXPECT_TRUE(client.IsClosed());
}

TEST_F(HttpServerTest, StopCancelsWhatDoesNotEnd) {
  options.stop_grace = milliseconds(50);
  Start();
  TestClient client(server->port());
  ASSERT_TRUE(client.Send(SqlRequestText("WAIT")));
  ASSERT_TRUE(Eventually([this] { return sql.waiting == 1; }));
  server->Stop();
  EXPECT_EQ(sql.cancelled, 1);
  const Reply reply = client.Read();
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find(R"("code":"CANCELLED")"), std::string::npos);
  EXPECT_EQ(reply.Field("connection"), "close");
}

TEST_F(HttpServerTest, StopCutsReadersThatDoNotRead) {
  options.stop_grace = milliseconds(50);
  Start();
  TestClient client(server->port(), 4096);
  ASSERT_TRUE(client.Send(SqlRequestText("ROWS 1000000")));
  EXPECT_EQ(client.Line(), "HTTP/1.1 200 OK");
  server->Stop();
}

TEST_F(HttpServerTest, APortInUseIsReported) {
  Start();
  ServerOptions second = options;
  second.http.port = server->port();
  HttpServer other(second, ServerServices{sql, users, health, clock});
  const Status status = other.Start();
  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_NE(status.message().find("in use"), std::string::npos);
  ServerOptions nowhere = options;
  nowhere.http.host = "203.0.113.1";
  EXPECT_FALSE(HttpServer(nowhere, ServerServices{sql, users, health, clock}).Start().ok());
}

}  // namespace
}  // namespace kalamdb::server
