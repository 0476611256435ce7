// SPDX-License-Identifier: Apache-2.0
#include "server/sql/envelope.h"

#include <gtest/gtest.h>

#include "server/sql/result_stream.h"

namespace kalamdb::server {
namespace {

using service::StatementResult;
using types::ResultColumn;
using types::Row;
using types::RowCursor;
using types::TypeId;
using types::TypeOf;
using types::Value;

std::vector<ResultColumn> NoteColumns() {
  return {{.name = "id", .type = TypeOf(TypeId::kBigInt), .is_key = true, .is_not_null = true},
          {.name = "title", .type = TypeOf(TypeId::kText), .is_not_null = true},
          {.name = "te\"xt", .type = TypeOf(TypeId::kText)}};
}

Row Note(int64_t id) { return {Value(id), Value("first note"), Value::Null()}; }

constexpr std::string_view kNoteSchema =
    R"([{"name":"id","data_type":"BigInt","index":0,"flags":["pk","nn","uq"]},)"
    R"({"name":"title","data_type":"Text","index":1,"flags":["nn"]},)"
    R"({"name":"te\"xt","data_type":"Text","index":2}])";

StatementResult RowResult(std::vector<Row> rows) {
  return {.columns = NoteColumns(),
          .rows = std::make_unique<types::VectorCursor>(std::move(rows)),
          .row_count = 0,
          .message = {},
          .as_user = UserId{"alice"}};
}

// Gives `batches` of `batch_rows` rows, then fails or ends.
class CountingCursor final : public RowCursor {
 public:
  CountingCursor(int64_t batches, int64_t batch_rows, Status last)
      : batches_(batches), batch_rows_(batch_rows), last_(std::move(last)) {}
  Status Next(std::vector<Row>* rows) override {
    rows->clear();
    if (batches_-- <= 0) {
      return last_;
    }
    for (int64_t i = 0; i < batch_rows_; ++i) {
      rows->push_back({Value(next_++), Value("first note"), Value::Null()});
    }
    return {};
  }

 private:
  int64_t batches_;
  int64_t batch_rows_;
  Status last_;
  int64_t next_ = 0;
};

TEST(AppendTook, HasThreeDecimals) {
  const auto took = [](double ms) {
    std::string out;
    AppendTook(ms, &out);
    return out;
  };
  EXPECT_EQ(took(0), "0.000");
  EXPECT_EQ(took(3.4176), "3.418");
  EXPECT_EQ(took(123456.7), "123456.700");
  EXPECT_EQ(took(-1), "0.000");
}

