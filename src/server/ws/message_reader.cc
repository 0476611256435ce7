// SPDX-License-Identifier: Apache-2.0
#include "server/ws/message_reader.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include <simdjson.h>

#include "live/frame.h"

namespace kalamdb::server {

namespace {

constexpr uint8_t kFinalBit = 0x80;
constexpr uint8_t kReservedBits = 0x70;
constexpr uint8_t kOpcodeBits = 0x0f;
constexpr uint8_t kMaskBit = 0x80;
constexpr uint8_t kLengthBits = 0x7f;
constexpr uint8_t kLength16 = 126;
constexpr uint8_t kLength64 = 127;
// Memory for a message is taken as it arrives, not as it is announced.
constexpr uint64_t kReserveBytes = 16u << 10;

bool IsUtf8Text(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

// Codes that may be sent (RFC 6455 section 7.4 and the registry it opened).
bool IsSendableCloseCode(uint16_t code) {
  return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
         (code >= 3000 && code <= 4999);
}

// XORs with the mask, eight bytes at a time.
void Unmask(std::span<char> bytes, const std::array<uint8_t, 4>& mask, uint8_t at) {
  std::array<uint8_t, 8> turned{};
  for (size_t i = 0; i < turned.size(); ++i) {
    turned[i] = mask[(at + i) % mask.size()];
  }
  uint64_t wide = 0;
  std::memcpy(&wide, turned.data(), sizeof(wide));
  size_t done = 0;
  for (; done + sizeof(wide) <= bytes.size(); done += sizeof(wide)) {
    uint64_t eight = 0;
    std::memcpy(&eight, bytes.data() + done, sizeof(eight));
    eight ^= wide;
    std::memcpy(bytes.data() + done, &eight, sizeof(eight));
  }
  for (; done < bytes.size(); ++done) {
    bytes[done] = static_cast<char>(static_cast<uint8_t>(bytes[done]) ^ turned[done % 8]);
  }
}

}  // namespace

std::string ClosePayload(const CloseReason& reason) {
  constexpr size_t kTextBytesMax = live::kControlPayloadBytesMax - 2;
  size_t size = std::min(reason.text.size(), kTextBytesMax);
  // Not within a character: continuation bytes are 10xxxxxx.
  while (size < reason.text.size() && size > 0 &&
         (static_cast<uint8_t>(reason.text[size]) & 0xc0) == 0x80) {
    --size;
  }
  std::string payload;
  payload += static_cast<char>(reason.code >> 8);
  payload += static_cast<char>(reason.code);
  payload.append(reason.text, 0, size);
  return payload;
}

std::optional<Input> MessageReader::Next(std::span<char>* bytes) {
  for (;;) {
    if (!has_header_) {
      if (!ReadHeader(bytes)) {
        return std::nullopt;
      }
      has_header_ = true;
      if (auto input = CheckHeader()) {
        return input;
      }
    }
    if (auto input = TakePayload(bytes)) {
      return input;
    }
    if (left_bytes_ > 0) {
      return std::nullopt;
    }
    has_header_ = false;
    header_bytes_ = 0;
    if (auto input = OnFrameEnd()) {
      return input;
    }
  }
}

bool MessageReader::ReadHeader(std::span<char>* bytes) {
  for (;;) {
    size_t wanted = 2;
    if (header_bytes_ >= 2) {
      const uint8_t length = header_[1] & kLengthBits;
      wanted += length == kLength16 ? 2 : length == kLength64 ? 8 : 0;
      wanted += (header_[1] & kMaskBit) != 0 ? mask_.size() : 0;
    }
    if (header_bytes_ == wanted) {
      return true;
    }
    const size_t taken = std::min(wanted - header_bytes_, bytes->size());
    if (taken == 0) {
      return false;
    }
    std::memcpy(header_.data() + header_bytes_, bytes->data(), taken);
    header_bytes_ = static_cast<uint8_t>(header_bytes_ + taken);
    *bytes = bytes->subspan(taken);
  }
}

std::optional<Input> MessageReader::CheckHeader() {
  is_final_ = (header_[0] & kFinalBit) != 0;
  opcode_ = static_cast<Opcode>(header_[0] & kOpcodeBits);
  const uint8_t length = header_[1] & kLengthBits;
  const size_t extra = length == kLength16 ? 2 : length == kLength64 ? 8 : 0;
  left_bytes_ = extra == 0 ? length : 0;
  for (size_t i = 0; i < extra; ++i) {
    left_bytes_ = left_bytes_ << 8 | header_[2 + i];
  }
  if ((header_[0] & kReservedBits) != 0) {
    return Broken(CloseCode::kProtocolError, "reserved bits are set: no extension was agreed on");
  }
  if ((header_[1] & kMaskBit) == 0) {
    return Broken(CloseCode::kProtocolError, "frames of a client must be masked");
  }
  if (left_bytes_ >> 63 != 0) {
    return Broken(CloseCode::kProtocolError, "the length of a frame has more than 63 bits");
  }
  std::copy_n(header_.begin() + 2 + static_cast<ptrdiff_t>(extra), mask_.size(), mask_.begin());
  mask_at_ = 0;
  switch (opcode_) {
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
      return BeginData();
    case Opcode::kClose:
    case Opcode::kPing:
    case Opcode::kPong:
      if (!is_final_ || left_bytes_ > live::kControlPayloadBytesMax) {
        return Broken(CloseCode::kProtocolError, "a control frame is fragmented or too long");
      }
      control_.clear();
      return std::nullopt;
  }
  return Broken(CloseCode::kProtocolError, "unknown opcode");
}

std::optional<Input> MessageReader::BeginData() {
  const bool is_continuation = opcode_ == Opcode::kContinuation;
  if (is_continuation != is_in_message_) {
    return Broken(CloseCode::kProtocolError, is_continuation
                                                 ? "a continuation without a message"
                                                 : "a message within a fragmented message");
  }
  if (!is_in_message_) {
    is_in_message_ = true;
    is_text_ = opcode_ == Opcode::kText;
    is_skipping_ = false;
    skipped_bytes_ = 0;
  }
  const uint64_t skippable = uint64_t{message_bytes_max_} * kSkippedFactorMax;
  if (left_bytes_ > skippable || skipped_bytes_ + left_bytes_ > skippable) {
    return Broken(CloseCode::kTooLarge, "the message is too large");
  }
  if (is_skipping_) {
    skipped_bytes_ += left_bytes_;
    return std::nullopt;
  }
  const uint64_t size = message_.size() + left_bytes_;
  if (size > message_bytes_max_) {
    return Skip(size);
  }
  message_.reserve(static_cast<size_t>(message_.size() + std::min(left_bytes_, kReserveBytes)));
  return std::nullopt;
}

std::optional<Input> MessageReader::TakePayload(std::span<char>* bytes) {
  const auto size = static_cast<size_t>(std::min<uint64_t>(left_bytes_, bytes->size()));
  const std::span<char> part = bytes->first(size);
  *bytes = bytes->subspan(size);
  left_bytes_ -= size;
  if (!IsControl()) {
    if (is_skipping_) {
      return std::nullopt;
    }
    const bool is_large = message_.size() + size > kUnbudgetedMessageBytes;
    if (is_large && !share_.Take(size)) {
      return Skip(message_.size() + size + left_bytes_);
    }
  }
  Unmask(part, mask_, mask_at_);
  mask_at_ = static_cast<uint8_t>((mask_at_ + size) % mask_.size());
  (IsControl() ? control_ : message_).append(part.data(), part.size());
  return std::nullopt;
}

Input MessageReader::Skip(uint64_t message_bytes) {
  message_ = {};
  share_.Release();
  is_skipping_ = true;
  skipped_bytes_ = message_bytes;
  return MakeInput(Input::Kind::kTooLarge, "");
}

std::optional<Input> MessageReader::OnFrameEnd() {
  switch (opcode_) {
    case Opcode::kPing:
      return MakeInput(Input::Kind::kPing, std::exchange(control_, {}));
    case Opcode::kPong:
      return MakeInput(Input::Kind::kPong, std::exchange(control_, {}));
    case Opcode::kClose:
      return OnClose();
    case Opcode::kContinuation:
    case Opcode::kText:
    case Opcode::kBinary:
      break;
  }
  if (!is_final_) {
    return std::nullopt;
  }
  is_in_message_ = false;
  if (std::exchange(is_skipping_, false)) {
    return std::nullopt;
  }
  if (is_text_ && !IsUtf8Text(message_)) {
    return Broken(CloseCode::kInvalidText, "a text message is not UTF-8");
  }
  Input input =
      MakeInput(is_text_ ? Input::Kind::kText : Input::Kind::kBinary, std::exchange(message_, {}));
  input.share = std::move(share_);
  return input;
}

Input MessageReader::OnClose() {
  const std::string payload = std::exchange(control_, {});
  if (payload.empty()) {
    Input input = MakeInput(Input::Kind::kClose, "");
    input.close.emplace(CloseCode::kNormal, "");
    return input;
  }
  const uint16_t code = payload.size() < 2
                            ? uint16_t{0}
                            : static_cast<uint16_t>(static_cast<uint8_t>(payload[0]) << 8 |
                                                    static_cast<uint8_t>(payload[1]));
  if (!IsSendableCloseCode(code)) {
    return Broken(CloseCode::kProtocolError, "a close frame without a valid code");
  }
  if (!IsUtf8Text(std::string_view(payload).substr(2))) {
    return Broken(CloseCode::kInvalidText, "the reason of a close is not UTF-8");
  }
  Input input = MakeInput(Input::Kind::kClose, payload.substr(2));
  input.close.emplace(code, "");
  return input;
}

Input MessageReader::MakeInput(Input::Kind kind, std::string payload) {
  return {.kind = kind, .payload = std::move(payload), .share = BudgetShare(budget_), .close = {}};
}

Input MessageReader::Broken(CloseCode code, std::string why) const {
  return {.kind = Input::Kind::kBroken,
          .payload = {},
          .share = BudgetShare(budget_),
          .close = CloseReason(code, std::move(why))};
}

}  // namespace kalamdb::server
