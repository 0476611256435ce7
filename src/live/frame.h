// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kalamdb::live {

enum class Serialization : uint8_t { kJson, kMessagePack };

// How a connection wants its messages.
struct Encoding {
  Serialization serialization = Serialization::kJson;
  bool is_compressing = true;  // gzip for payloads of limits::kLiveGzipBytesMin and more.
  bool operator==(const Encoding&) const = default;
};

// One WebSocket frame as it goes over the wire, header and payload: a server's frames are not
// masked, so the same bytes serve every receiver. Immutable; shared by the queues of all sessions
// that get it.
class Frame {
 public:
  // The frame of a message, given as JSON. Text in JSON mode; binary when compressed or MessagePack.
  static std::shared_ptr<const Frame> Encode(std::string_view json, Encoding encoding);

  const std::string& bytes() const { return bytes_; }

 private:
  explicit Frame(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};
using FramePtr = std::shared_ptr<const Frame>;

}  // namespace kalamdb::live
