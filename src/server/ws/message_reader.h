// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "server/http/body_budget.h"
#include "server/ws/close_reason.h"

namespace kalamdb::server {

// What a client has sent, taken out of its frames.
struct Input {
  enum class Kind : uint8_t {
    kText,  // Of valid UTF-8.
    kBinary,
    kPing,
    kPong,
    kClose,
    kTooLarge,  // A message beyond the bound. What is left of it will be dropped.
    kBroken,    // Against the protocol: nothing after it can be read.
  };
  Kind kind;
  std::string payload;
  BudgetShare share;  // Of a large payload.
  // kClose: what to answer. kBroken: what to close with.
  std::optional<CloseReason> close;
};

// The receiving side of RFC 6455 for a server without extensions: frames in pieces of any size in,
// whole messages out. Written here because Beast's stream answers pings and closes by itself, on
// the socket that the connection writes its gathered frames to, and needs three times the memory.
// Thread-compatible.
//
// Bounds: a message has at most `message_bytes_max` bytes, and what is beyond
// kUnbudgetedMessageBytes counts against the budget of all connections. A message that breaks a
// bound is dropped as it arrives; one of more than kSkippedFactorMax times the bound is kBroken.
class MessageReader {
 public:
  static constexpr size_t kUnbudgetedMessageBytes = 16u << 10;
  static constexpr size_t kSkippedFactorMax = 16;

  MessageReader(size_t message_bytes_max, BodyBudget& budget)
      : message_bytes_max_(message_bytes_max), budget_(budget), share_(budget) {}

  // Takes bytes off the front of `*bytes`, which it may overwrite, until something is whole.
  // Nothing: all were taken, and more are needed. Not called again after kBroken.
  std::optional<Input> Next(std::span<char>* bytes);
  // For messages that have not begun.
  void set_message_bytes_max(size_t bytes) { message_bytes_max_ = bytes; }

 private:
  enum class Opcode : uint8_t {
    kContinuation = 0x0,
    kText = 0x1,
    kBinary = 0x2,
    kClose = 0x8,
    kPing = 0x9,
    kPong = 0xa,
  };

  bool IsControl() const { return static_cast<uint8_t>(opcode_) >= 0x8; }
  // False when more bytes are needed.
  bool ReadHeader(std::span<char>* bytes);
  std::optional<Input> CheckHeader();
  std::optional<Input> BeginData();
  std::optional<Input> TakePayload(std::span<char>* bytes);
  // Drops the message so far, and what will come of it.
  Input Skip(uint64_t message_bytes);
  std::optional<Input> OnFrameEnd();
  Input MakeInput(Input::Kind kind, std::string payload);
  Input Broken(CloseCode code, std::string why) const;
  Input OnClose();

  size_t message_bytes_max_;
  BodyBudget& budget_;

  // The frame that is arriving.
  std::array<uint8_t, 14> header_{};
  uint8_t header_bytes_ = 0;
  bool has_header_ = false;
  bool is_final_ = false;
  Opcode opcode_ = Opcode::kContinuation;
  std::array<uint8_t, 4> mask_{};
  uint8_t mask_at_ = 0;
  uint64_t left_bytes_ = 0;
  std::string control_;

  // The message that its data frames make up.
  bool is_in_message_ = false;
  bool is_text_ = false;
  bool is_skipping_ = false;
  uint64_t skipped_bytes_ = 0;
  std::string message_;
  BudgetShare share_;
};

}  // namespace kalamdb::server
