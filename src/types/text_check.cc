// SPDX-License-Identifier: Apache-2.0
#include <bitset>
#include <cstring>
#include <optional>

#include "types/coerce.h"
#include "types/text_scan.h"

// The checks of coerce.h on text: UTF-8 and JSON.
namespace kalamdb::types {

namespace {

// Nesting of arrays and objects. Beyond: not well-formed. Parsers that recurse over stored
// documents rely on it.
constexpr size_t kJsonDepthMax = 500;

constexpr uint64_t kEveryByte = 0x0101010101010101u;
constexpr uint64_t kHighBits = kEveryByte * 0x80;

// True when all eight bytes are ASCII other than NUL. With no high bit set, subtracting 1 from a
// byte borrows, and so sets high bits, only at or after a zero byte.
bool IsPlainAscii(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return ((word | (word - kEveryByte)) & kHighBits) == 0;
}

bool IsContinuation(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Length of the UTF-8 sequence at the front of `bytes`, 0 when there is none or it is NUL.
// Refuses overlong forms, surrogates and what is above U+10FFFF (Unicode 15, table 3-7).
size_t SequenceLength(std::string_view bytes) {
  const auto at = [bytes](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t lead = at(0);
  if (lead < 0x80) {
    return lead == 0 ? 0 : 1;
  }
  const size_t length = lead >= 0xF0 ? 4 : (lead >= 0xE0 ? 3 : 2);
  if (lead < 0xC2 || lead > 0xF4 || bytes.size() < length) {
    return 0;
  }
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(at(i))) {
      return 0;
    }
  }
  const uint8_t second = at(1);
  const bool is_refused = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                          (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return is_refused ? 0 : length;
}

// Checks one JSON document as of RFC 8259 without recursion. Expects clean UTF-8.
class JsonChecker {
 public:
  explicit JsonChecker(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool Check() {
    for (;;) {
      if (!EnterValue()) {
        return false;
      }
      if (is_inside_) {
        continue;  // An array or object was opened and its first value is next.
      }
      if (!LeaveValue()) {
        return false;
      }
      if (!is_inside_) {
        return at_ == end_;
      }
    }
  }

 private:
  // Reads a scalar or an empty container, or opens a container: then is_inside_ says that a value
  // must follow.
  bool EnterValue() {
    SkipSpace();
    is_inside_ = false;
    if (at_ == end_) {
      return false;
    }
    switch (*at_) {
      case '{':
        return Open(true, '}');
      case '[':
        return Open(false, ']');
      case '"':
        return String();
      case 't':
        return Word("true");
      case 'f':
        return Word("false");
      case 'n':
        return Word("null");
      default:
        return Number();
    }
  }

  bool Open(bool is_object, char closing) {
    ++at_;
    if (depth_ == kJsonDepthMax) {
      return false;
    }
    SkipSpace();
    if (Take(closing)) {
      return true;
    }
    is_object_[depth_++] = is_object;
    is_inside_ = true;
    return !is_object || Key();
  }

  // Reads what follows a value: closing marks, and a comma when is_inside_ becomes true.
  bool LeaveValue() {
    for (SkipSpace(); depth_ > 0; SkipSpace()) {
      const bool is_object = is_object_[depth_ - 1];
      if (Take(',')) {
        is_inside_ = true;
        return !is_object || Key();
      }
      if (!Take(is_object ? '}' : ']')) {
        return false;
      }
      --depth_;
    }
    return true;
  }

  bool Key() {
    SkipSpace();
    if (at_ == end_ || *at_ != '"' || !String()) {
      return false;
    }
    SkipSpace();
    return Take(':');
  }

  // At the opening quote.
  bool String() {
    ++at_;
    while (at_ != end_) {
      const char c = *at_++;
      if (c == '"') {
        return true;
      }
      if (static_cast<uint8_t>(c) < 0x20 || (c == '\\' && !Escape())) {
        return false;
      }
    }
    return false;
  }

  bool Escape() {
    if (at_ == end_) {
      return false;
    }
    const char c = *at_++;
    if (c != 'u') {
      return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    }
    const auto unit = FourHexDigits();
    if (!unit || (*unit >= 0xDC00 && *unit <= 0xDFFF)) {
      return false;
    }
    if (*unit < 0xD800 || *unit > 0xDBFF) {
      return true;
    }
    // The first half of a pair: without the second it is no character.
    if (!Take('\\') || !Take('u')) {
      return false;
    }
    const auto second = FourHexDigits();
    return second && *second >= 0xDC00 && *second <= 0xDFFF;
  }

  std::optional<int> FourHexDigits() {
    int unit = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = at_ == end_ ? -1 : HexDigit(*at_++);
      if (digit < 0) {
        return std::nullopt;
      }
      unit = unit * 16 + digit;
    }
    return unit;
  }

  bool Number() {
    Take('-');
    if (!Take('0') && !Digits()) {
      return false;
    }
    if (Take('.') && !Digits()) {
      return false;
    }
    if (Take('e') || Take('E')) {
      if (!Take('+')) {
        Take('-');
      }
      return Digits();
    }
    return true;
  }

  bool Digits() {
    const char* const begin = at_;
    while (at_ != end_ && IsDigit(*at_)) {
      ++at_;
    }
    return at_ != begin;
  }

  bool Word(std::string_view word) {
    if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(word)) {
      return false;
    }
    at_ += word.size();
    return true;
  }

  bool Take(char c) {
    if (at_ == end_ || *at_ != c) {
      return false;
    }
    ++at_;
    return true;
  }

  void SkipSpace() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
      ++at_;
    }
  }

  const char* at_;
  const char* const end_;
  size_t depth_ = 0;
  bool is_inside_ = false;
  std::bitset<kJsonDepthMax> is_object_;  // Of each open container, outermost first.
};

}  // namespace

bool IsCleanUtf8(std::string_view text) {
  while (!text.empty()) {
    if (text.size() >= sizeof(uint64_t) && IsPlainAscii(text.data())) {
      text.remove_prefix(sizeof(uint64_t));
      continue;
    }
    const size_t length = SequenceLength(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

bool IsWellFormedJson(std::string_view text) {
  return IsCleanUtf8(text) && JsonChecker(text).Check();
}

}  // namespace kalamdb::types
