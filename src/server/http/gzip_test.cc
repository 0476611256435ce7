// SPDX-License-Identifier: Apache-2.0
#include "server/http/gzip.h"

#include <zlib.h>

#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace kalamdb::server {
namespace {

std::string Inflate(const std::string& compressed) {
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, 15 + 16), Z_OK);
  std::string text;
  std::vector<char> step(1 << 16);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  z.avail_in = static_cast<uInt>(compressed.size());
  int result = Z_OK;
  while (result == Z_OK) {
    z.next_out = reinterpret_cast<Bytef*>(step.data());
    z.avail_out = static_cast<uInt>(step.size());
    result = inflate(&z, Z_NO_FLUSH);
    text.append(step.data(), step.size() - z.avail_out);
  }
  EXPECT_EQ(result, Z_STREAM_END);
  EXPECT_EQ(z.avail_in, 0u);
  inflateEnd(&z);
  return text;
}

// Gives the parts it was made of.
class PartStream final : public BodyStream {
 public:
  explicit PartStream(std::vector<std::string> parts, State last = State::kEnd)
      : parts_(std::move(parts)), last_(last) {}
  State Next(std::string* out) override {
    *out += parts_[next_++];
    return next_ == parts_.size() ? last_ : State::kMore;
  }

 private:
  std::vector<std::string> parts_;
  State last_;
  size_t next_ = 0;
};

TEST(GzipResponse, RoundTripsWholeBodies) {
  Rng rng(7);
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{1024}, size_t{16384}, size_t{16385}, size_t{1} << 20}) {
    std::string text(size, 'x');
    for (char& c : text) {
      c = static_cast<char>(rng.Below(256));
    }
    Response response;
    response.body = text;
    GzipResponse(&response);
    EXPECT_TRUE(response.is_gzip);
    EXPECT_EQ(Inflate(response.body), text);
  }
}

TEST(GzipResponse, RoundTripsStreamsInAnyParts) {
  Rng rng(11);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> parts;
    std::string whole = "first part";
    Response response;
    response.body = whole;
    for (uint64_t i = 0; i <= rng.Below(20); ++i) {
      parts.push_back(std::string(rng.Below(100'000), static_cast<char>('a' + rng.Below(20))));
      whole += parts.back();
    }
    response.stream = std::make_unique<PartStream>(parts);
    GzipResponse(&response);
    std::string sent = response.body;
    for (;;) {
      std::string part;
      const BodyStream::State state = response.stream->Next(&part);
      sent += part;
      if (state == BodyStream::State::kEnd) {
        break;
      }
      ASSERT_FALSE(part.empty()) << "an empty chunk would end the body";
    }
    EXPECT_EQ(Inflate(sent), whole);
  }
}

TEST(GzipResponse, PassesABrokenStreamOn) {
  Response response;
  response.stream =
      std::make_unique<PartStream>(std::vector<std::string>{"a", "b"}, BodyStream::State::kBroken);
  GzipResponse(&response);
  std::string part;
  EXPECT_EQ(response.stream->Next(&part), BodyStream::State::kBroken);
}

}  // namespace
}  // namespace kalamdb::server
