// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kalamdb::cli {

// Receives the parts of an answer as EnvelopeScanner meets them. Each `json` is one complete value
// as it stood in the text, without space around it, and lives until the call returns. A status
// that is not OK stops the scan.
class EnvelopeSink {
 public:
  virtual ~EnvelopeSink() = default;
  virtual Status OnMember(std::string_view key, std::string_view json) = 0;  // Of the envelope.
  virtual Status OnResultBegin() = 0;
  virtual Status OnResultMember(std::string_view key, std::string_view json) = 0;
  virtual Status OnRow(std::string_view json) = 0;
  virtual Status OnResultEnd() = 0;
};

// Finds the parts of {"status": ..., "results": [{"schema": ..., "rows": [row, ...], ...}], ...}
// in text that arrives in pieces of any size, without ever holding more than one part. It follows
// nesting and strings only; whether a part is valid JSON is for the sink to say. Members may come
// in any order. A part beyond kPartBytesMax is refused. Thread-compatible; not usable after an
// error.
class EnvelopeScanner {
 public:
  // A row holds at most 16 MiB; BYTES take up to four characters a byte.
  static constexpr size_t kPartBytesMax = 128u << 20;

  explicit EnvelopeScanner(EnvelopeSink& sink) : sink_(sink) {}

  Status Feed(std::string_view text);
  // Whether the envelope is closed; anything else at the end of the text means it was cut off.
  bool complete() const { return where_ == Where::kAfterEnvelope; }

 private:
  // Containers that are entered rather than captured, outermost first.
  enum class Level : uint8_t { kNone, kEnvelope, kResults, kResult, kRows };
  enum class Where : uint8_t {
    kBeforeEnvelope,
    kFirstMember,  // After the opening bracket: a member or the closing bracket.
    kNextMember,   // After a comma: a member.
    kInKey,
    kBeforeColon,
    kBeforeValue,
    kInValue,
    kAfterMember,  // A comma or the closing bracket.
    kAfterEnvelope,
  };

  Status TakeStructure(char c);
  Status BeginMember(char c);
  Status BeginValue(char c);
  Status Enter(Level level);
  Status Leave(char c);
  // Takes text that belongs to the captured value or key; returns how many bytes.
  StatusOr<size_t> TakeValue(std::string_view text);
  StatusOr<size_t> TakeKey(std::string_view text);
  Status EndValue();
  bool in_array() const { return level_ == Level::kResults || level_ == Level::kRows; }

  EnvelopeSink& sink_;
  Level level_ = Level::kNone;
  Where where_ = Where::kBeforeEnvelope;
  std::string key_;
  std::string value_;
  size_t depth_ = 0;        // Open brackets inside the captured value.
  bool in_string_ = false;  // Inside the captured value or key.
  bool escaped_ = false;    // After a backslash in a string.
};

}  // namespace kalamdb::cli
