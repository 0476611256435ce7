// SPDX-License-Identifier: Apache-2.0
#include "cli/envelope_scanner.h"

#include <gtest/gtest.h>

namespace kalamdb::cli {
namespace {

// Writes down what it receives, one part a line.
class PartRecorder : public EnvelopeSink {
 public:
  Status OnMember(std::string_view key, std::string_view json) override {
    return Note("member " + std::string(key), json);
  }
  Status OnResultBegin() override { return Note("begin", ""); }
  Status OnResultMember(std::string_view key, std::string_view json) override {
    return Note(std::string(key), json);
  }
  Status OnRow(std::string_view json) override { return Note("row", json); }
  Status OnResultEnd() override { return Note("end", ""); }

  std::string log;

 private:
  Status Note(const std::string& what, std::string_view json) {
    log += what;
    if (!json.empty()) {
      log.append(" ").append(json);
    }
    log += '\n';
    return {};
  }
};

std::string ScanCutAt(std::string_view text, size_t cut) {
  PartRecorder recorder;
  EnvelopeScanner scanner(recorder);
  Status status = scanner.Feed(text.substr(0, cut));
  if (status.ok()) {
    status = scanner.Feed(text.substr(cut));
  }
  if (!status.ok()) {
    return "error";
  }
  return scanner.complete() ? recorder.log : "incomplete";
}

// What the scanner finds; fails when that depends on where the text is cut.
std::string Scan(std::string_view text) {
  const std::string whole = ScanCutAt(text, 0);
  for (size_t cut = 1; cut < text.size(); ++cut) {
    EXPECT_EQ(ScanCutAt(text, cut), whole) << "cut at " << cut;
  }
  return whole;
}

TEST(EnvelopeScanner, FindsEveryPart) {
  EXPECT_EQ(Scan(R"({"status":"success","results":[{"schema":[{"name":"id"}],)"
                 R"("rows":[["7","a"],[null,"b"]],"row_count":2},{"row_count":0,"message":"ok"}],)"
                 R"("took":3.418,"error":null})"),
            "member status \"success\"\n"
            "begin\nschema [{\"name\":\"id\"}]\nrow [\"7\",\"a\"]\nrow [null,\"b\"]\nrow_count 2\n"
            "end\nbegin\nrow_count 0\nmessage \"ok\"\nend\nmember took 3.418\nmember error null\n");
}

TEST(EnvelopeScanner, AcceptsSpaceAnywhere) {
  EXPECT_EQ(Scan(" {\n\"results\" : [ { \"rows\" : [ [ 1 , 2 ] , [ ] ] , \"n\" : 5 } ] , \"t\" : 1 "
                 "}\r\n"),
            "begin\nrow [ 1 , 2 ]\nrow [ ]\nn 5\nend\nmember t 1\n");
}

TEST(EnvelopeScanner, IsNotFooledByStrings) {
  EXPECT_EQ(Scan(R"({"results":[{"rows":[["]}],[{\"","\\"],["\\\"]"]],"a\"]":"}"}]})"),
            "begin\nrow [\"]}],[{\\\"\",\"\\\\\"]\nrow [\"\\\\\\\"]\"]\na\\\"] \"}\"\nend\n");
}

TEST(EnvelopeScanner, AcceptsEmptyContainers) {
  EXPECT_EQ(Scan("{}"), "");
  EXPECT_EQ(Scan(R"({"results":[],"error":{"code":"X"}})"), "member error {\"code\":\"X\"}\n");
  EXPECT_EQ(Scan(R"({"results":[{},{"rows":[]}]})"), "begin\nend\nbegin\nend\n");
  EXPECT_EQ(Scan(R"({"results":null})"), "member results null\n");
}

TEST(EnvelopeScanner, NoticesThatTheTextIsCutOff) {
  const std::string_view text = R"({"status":"success","results":[{"rows":[[1],["a"]]}]})";
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(ScanCutAt(text.substr(0, size), 0), "incomplete") << size;
  }
}

TEST(EnvelopeScanner, RefusesWhatIsNoEnvelope) {
  for (const char* text :
       {"[]", "Bad Request", "{]", "{\"a\"}", "{\"a\" 1}", "{\"a\":}", "{\"a\":,}", "{,}",
        "{\"a\":1 2}", "{\"a\":\"b\"c}", "{\"a\":1}}", "{}{}", "{\"results\":[1]}",
        "{\"results\":[{]}", "{\"results\":[{\"rows\":[1}]}]}", "{a:1}"}) {
    EXPECT_EQ(Scan(text), "error") << text;
  }
}

TEST(EnvelopeScanner, RefusesEndlessParts) {
  PartRecorder recorder;
  EnvelopeScanner scanner(recorder);
  Status status = scanner.Feed(R"({"results":[{"rows":[[")");
  const std::string piece(1u << 20, 'x');
  for (int i = 0; i < 130 && status.ok(); ++i) {
    status = scanner.Feed(piece);
  }
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace kalamdb::cli
