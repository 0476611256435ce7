// SPDX-License-Identifier: Apache-2.0
#include "server/sql/sql_body.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "base/rng.h"

namespace kalamdb::server {
namespace {

using types::TypeId;
using types::Value;

StatusOr<SqlBody> Parse(const std::string& body) { return ParseSqlBody("application/json", body); }

StatusCode CodeOf(const std::string& body) {
  const auto parsed = Parse(body);
  return parsed.has_value() ? StatusCode::kOk : parsed.error().code();
}

std::string MessageOf(const std::string& body) {
  const auto parsed = Parse(body);
  return parsed.has_value() ? "" : parsed.error().message();
}

TEST(ParseSqlBody, ReadsAllFields) {
  const auto body = Parse(
      R"({"sql":"SELECT $1 \u00e9\n","params":[7,-1.5,"x","",true,null,9223372036854775807,1e2,-0],"namespace_id":"chat","other":{"a":[1,{"b":null}]}})");
  ASSERT_TRUE(body.has_value()) << body.error().ToString();
  EXPECT_EQ(body->sql, "SELECT $1 \xc3\xa9\n");
  EXPECT_EQ(body->namespace_id, "chat");
  ASSERT_EQ(body->parameters.size(), 9u);
  const auto expect = [&body](size_t i, const Value& value, TypeId type) {
    EXPECT_EQ(body->parameters[i].value, value) << i;
    EXPECT_EQ(body->parameters[i].type.id, type) << i;
  };
  expect(0, Value(int64_t{7}), TypeId::kBigInt);
  expect(1, Value(-1.5), TypeId::kDouble);
  expect(2, Value("x"), TypeId::kText);
  expect(3, Value(""), TypeId::kText);
  expect(4, Value(true), TypeId::kBoolean);
  expect(5, Value::Null(), TypeId::kText);
  expect(6, Value(INT64_MAX), TypeId::kBigInt);
  expect(7, Value(100.0), TypeId::kDouble);
  expect(8, Value(int64_t{0}), TypeId::kBigInt);
}

TEST(ParseSqlBody, OptionalFieldsMayBeMissingOrNull) {
  for (const char* text : {R"({"sql":"x"})", R"({"sql":"x","params":null,"namespace_id":null})",
                           R"( {"params":[], "sql" : "x" } )"}) {
    const auto body = Parse(text);
    ASSERT_TRUE(body.has_value()) << text;
    EXPECT_TRUE(body->parameters.empty());
    EXPECT_TRUE(body->namespace_id.empty());
  }
}

TEST(ParseSqlBody, TheLastOfEqualKeysWins) {
  const auto body = Parse(R"({"sql":"a","params":[1,2],"sql":"b","params":[3]})");
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->sql, "b");
  EXPECT_EQ(body->parameters.size(), 1u);
}

TEST(ParseSqlBody, RefusesWhatIsNoJsonObject) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[]",
                           "null",
                           "1",
                           "\"sql\"",
                           R"({"sql":"x")",
                           R"({"sql":"x"}})",
                           R"({"sql":"x"} trailing)",
                           R"({"sql":"x"}{"sql":"y"})",
                           R"({"sql" "x"})",
                           R"({"sql":"x",})",
                           R"({sql:"x"})",
                           R"({'sql':'x'})",
                           R"({"sql":"x" "params":[]})",
                           R"({"sql":"x","params":[1,]})",
                           R"({"sql":"x","params":[1 2]})",
                           R"({"sql":"x","other":tru})",
                           R"({"sql":"x","other":[1,}]})",
                           R"({"sql":"x","other":01})",
                           R"({"sql":"x","other":"\x"})",
                           R"({"sql":"\ud800"})",
                           R"({"sql":"x","params":[01]})",
                           R"({"sql":"x","params":[1.]})",
                           R"({"sql":"x","params":[-]})",
                           R"({"sql":"x","params":[nul]})",
                           R"({"sql":"x","params":[NaN]})",
                           "{\"sql\":\"a\nb\"}",
                           "\xef\xbb\xbf{\"sql\":\"x\"}"}) {
    EXPECT_EQ(CodeOf(text), StatusCode::kInvalidArgument) << text;
    EXPECT_TRUE(MessageOf(text).starts_with("Invalid JSON payload:")) << MessageOf(text);
  }
}

