// SPDX-License-Identifier: Apache-2.0
#include "live/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <memory>

namespace kalamdb::live {

namespace {

// JSON rows: level 1 is three times faster than 6 and about a tenth larger.
constexpr int kLevel = 1;
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;
constexpr size_t kInflateStepBytes = 16u << 10;

struct Deflater {
  z_stream z{};
  bool is_ready = false;

  Deflater() {
    is_ready = deflateInit2(&z, kLevel, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                            Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Deflater() {
    if (is_ready) {
      deflateEnd(&z);
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
};

struct InflateEnd {
  void operator()(z_stream* z) const { inflateEnd(z); }
};

// zlib does not write to its input.
Bytef* Input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

bool IsGzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

bool Gzip(std::string_view text, std::string* out) {
  thread_local Deflater deflater;
  if (!deflater.is_ready || deflateReset(&deflater.z) != Z_OK) {
    return false;
  }
  z_stream& z = deflater.z;
  // No room for a result that is not smaller: deflate() then stops by itself.
  out->resize(text.size() == 0 ? 0 : text.size() - 1);
  z.next_in = Input(text);
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out->data());
  z.avail_out = static_cast<uInt>(out->size());
  if (deflate(&z, Z_FINISH) != Z_STREAM_END) {
    return false;
  }
  out->resize(out->size() - z.avail_out);
  return true;
}

StatusOr<std::string> Gunzip(std::string_view bytes, size_t bytes_max) {
  z_stream z{};
  if (inflateInit2(&z, kGzipWindowBits) != Z_OK) {
    return Error(ResourceExhausted("no memory to decompress a message"));
  }
  const std::unique_ptr<z_stream, InflateEnd> guard(&z);
  z.next_in = Input(bytes);
  z.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  int result = Z_OK;
  while (result == Z_OK) {
    // One byte beyond the bound tells a text that is too long from one that just fits.
    const size_t step = std::min(kInflateStepBytes, bytes_max + 1 - text.size());
    const size_t used = text.size();
    text.resize(used + step);
    z.next_out = reinterpret_cast<Bytef*>(text.data() + used);
    z.avail_out = static_cast<uInt>(step);
    result = inflate(&z, Z_NO_FLUSH);
    text.resize(used + step - z.avail_out);
    if (text.size() > bytes_max) {
      return Error(InvalidArgument("the message is larger than " + std::to_string(bytes_max) +
                                   " bytes when it is decompressed"));
    }
  }
  if (result != Z_STREAM_END || z.avail_in != 0) {
    return Error(InvalidArgument("the message is not one whole gzip member"));
  }
  return text;
}

}  // namespace kalamdb::live
