// SPDX-License-Identifier: Apache-2.0
#include "service/user_rules.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

#include "base/limits.h"
#include "service/password.h"
#include "types/coerce.h"
#include "types/schema.h"

namespace kalamdb::service {

namespace {

constexpr size_t kPasswordBytesMin = 8;
constexpr size_t kEmailBytesMax = 254;

constexpr std::array<std::string_view, 24> kCommonPasswords = {
    "password", "123456", "12345678", "qwerty",   "abc123",   "monkey",   "1234567", "letmein",
    "trustno1", "dragon", "baseball", "iloveyou", "master",   "sunshine", "ashley",  "bailey",
    "passw0rd", "shadow", "123123",   "654321",   "superman", "qazwsx",   "michael", "football"};

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// C0 and C1 control characters: the latter are U+0080 to U+009F, C2 80 to C2 9F in UTF-8.
bool HasControlCharacters(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsControl(text[i])) {
      return true;
    }
    if (static_cast<unsigned char>(text[i]) == 0xC2 && i + 1 < text.size() &&
        static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

bool IsComplex(std::string_view password) {
  const auto has = [password](auto&& is_of_class) {
    return std::ranges::any_of(password, is_of_class);
  };
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_other = [&](char c) { return !is_upper(c) && !is_lower(c) && !is_digit(c); };
  return has(is_upper) && has(is_lower) && has(is_digit) && has(is_other);
}

}  // namespace

Status CheckPassword(std::string_view password, const PasswordRules& rules) {
  if (password.size() < kPasswordBytesMin) {
    return InvalidArgument(
        fmt::format("the password is too short: at least {} characters", kPasswordBytesMin));
  }
  if (password.size() > kPasswordBytesMax) {
    return InvalidArgument(
        fmt::format("the password is too long: at most {} bytes", kPasswordBytesMax));
  }
  if (password.find('\0') != std::string_view::npos) {
    return InvalidArgument("the password must not hold a NUL byte");
  }
  const auto is_same = [password](std::string_view common) {
    return types::EqualsIgnoreCase(common, password);
  };
  if (std::ranges::any_of(kCommonPasswords, is_same)) {
    return InvalidArgument("the password is one of the most common ones: choose another");
  }
  if (rules.is_complexity_enforced && !IsComplex(password)) {
    return InvalidArgument(
        "the password needs an upper-case letter, a lower-case letter, a digit and another "
        "character");
  }
  return {};
}

Status CheckUserId(std::string_view id) {
  if (id.empty() || id.size() > limits::kUserIdBytesMax) {
    return InvalidArgument(
        fmt::format("a user id has 1 to {} bytes, not {}", limits::kUserIdBytesMax, id.size()));
  }
  if (!types::IsCleanUtf8(id) || HasControlCharacters(id)) {
    return InvalidArgument("a user id is UTF-8 text without control characters");
  }
  if (id == "anonymous") {
    return InvalidArgument("the user id 'anonymous' is reserved");
  }
  return {};
}

Status CheckEmail(std::string_view email) {
  const size_t at = email.find('@');
  const bool has_one_at = at != std::string_view::npos && at > 0 && at + 1 < email.size() &&
                          email.find('@', at + 1) == std::string_view::npos;
  if (!has_one_at || email.size() > kEmailBytesMax || !types::IsCleanUtf8(email) ||
      HasControlCharacters(email) || email.find(' ') != std::string_view::npos) {
    return InvalidArgument(
        fmt::format("an email address is name@host of at most {} bytes", kEmailBytesMax));
  }
  return {};
}

}  // namespace kalamdb::service