TEST(ParseSqlBody, RefusesInvalidUtf8Anywhere) {
  for (const char* bad :
       {"\xff", "\xc3", "\xe2\x82", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80"}) {
    EXPECT_EQ(CodeOf("{\"sql\":\"" + std::string(bad) + "\"}"), StatusCode::kInvalidArgument);
    EXPECT_EQ(CodeOf("{\"sql\":\"x\",\"y\":\"" + std::string(bad) + "\"}"),
              StatusCode::kInvalidArgument);
  }
}

TEST(ParseSqlBody, NamesTheFieldOfTheWrongType) {
  for (const char* field : {"sql", "params", "namespace_id"}) {
    const std::string text = std::string(R"({"sql":"x",")") + field + R"(":7})";
    EXPECT_EQ(CodeOf(text), StatusCode::kInvalidArgument);
    EXPECT_NE(MessageOf(text).find("`" + std::string(field) + "`"), std::string::npos)
        << MessageOf(text);
  }
  EXPECT_NE(MessageOf("{}").find("`sql` is missing"), std::string::npos);
  EXPECT_EQ(CodeOf(R"({"sql":null})"), StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(R"({"sql":"x","params":"1"})"), StatusCode::kInvalidArgument);
}

TEST(ParseSqlBody, ParametersAreScalarsThatFit) {
  for (const char* parameter :
       {"9223372036854775808", "-9223372036854775809", "18446744073709551615",
        "18446744073709551616", "123456789012345678901234567890", "[1]", "{}", "[]"}) {
    const std::string text = R"({"sql":"x","params":[1,)" + std::string(parameter) + "]}";
    EXPECT_EQ(CodeOf(text), StatusCode::kInvalidParameter) << parameter << ": " << MessageOf(text);
    EXPECT_TRUE(MessageOf(text).starts_with("Parameter $2 ")) << MessageOf(text);
  }
  EXPECT_NE(CodeOf(R"({"sql":"x","params":[1e400]})"), StatusCode::kOk);
}

TEST(ParseSqlBody, LimitsParameters) {
  const auto with = [](size_t count) {
    std::string text = R"({"sql":"x","params":[0)";
    for (size_t i = 1; i < count; ++i) {
      text += ",0";
    }
    return text + "]}";
  };
  EXPECT_EQ(CodeOf(with(limits::kParametersMax)), StatusCode::kOk);
  EXPECT_EQ(CodeOf(with(limits::kParametersMax + 1)), StatusCode::kInvalidParameter);
  const auto sized = [](size_t bytes) {
    return R"({"sql":"x","params":[")" + std::string(bytes, 'a') + R"("]})";
  };
  EXPECT_EQ(CodeOf(sized(limits::kParameterBytesMax)), StatusCode::kOk);
  EXPECT_EQ(CodeOf(sized(limits::kParameterBytesMax + 1)), StatusCode::kInvalidParameter);
}

TEST(ParseSqlBody, LimitsSql) {
  const auto sized = [](size_t bytes) { return R"({"sql":")" + std::string(bytes, ' ') + R"("})"; };
  EXPECT_EQ(CodeOf(sized(limits::kSqlBytesMax)), StatusCode::kOk);
  EXPECT_EQ(CodeOf(sized(limits::kSqlBytesMax + 1)), StatusCode::kInvalidSql);
  EXPECT_EQ(CodeOf(R"({"sql":"SELECT '\u0000'"})"), StatusCode::kInvalidSql);
}

TEST(ParseSqlBody, DeepNestingIsRefusedNotFollowed) {
  const std::string deep(100'000, '[');
  EXPECT_EQ(CodeOf(R"({"sql":"x","other":)" + deep + std::string(100'000, ']') + "}"),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(deep), StatusCode::kInvalidArgument);
}

TEST(ParseSqlBody, NeedsAContentType) {
  const std::string body = R"({"sql":"x"})";
  for (const char* type :
       {"application/json", "Application/JSON; charset=utf-8", " application/json"}) {
    EXPECT_TRUE(ParseSqlBody(type, body).has_value()) << type;
  }
  for (const char* type :
       {"", "text/plain", "application/jsonx", "application/x-www-form-urlencoded"}) {
    EXPECT_FALSE(ParseSqlBody(type, body).has_value()) << type;
  }
}

constexpr std::string_view kFormType = "multipart/form-data; boundary=b-1";

StatusOr<SqlBody> ParseForm(const std::string& body) { return ParseSqlBody(kFormType, body); }

std::string Part(std::string_view disposition, std::string_view content) {
  return "--b-1\r\nContent-Disposition: form-data; " + std::string(disposition) + "\r\n\r\n" +
         std::string(content) + "\r\n";
}

TEST(ParseSqlForm, ReadsTextParts) {
  const auto body =
      ParseForm("preamble\r\n" + Part("name=\"sql\"", "SELECT $1\r\n--b") +
                Part("name=params", "[1,\"two\"]") + Part("name=\"namespace_id\"", "chat") +
                Part("name=\"other\"", "") + "--b-1--\r\nepilogue");
  ASSERT_TRUE(body.has_value()) << body.error().ToString();
  EXPECT_EQ(body->sql, "SELECT $1\r\n--b");
  EXPECT_EQ(body->parameters.size(), 2u);
  EXPECT_EQ(body->namespace_id, "chat");
}

TEST(ParseSqlForm, RefusesFiles) {
  for (const char* disposition : {"name=\"file:a\"; filename=\"a.png\"", "name=\"file:a\"",
                                  "name=\"x\"; filename=y", "name=\"x\"; filename*=UTF-8''y"}) {
    const auto body = ParseForm(Part("name=\"sql\"", "x") + Part(disposition, "data") + "--b-1--");
    ASSERT_FALSE(body.has_value()) << disposition;
    EXPECT_EQ(body.error().code(), StatusCode::kInvalidArgument);
    EXPECT_NE(body.error().message().find("not available"), std::string::npos);
  }
}

TEST(ParseSqlForm, RefusesMalformedBodies) {
  const std::string sql = Part("name=\"sql\"", "x");
  for (const std::string& text :
       {std::string(), std::string("x"), sql, sql + "--b-1", sql + "--b-1 x--",
        std::string("--b-1\r\n"),
        std::string("--b-1\r\nContent-Disposition: form-data; name=\"sql\"\r\n"),
        std::string("--b-1\r\n\r\nx\r\n--b-1--"), std::string("--b-1--"),
        Part("nome=\"sql\"", "x") + "--b-1--", Part("name=\"sql\"", "\xff") + "--b-1--",
        sql + Part("name=\"params\"", "[1") + "--b-1--",
        sql + Part("name=\"params\"", "[1]},\"x\":{") + "--b-1--"}) {
    const auto body = ParseForm(text);
    ASSERT_FALSE(body.has_value()) << text;
    EXPECT_EQ(body.error().code(), StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(ParseSqlBody("multipart/form-data", sql + "--b-1--").has_value());
  EXPECT_FALSE(ParseSqlBody("multipart/form-data; boundary=", sql + "--b-1--").has_value());
}

TEST(ParseSqlForm, LimitsParts) {
  std::string text = Part("name=\"sql\"", "x");
  for (int i = 0; i < 100; ++i) {
    text += Part("name=\"p\"", "");
  }
  EXPECT_FALSE(ParseForm(text + "--b-1--").has_value());
}

// Random edits of a good body: any answer is fine, a crash or a read out of bounds is not.
TEST(ParseSqlBody, SurvivesMutations) {
  const std::string good =
      R"({"sql":"SELECT $1","params":[7,-1.5e3,"x\u00e9",true,null,[1]],"namespace_id":"chat","o":{"a":[{}]}})";
  const std::string form = Part("name=\"sql\"", "x") + Part("name=\"params\"", "[1]") + "--b-1--";
  constexpr std::string_view kAlphabet = "{}[]\",:\\01e.-\r\n tfnu\xff\x80-b=;";
  Rng rng(20'260'504);
  for (int i = 0; i < 20'000; ++i) {
    std::string text = i % 2 == 0 ? good : form;
    for (uint64_t edits = 1 + rng.Below(4); edits > 0; --edits) {
      const size_t at = rng.Below(text.size());
      const char c = kAlphabet[rng.Below(kAlphabet.size())];
      switch (rng.Below(3)) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, 1 + rng.Below(5));
          break;
      }
    }
    text.shrink_to_fit();
    const auto body = ParseSqlBody(i % 2 == 0 ? "application/json" : kFormType, text);
    if (!body.has_value()) {
      EXPECT_FALSE(body.error().message().empty());
    }
  }
}

}  // namespace
}  // namespace kalamdb::server
