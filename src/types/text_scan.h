// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// Small pieces that the text parsers of this module share.
namespace kalamdb::types {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// `text` without ASCII white space at both ends.
constexpr std::string_view TrimSpaces(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\n\r\f\v";
  const size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) {
    return {};
  }
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

// Value of a hexadecimal digit; -1 for other characters.
constexpr int HexDigit(char c) {
  if (IsDigit(c)) {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Reads a text front to back. Borrows it.
class TextScanner {
 public:
  explicit TextScanner(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }
  bool AtDigit() const { return !rest_.empty() && IsDigit(rest_[0]); }
  // Precondition: AtDigit().
  int64_t TakeDigit() {
    const int64_t digit = rest_[0] - '0';
    rest_.remove_prefix(1);
    return digit;
  }
  bool Take(char c) {
    if (rest_.empty() || rest_[0] != c) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  void SkipSpaces() {
    while (Take(' ')) {
    }
  }
  // A number of `count_min` to `count_max` digits, at most 18.
  std::optional<int64_t> Digits(int count_min, int count_max) {
    int64_t number = 0;
    int count = 0;
    for (; count < count_max && AtDigit(); ++count) {
      number = number * 10 + TakeDigit();
    }
    return count >= count_min ? std::optional(number) : std::nullopt;
  }

 private:
  std::string_view rest_;
};

}  // namespace kalamdb::types
