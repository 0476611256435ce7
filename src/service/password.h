// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kalamdb::service {

// bcrypt looks at no more bytes than this and stops at a NUL: longer passwords and those with a NUL
// are refused instead of being cut.
constexpr size_t kPasswordBytesMax = 72;

// Hashes and checks passwords with bcrypt; each call takes tens to hundreds of milliseconds and
// doubles with each step of `cost`. Immutable, thread-safe.
class PasswordHasher {
 public:
  // `cost`: 4 to 31.
  explicit PasswordHasher(int cost);

  // A salted hash, "$2b$...". InvalidArgument for a password that bcrypt would cut.
  StatusOr<std::string> Hash(std::string_view password) const;
  // Takes the same time for a wrong password as for the right one. False for what is no hash of
  // ours.
  bool Verify(std::string_view password, const std::string& hash) const;
  // As long as Verify(), with nothing to compare: what a login for an unknown user does, so that
  // its answer takes as long as one for a known user.
  void VerifyAgainstNothing(std::string_view password) const;

 private:
  int cost_;
  std::string no_hash_;  // Well-formed, of our cost, and of no known password.
};

}  // namespace kalamdb::service
