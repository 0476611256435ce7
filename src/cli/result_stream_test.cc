// SPDX-License-Identifier: Apache-2.0
#include "cli/result_stream.h"

#include <gtest/gtest.h>

namespace kalamdb::cli {
namespace {

// Writes down what it receives: columns as name:kind, rows as raw (text) pairs, one item a line.
class ResultRecorder : public ResultHandler {
 public:
  Status OnColumns(std::span<const Column> columns) override {
    log += "columns";
    for (const Column& column : columns) {
      log += " " + column.name + ":" + std::to_string(static_cast<int>(column.kind));
    }
    log += '\n';
    return {};
  }
  Status OnRow(std::span<const Cell> cells) override {
    log += "row";
    for (const Cell& cell : cells) {
      log.append(" ").append(cell.raw);
      if (cell.json == Cell::Json::kString) {
        log.append("(").append(cell.text).append(")");
      }
    }
    log += '\n';
    return ++rows_ == rows_max ? Cancelled("enough") : Status();
  }
  Status OnResultEnd(const ResultSummary& summary) override {
    log += "end " + std::to_string(summary.row_count) + " " + summary.message.value_or("-") +
           (summary.has_columns ? " table\n" : "\n");
    return {};
  }

  std::string log;
  int rows_max = -1;

 private:
  int rows_ = 0;
};

std::string ReadCutAt(std::string_view text, size_t cut) {
  ResultRecorder recorder;
  ResultStream stream(recorder);
  Status status = stream.Feed(text.substr(0, cut));
  if (status.ok()) {
    status = stream.Feed(text.substr(cut));
  }
  if (!status.ok()) {
    return "error " + status.message();
  }
  const StatusOr<Envelope> envelope = stream.Finish();
  if (!envelope.has_value()) {
    return "error " + envelope.error().message();
  }
  std::string log = recorder.log;
  if (envelope->error.has_value()) {
    log += envelope->error->code + "|" + envelope->error->message + "|" + envelope->error->details;
  }
  return log;
}

// What the stream reports; fails when that depends on where the text is cut.
std::string Read(std::string_view text) {
  const std::string whole = ReadCutAt(text, 0);
  for (size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_EQ(ReadCutAt(text, cut), whole) << "cut at " << cut;
  }
  return whole;
}

TEST(ResultStream, HandsOverColumnsRowsAndSummary) {
  EXPECT_EQ(
      Read(R"({"status":"success","results":[{"schema":[{"name":"id","data_type":"BigInt",)"
           R"("index":0,"flags":["pk","nn","uq"]},{"name":"näme","data_type":"Text","index":1},)"
           R"({"name":"d","data_type":{"Decimal":{"precision":10,"scale":2}},"index":2}],)"
           R"("rows":[["7","first \"note\"\n\u00e4",null],["9007199254740993","😀","12.30"]],)"
           R"("row_count":2,"as_user":"alice"}],"took":3.418,"error":null})"),
      "columns id:2 näme:0 d:2\n"
      "row \"7\"(7) \"first \\\"note\\\"\\n\\u00e4\"(first \"note\"\nä) null\n"
      "row \"9007199254740993\"(9007199254740993) \"😀\"(😀) \"12.30\"(12.30)\n"
      "end 2 - table\n");
}

TEST(ResultStream, KeepsValuesAsSent) {
  EXPECT_EQ(Read(R"({"results":[{"schema":[{"name":"a"},{"name":"b"},{"name":"c"},{"name":"d"}],)"
                 R"("rows":[[1.50 , true, [1, 2], {"k": [ ]}],[123456789012345678901234567890,)"
                 R"(-0.0,1e400,false]],"row_count":2}]})"),
            "columns a:0 b:0 c:0 d:0\nrow 1.50 true [1, 2] {\"k\": [ ]}\n"
            "row 123456789012345678901234567890 -0.0 1e400 false\nend 2 - table\n");
}

