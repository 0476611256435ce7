// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace kalamdb::service {

// The part of a user that clients may see. Times are microseconds since 1970.
struct UserInfo {
  UserId id;
  Role role = Role::kAnonymous;
  std::optional<std::string> email;
  int64_t created_at = 0;
  int64_t updated_at = 0;
};

// Why an authentication or set-up request was refused; the wire id and HTTP status follow from it.
enum class AuthFailure : uint8_t {
  kInvalidCredentials,  // Wrong password, unknown or deleted user: never told apart.
  kLocked,              // Too many failures; the message tells the minutes left.
  kSetupRequired,       // Root has no password yet.
  kForbidden,           // Not from this address, or not with this role.
  kWeakPassword,
  kInvalidUser,         // The user id breaks the rules for ids.
  kUserExists,
  kAlreadyConfigured,   // Root has a password.
  kInternal,            // Storage or hashing failed.
};

struct AuthError {
  AuthFailure failure = AuthFailure::kInternal;
  std::string message;
};

template <class T>
using AuthResult = std::expected<T, AuthError>;

struct SetupRequest {
  UserId user;
  std::string password;
  std::string root_password;
  std::optional<std::string> email;
};

// Users as the server sees them. Thread-safe.
class UserService {
 public:
  virtual ~UserService() = default;

  // Checks a password (bcrypt: tens to hundreds of milliseconds on the calling thread) and counts
  // failures: five in a row lock the account for 15 minutes.
  virtual AuthResult<UserInfo> Login(const UserId& user, std::string_view password,
                                     bool is_loopback) = 0;
  // A user that exists and is not deleted; nothing otherwise. A memory look-up.
  virtual std::optional<UserInfo> Find(const UserId& user) const = 0;
  // True while root has no password.
  virtual bool NeedsSetup() const = 0;
  // Creates the first dba and sets root's password, in one step.
  virtual AuthResult<UserInfo> Setup(const SetupRequest& request) = 0;
};

}  // namespace kalamdb::service
