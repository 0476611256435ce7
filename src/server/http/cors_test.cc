// SPDX-License-Identifier: Apache-2.0
#include "server/http/cors.h"

#include <gtest/gtest.h>

namespace kalamdb::server {
namespace {

std::string FieldsFor(const CorsOptions& options, std::string_view origin) {
  std::string fields;
  CorsPolicy(options).AppendFields(origin, &fields);
  return fields;
}

Request Preflight(std::string_view origin) {
  Request request;
  request.set_line(Method::kOptions, "/v1/api/sql", 11);
  request.AddHeader(Header::kOrigin, origin);
  request.AddHeader(Header::kAccessControlRequestMethod, "POST");
  return request;
}

TEST(CorsPolicy, AnyOriginWithoutCredentials) {
  EXPECT_EQ(FieldsFor({}, "https://a.example"), "Access-Control-Allow-Origin: *\r\n");
  EXPECT_EQ(FieldsFor({.allowed_origins = {"*"}}, "https://a.example"),
            "Access-Control-Allow-Origin: *\r\n");
}

TEST(CorsPolicy, AnyOriginWithCredentialsIsNamed) {
  EXPECT_EQ(FieldsFor({.allow_credentials = true}, "https://a.example"),
            "Access-Control-Allow-Origin: https://a.example\r\n"
            "Access-Control-Allow-Credentials: true\r\nVary: Origin\r\n");
}

TEST(CorsPolicy, AListIsExact) {
  const CorsOptions options{.allowed_origins = {"https://a.example"},
                            .expose_headers = {"X-A", "X-B"}};
  EXPECT_EQ(FieldsFor(options, "https://a.example"),
            "Access-Control-Allow-Origin: https://a.example\r\nVary: Origin\r\n"
            "Access-Control-Expose-Headers: X-A, X-B\r\n");
  for (const char* origin :
       {"https://a.example.evil", "http://a.example", "https://A.example", "null"}) {
    EXPECT_EQ(FieldsFor(options, origin), "") << origin;
  }
}

TEST(CorsPolicy, NoOriginNoFields) { EXPECT_EQ(FieldsFor({}, ""), ""); }

TEST(CorsPolicy, AnswersPreflights) {
  const CorsPolicy policy(CorsOptions{});
  const Request request = Preflight("https://a.example");
  ASSERT_TRUE(CorsPolicy::IsPreflight(request));
  Response response;
  policy.AnswerPreflight(request, &response);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.fields,
            "Access-Control-Allow-Methods: GET, POST, PUT, DELETE, PATCH, OPTIONS\r\n"
            "Access-Control-Allow-Headers: Authorization, Content-Type, Accept, Origin, "
            "X-Requested-With\r\nAccess-Control-Max-Age: 3600\r\n");
}

TEST(CorsPolicy, PrivateNetworkOnlyWhenAllowedAndAsked) {
  Request request = Preflight("https://a.example");
  request.AddHeader(Header::kAccessControlRequestPrivateNetwork, "true");
  Response response;
  CorsPolicy({}).AnswerPreflight(request, &response);
  EXPECT_EQ(response.fields.find("Private-Network"), std::string::npos);
  CorsPolicy({.allow_private_network = true}).AnswerPreflight(request, &response);
  EXPECT_NE(response.fields.find("Access-Control-Allow-Private-Network: true\r\n"),
            std::string::npos);
}

TEST(CorsPolicy, RefusesPreflightsOfOthers) {
  Response response;
  CorsPolicy({.allowed_origins = {"https://a.example"}})
      .AnswerPreflight(Preflight("https://b.example"), &response);
  EXPECT_EQ(response.status, 403);
}

TEST(CorsPolicy, OptionsAloneIsNoPreflight) {
  Request request;
  request.set_line(Method::kOptions, "/", 11);
  EXPECT_FALSE(CorsPolicy::IsPreflight(request));
}

}  // namespace
}  // namespace kalamdb::server