TEST(ResultStream, HandsOverResultsWithoutRows) {
  EXPECT_EQ(
      Read(R"({"status":"success","results":[{"row_count":3,"message":"Inserted 3 rows"},)"
           R"({"schema":[],"rows":[],"row_count":0},)"
           R"({"schema":[{"name":"x","data_type":"Int","index":0}],"rows":[],"row_count":0}],)"
           R"("took":1})"),
      "end 3 Inserted 3 rows\nend 0 -\ncolumns x:2\nend 0 - table\n");
}

TEST(ResultStream, NamesColumnsWithoutSchema) {
  EXPECT_EQ(Read(R"({"results":[{"rows":[[1,"a"]],"schema":[{"name":"x"}],"row_count":1}]})"),
            "columns column1:0 column2:0\nrow 1 \"a\"(a)\nend 1 - table\n");
}

TEST(ResultStream, ReportsErrorsOfTheServer) {
  EXPECT_EQ(Read(R"({"status":"error","results":[],"took":1.02,"error":{"code":"INVALID_SQL",)"
                 R"("message":"Statement 1 failed: no","details":"SELEC 1"}})"),
            "INVALID_SQL|Statement 1 failed: no|SELEC 1");
  // After rows were sent, as a streamed answer that fails half way.
  EXPECT_EQ(Read(R"({"status":"success","results":[{"schema":[{"name":"x"}],"rows":[[1]],)"
                 R"("row_count":1}],"error":{"code":"SQL_EXECUTION_ERROR","message":"division"}})"),
            "columns x:0\nrow 1\nend 1 - table\nSQL_EXECUTION_ERROR|division|");
}

TEST(ResultStream, NoticesThatTheAnswerWasCutOff) {
  const std::string_view text = R"({"results":[{"schema":[{"name":"x"}],"rows":[[1],["a"]]}]})";
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(ReadCutAt(text.substr(0, size), 0), "error the answer of the server ended early");
  }
}

TEST(ResultStream, RefusesRowsThatAreNoRows) {
  const auto read_row = [](std::string row) {
    return ReadCutAt(R"({"results":[{"schema":[{"name":"x"}],"rows":[)" + row + "]}]}", 0);
  };
  EXPECT_EQ(read_row("[1]"), "columns x:0\nrow 1\nend 0 - table\n");
  for (const char* row : {"[1,2]", "[]", "1", "{\"x\":1}", "[nil]", "[1x]", "[\"\x01\"]",
                          "[\"\xff\"]", "[\"\\q\"]", "[1,]", "[tru]", "[[1]]]"}) {
    EXPECT_TRUE(read_row(row).starts_with("error")) << row << ": " << read_row(row);
  }
}

TEST(ResultStream, StopsWhenTheHandlerHasEnough) {
  ResultRecorder recorder;
  recorder.rows_max = 2;
  ResultStream stream(recorder);
  const Status status =
      stream.Feed(R"({"results":[{"schema":[{"name":"x"}],"rows":[[1],[2],[3]]}]})");
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_EQ(recorder.log, "columns x:0\nrow 1\nrow 2\n");
}

TEST(ParseServerError, KnowsEveryShape) {
  ServerError error = ParseServerError(401, R"({"error":"unauthorized","message":"Invalid"})");
  EXPECT_EQ(error.code + "|" + error.message, "unauthorized|Invalid");
  EXPECT_EQ(error.http_status, 401);
  error = ParseServerError(404, R"({"error":"Table 'a:b' not found"})");
  EXPECT_EQ(error.code + "|" + error.message, "Table 'a:b' not found|Table 'a:b' not found");
  error = ParseServerError(403, R"({"status":"error","error":{"code":"X","message":"y"}})");
  EXPECT_EQ(error.code + "|" + error.message, "X|y");
  error = ParseServerError(400, "Json deserialize error\n");
  EXPECT_EQ(error.code + "|" + error.message, "HTTP_400|Json deserialize error");
  error = ParseServerError(502, "");
  EXPECT_EQ(error.code + "|" + error.message, "HTTP_502|the server gave no reason");
}

}  // namespace
}  // namespace kalamdb::cli
