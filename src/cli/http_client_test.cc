// SPDX-License-Identifier: Apache-2.0
#include "cli/http_client.h"

#include <gtest/gtest.h>

namespace kalamdb::cli {
namespace {

// "host|port|path|url", or the code of the error.
std::string Parsed(std::string_view url) {
  const StatusOr<Endpoint> endpoint = ParseEndpoint(url);
  if (!endpoint.has_value()) {
    return std::string(StatusCodeName(endpoint.error().code()));
  }
  return endpoint->host + "|" + endpoint->port + "|" + endpoint->path + "|" + endpoint->Url();
}

TEST(ParseEndpoint, KnowsTheFormsOfAUrl) {
  EXPECT_EQ(Parsed("http://127.0.0.1:8080"), "127.0.0.1|8080||http://127.0.0.1:8080");
  EXPECT_EQ(Parsed("HTTP://db.example.com"), "db.example.com|80||http://db.example.com");
  EXPECT_EQ(Parsed("localhost:8080"), "localhost|8080||http://localhost:8080");
  EXPECT_EQ(Parsed("http://[::1]:8080"), "::1|8080||http://[::1]:8080");
  EXPECT_EQ(Parsed("http://[::1]"), "::1|80||http://[::1]");
  EXPECT_EQ(Parsed("http://a/kalam/db/"), "a|80|/kalam/db|http://a/kalam/db");
}

TEST(ParseEndpoint, GivesOneUrlForOneServer) {
  // Credentials are stored under it.
  EXPECT_EQ(ParseEndpoint("http://a:80/")->Url(), ParseEndpoint("a")->Url());
  EXPECT_EQ(ParseEndpoint("http://a//")->Url(), ParseEndpoint("http://a")->Url());
}

TEST(ParseEndpoint, RefusesWhatIsNoUrl) {
  for (const char* url : {"", "http://", "http:///x", "https://a", "ftp://a", "http://a:",
                          "http://a:x", "http://a:-1", "http://a:65536", "http://a:123456",
                          "http://a b", "http://a/b c", "http://a\r\nX: y", "http://a/\r\nX: y",
                          "http://[::1", "http://[::1]x", "http://u:p@a", "http://a?x"}) {
    EXPECT_EQ(Parsed(url), "InvalidArgument") << url;
  }
}

}  // namespace
}  // namespace kalamdb::cli
