// SPDX-License-Identifier: Apache-2.0
#include "server/http/gzip.h"

#include <zlib.h>

#include <utility>

#include "base/check.h"

namespace kalamdb::server {

namespace {

// JSON rows: level 1 is three times faster than 6 and about a tenth larger.
constexpr int kLevel = 1;
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;
// Per deflate() call. zlib counts in unsigned int; bodies are smaller than that anyway.
constexpr size_t kOutputStepBytes = 16u << 10;

// A body that is compressed while another one makes it.
class GzipStream final : public BodyStream {
 public:
  GzipStream(std::unique_ptr<GzipEncoder> encoder, std::unique_ptr<BodyStream> source)
      : encoder_(std::move(encoder)), source_(std::move(source)) {}

  State Next(std::string* out) override {
    const size_t before = out->size();
    // A part may stay inside the encoder: an empty one must not be sent, it would end the body.
    for (;;) {
      part_.clear();
      const State state = source_->Next(&part_);
      if (state == State::kBroken) {
        return state;
      }
      encoder_->Append(part_, state == State::kEnd, out);
      if (state == State::kEnd || out->size() > before) {
        return state;
      }
    }
  }

 private:
  std::unique_ptr<GzipEncoder> encoder_;
  std::unique_ptr<BodyStream> source_;
  std::string part_;
};

}  // namespace

struct GzipEncoder::Stream {
  z_stream z{};
};

std::unique_ptr<GzipEncoder> GzipEncoder::Create() {
  auto stream = std::make_unique<Stream>();
  if (deflateInit2(&stream->z, kLevel, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return nullptr;
  }
  return std::unique_ptr<GzipEncoder>(new GzipEncoder(std::move(stream)));
}

GzipEncoder::GzipEncoder(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

GzipEncoder::~GzipEncoder() { deflateEnd(&stream_->z); }

void GzipEncoder::Append(std::string_view part, bool is_last, std::string* out) {
  z_stream& z = stream_->z;
  // zlib does not write to its input.
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
  z.avail_in = static_cast<uInt>(part.size());
  int result = Z_OK;
  do {
    const size_t used = out->size();
    out->resize(used + kOutputStepBytes);
    z.next_out = reinterpret_cast<Bytef*>(out->data() + used);
    z.avail_out = static_cast<uInt>(kOutputStepBytes);
    result = deflate(&z, is_last ? Z_FINISH : Z_NO_FLUSH);
    KALAMDB_CHECK(result != Z_STREAM_ERROR);
    out->resize(out->size() - z.avail_out);
  } while (z.avail_out == 0 || (is_last && result != Z_STREAM_END));
}

void GzipResponse(Response* response) {
  auto encoder = GzipEncoder::Create();
  if (encoder == nullptr) {
    return;
  }
  std::string compressed;
  encoder->Append(response->body, response->stream == nullptr, &compressed);
  response->body = std::move(compressed);
  if (response->stream != nullptr) {
    response->stream =
        std::make_unique<GzipStream>(std::move(encoder), std::move(response->stream));
  }
  response->is_gzip = true;
}

}  // namespace kalamdb::server
