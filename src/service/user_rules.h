// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/status.h"

// What a user id, a password and an address may look like. All give InvalidArgument with the rule
// that was broken.
namespace kalamdb::service {

struct PasswordRules {
  bool is_complexity_enforced = false;  // Upper, lower, digit and another character.
};

// 8 to 72 bytes, no NUL, none of the most common ones.
Status CheckPassword(std::string_view password, const PasswordRules& rules);
// 1 to 128 bytes of UTF-8 without control characters; not `anonymous`.
Status CheckUserId(std::string_view id);
// One `@` with something on both sides, at most 254 bytes, no control characters or spaces.
Status CheckEmail(std::string_view email);

}  // namespace kalamdb::service