TEST(AppendResult, RowsInTheOrderOfKeys) {
  StatementResult result = RowResult({Note(7), Note(8)});
  std::string out;
  ASSERT_TRUE(AppendResult(result, false, 10'000, &out).ok());
  EXPECT_EQ(
      out,
      R"({"schema":)" + std::string(kNoteSchema) +
          R"(,"rows":[["7","first note",null],["8","first note",null]],"row_count":2,"as_user":"alice"})");
}

TEST(AppendResult, WithoutRows) {
  StatementResult result{.columns = {},
                         .rows = nullptr,
                         .row_count = 3,
                         .message = "Inserted 3 row(s)",
                         .as_user = UserId{"a\"b"}};
  std::string out;
  ASSERT_TRUE(AppendResult(result, false, 10'000, &out).ok());
  EXPECT_EQ(out, R"json({"row_count":3,"message":"Inserted 3 row(s)","as_user":"a\"b"})json");
}

TEST(AppendResult, StopsAtItsLimit) {
  StatementResult result = RowResult({});
  result.rows = std::make_unique<CountingCursor>(1'000'000'000, 100, Status());
  std::string out;
  const Status status = AppendResult(result, false, 100'000, &out);
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_LT(out.size(), 110'000u);
}

TEST(AppendResult, MasksSecretsOfOthers) {
  const auto encode = [](bool is_admin) {
    StatementResult result{.columns = {{.name = "password_hash", .type = TypeOf(TypeId::kText)},
                                       {.name = "credentials", .type = TypeOf(TypeId::kJson)},
                                       {.name = "user_id", .type = TypeOf(TypeId::kText)}},
                           .rows = std::make_unique<types::VectorCursor>(
                               std::vector<Row>{{Value("$2b$"), Value::Null(), Value("x")}}),
                           .row_count = 0,
                           .message = {},
                           .as_user = {}};
    std::string out;
    EXPECT_TRUE(AppendResult(result, is_admin, 10'000, &out).ok());
    return out;
  };
  EXPECT_NE(encode(false).find(R"("rows":[["***","***","x"]])"), std::string::npos);
  EXPECT_NE(encode(true).find(R"("rows":[["$2b$",null,"x"]])"), std::string::npos);
}

TEST(SqlErrorBody, IsTheErrorEnvelope) {
  EXPECT_EQ(
      SqlErrorBody("INVALID_SQL", "bad \"x\"", "SELECT\n1", 1.02),
      R"({"status":"error","results":[],"took":1.020,"error":{"code":"INVALID_SQL","message":"bad \"x\"","details":"SELECT\n1"}})");
  EXPECT_EQ(SqlError("A", "b", 0),
            R"({"status":"error","results":[],"took":0.000,"error":{"code":"A","message":"b"}})");
}

class ResultStreamTest : public ::testing::Test {
 protected:
  ManualClock clock_{0};
};

TEST_F(ResultStreamTest, ASmallResultIsOnePart) {
  ResultStream stream(RowResult({Note(7)}), {.started_at = clock_.Monotonic(), .request_id = {}},
                      clock_);
  clock_.Advance(std::chrono::microseconds(3418));
  std::string out;
  ASSERT_EQ(stream.Next(&out), BodyStream::State::kEnd);
  EXPECT_EQ(
      out,
      R"({"status":"success","results":[{"schema":)" + std::string(kNoteSchema) +
          R"(,"rows":[["7","first note",null]],"row_count":1,"as_user":"alice"}],"took":3.418,"error":null})");
}

TEST_F(ResultStreamTest, AnEmptyResultHasSchemaAndRows) {
  StatementResult result = RowResult({});
  result.columns.clear();
  ResultStream stream(std::move(result), {.request_id = {}}, clock_);
  std::string out;
  ASSERT_EQ(stream.Next(&out), BodyStream::State::kEnd);
  EXPECT_EQ(
      out,
      R"({"status":"success","results":[{"schema":[],"rows":[],"row_count":0,"as_user":"alice"}],"took":0.000,"error":null})");
}

TEST_F(ResultStreamTest, PartsStaySmallAndJoinUp) {
  StatementResult result = RowResult({});
  result.rows = std::make_unique<CountingCursor>(100, 2048, Status());
  ResultStream stream(std::move(result), {.request_id = {}}, clock_);
  std::string all;
  int parts = 0;
  for (auto state = BodyStream::State::kMore; state == BodyStream::State::kMore; ++parts) {
    std::string part;
    state = stream.Next(&part);
    ASSERT_NE(state, BodyStream::State::kBroken);
    EXPECT_LT(part.size(), ResultStream::kPartBytesMax + 1000);
    all += part;
  }
  EXPECT_GT(parts, 10);
  EXPECT_NE(all.find(R"(["204799","first note",null]],"row_count":204800,)"), std::string::npos);
}

TEST_F(ResultStreamTest, TellsWhyItBroke) {
  StatementResult result = RowResult({});
  result.rows = std::make_unique<CountingCursor>(1, 2, ExecutionError("overflow"));
  ResultStream stream(std::move(result), {.request_id = {}}, clock_);
  std::string out;
  EXPECT_EQ(stream.Next(&out), BodyStream::State::kBroken);
  EXPECT_EQ(stream.status().code(), StatusCode::kExecution);
}

}  // namespace
}  // namespace kalamdb::server
