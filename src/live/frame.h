// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace kalamdb::live {

enum class Serialization : uint8_t { kJson, kMessagePack };

// How a connection wants its messages.
struct Encoding {
  Serialization serialization = Serialization::kJson;
  bool is_compressing = true;  // gzip for payloads of limits::kLiveGzipBytesMin and more.
  bool operator==(const Encoding&) const = default;
};

// Frames that are about the connection itself, by the number on the wire.
enum class Control : uint8_t { kClose = 0x8, kPing = 0x9, kPong = 0xa };
constexpr size_t kControlPayloadBytesMax = 125;

// One WebSocket frame as it goes over the wire, header and payload: a server's frames are not
// masked, so the same bytes serve every receiver. Immutable; shared by the queues of all sessions
// that get it.
class Frame {
 public:
  // The frame of a message, given as JSON. Text in JSON mode; binary when compressed or
  // MessagePack.
  static std::shared_ptr<const Frame> Encode(std::string_view json, Encoding encoding);
  // Precondition: at most kControlPayloadBytesMax.
  static std::shared_ptr<const Frame> MakeControl(Control kind, std::string_view payload);

  const std::string& bytes() const { return bytes_; }

 private:
  explicit Frame(std::string bytes) : bytes_(std::move(bytes)) {}
  std::string bytes_;
};
using FramePtr = std::shared_ptr<const Frame>;

}  // namespace kalamdb::live
