// SPDX-License-Identifier: Apache-2.0
#include "live/frame.h"

#include <optional>

#include "base/check.h"
#include "base/limits.h"
#include "live/gzip.h"
#include "live/message_pack.h"

namespace kalamdb::live {

namespace {

// RFC 6455 section 5.2: the last (here: only) frame of a message, and what it is.
constexpr uint8_t kFinal = 0x80;
constexpr uint8_t kText = 0x1;
constexpr uint8_t kBinary = 0x2;
// Payloads of more bytes say so by these numbers and a longer length, big-endian.
constexpr size_t kShortBytesMax = 125;
constexpr uint8_t kLength16 = 126;
constexpr uint8_t kLength64 = 127;

void AppendBigEndian(uint64_t value, int bytes, std::string* out) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    *out += static_cast<char>(value >> shift);
  }
}

std::string WithHeader(uint8_t opcode, std::string_view payload) {
  std::string bytes;
  bytes.reserve(payload.size() + 10);
  bytes += static_cast<char>(kFinal | opcode);
  if (payload.size() <= kShortBytesMax) {
    bytes += static_cast<char>(payload.size());
  } else if (payload.size() <= UINT16_MAX) {
    bytes += static_cast<char>(kLength16);
    AppendBigEndian(payload.size(), 2, &bytes);
  } else {
    bytes += static_cast<char>(kLength64);
    AppendBigEndian(payload.size(), 8, &bytes);
  }
  bytes += payload;
  return bytes;
}

}  // namespace

FramePtr Frame::Encode(std::string_view json, Encoding encoding) {
  std::string_view payload = json;
  uint8_t opcode = kText;
  std::optional<std::string> packed;
  if (encoding.serialization == Serialization::kMessagePack) {
    packed = ToMessagePack(json);
    // Nothing we make is too deep. Should it happen, the client gets text, which says what it is.
    KALAMDB_DCHECK(packed.has_value());
    if (packed.has_value()) {
      payload = *packed;
      opcode = kBinary;
    }
  }
  std::string compressed;
  if (encoding.is_compressing && payload.size() >= limits::kLiveGzipBytesMin &&
      Gzip(payload, &compressed)) {
    payload = compressed;
    opcode = kBinary;
  }
  return FramePtr(new Frame(WithHeader(opcode, payload)));
}

FramePtr Frame::MakeControl(Control kind, std::string_view payload) {
  KALAMDB_CHECK(payload.size() <= kControlPayloadBytesMax);
  return FramePtr(new Frame(WithHeader(static_cast<uint8_t>(kind), payload)));
}

}  // namespace kalamdb::live
