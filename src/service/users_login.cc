// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "service/bootstrap.h"
#include "service/users.h"

// Log-in and the first set-up: the part of Users that the server's auth endpoints use.
namespace kalamdb::service {

namespace {

using catalog::AuthType;
using catalog::UserDef;
using catalog::UserDefPtr;

constexpr uint32_t kFailuresMax = 5;  // In a row; then the account is locked.
constexpr int64_t kMicrosPerMinute = 60'000'000;
constexpr int64_t kLockMicros = 15 * kMicrosPerMinute;

std::unexpected<AuthError> Refuse(AuthFailure failure, std::string message) {
  return std::unexpected(AuthError{failure, std::move(message)});
}

std::unexpected<AuthError> WrongCredentials() {
  return Refuse(AuthFailure::kInvalidCredentials, "Invalid credentials");
}

std::unexpected<AuthError> Broken() {
  return Refuse(AuthFailure::kInternal, "Authentication failed");
}

std::unexpected<AuthError> Locked(int64_t micros_left) {
  const int64_t minutes =
      std::max<int64_t>(1, (micros_left + kMicrosPerMinute - 1) / kMicrosPerMinute);
  return Refuse(AuthFailure::kLocked,
                fmt::format("Account locked after too many failed log-ins. Try again in {} "
                            "minute(s).",
                            minutes));
}

bool IsLocked(const UserDef& user, int64_t now) {
  return user.locked_until.has_value() && *user.locked_until > now;
}

void CountFailure(UserDef& user, int64_t now) {
  if (user.locked_until.has_value()) {  // The lock has run out: counting starts again.
    user.locked_until.reset();
    user.failed_login_attempts = 0;
  }
  if (++user.failed_login_attempts >= kFailuresMax) {
    user.locked_until = now + kLockMicros;
  }
}

}  // namespace

AuthResult<UserInfo> Users::Login(const UserId& user, std::string_view password, bool is_loopback) {
  const UserDefPtr def = catalog_.FindUser(user);
  if (def == nullptr || def->deleted_at.has_value()) {
    hasher_.VerifyAgainstNothing(password);
    return WrongCredentials();
  }
  if (def->password_hash.empty()) {
    if (user.value == kRootUser && (password.empty() || is_loopback)) {
      return Refuse(AuthFailure::kSetupRequired,
                    "The server is not set up yet: root has no password");
    }
    const bool is_internal = def->auth_type == AuthType::kInternal || def->role == Role::kSystem;
    if (is_internal && !is_loopback) {
      return Refuse(AuthFailure::kForbidden,
                    "Remote access is not allowed for internal users without a password");
    }
    hasher_.VerifyAgainstNothing(password);
    return WrongCredentials();
  }
  const int64_t now = clock_.WallMicros();
  if (IsLocked(*def, now)) {
    return Locked(*def->locked_until - now);
  }
  return FinishLogin(def, hasher_.Verify(password, def->password_hash));
}

// Counts the outcome on the user as it is now: guesses sent side by side all passed the first look
// at the lock, but the fifth wrong one locks the account for the others too, right or wrong.
AuthResult<UserInfo> Users::FinishLogin(const UserDefPtr& user, bool is_right) {
  const int64_t now = clock_.WallMicros();
  std::optional<UserDef> after;
  int64_t locked_micros = 0;
  bool is_still_valid = false;
  const Status counted = catalog_.UpdateUser(user->id, [&](UserDef& def) {
    if (IsLocked(def, now)) {
      locked_micros = *def.locked_until - now;
      return false;
    }
    is_still_valid =
        is_right && !def.deleted_at.has_value() && def.password_hash == user->password_hash;
    if (is_still_valid) {
      def.failed_login_attempts = 0;
      def.locked_until.reset();
      def.last_login_at = now;
      after = def;
    } else {
      CountFailure(def, now);
    }
    return true;
  });
  if (!counted.ok()) {
    return Broken();
  }
  if (locked_micros > 0) {
    return Locked(locked_micros);
  }
  if (!is_still_valid) {
    return WrongCredentials();
  }
  return InfoOf(*after);
}

bool Users::NeedsSetup() const {
  const UserDefPtr root = catalog_.FindUser({kRootUser});
  return root == nullptr || root->password_hash.empty();
}

AuthResult<void> Users::CheckSetup(const SetupRequest& request) const {
  if (!NeedsSetup()) {
    return Refuse(AuthFailure::kAlreadyConfigured, "Server is already configured");
  }
  if (Status status = CheckUserId(request.user.value); !status.ok()) {
    return Refuse(AuthFailure::kInvalidUser, status.message());
  }
  if (Status status = CheckPassword(request.password, rules_); !status.ok()) {
    return Refuse(AuthFailure::kWeakPassword, "DBA user password: " + status.message());
  }
  if (Status status = CheckPassword(request.root_password, rules_); !status.ok()) {
    return Refuse(AuthFailure::kWeakPassword, "Root password: " + status.message());
  }
  if (request.email.has_value()) {
    if (Status status = CheckEmail(*request.email); !status.ok()) {
      return Refuse(AuthFailure::kInvalidUser, status.message());
    }
  }
  if (catalog_.FindUser(request.user) != nullptr) {
    return Refuse(AuthFailure::kUserExists, "User '" + request.user.value + "' already exists");
  }
  return {};
}

AuthResult<UserInfo> Users::Setup(const SetupRequest& request) {
  const MutexLock lock(setup_mu_);
  if (AuthResult<void> checked = CheckSetup(request); !checked) {
    return std::unexpected(std::move(checked).error());
  }
  StatusOr<std::string> dba_hash = hasher_.Hash(request.password);
  StatusOr<std::string> root_hash = hasher_.Hash(request.root_password);
  const UserDefPtr stored_root = catalog_.FindUser({kRootUser});
  if (!dba_hash || !root_hash || stored_root == nullptr) {
    return Broken();
  }
  UserDef dba;
  dba.id = request.user;
  dba.password_hash = std::move(*dba_hash);
  dba.role = Role::kDba;
  dba.email = request.email;
  UserDef root = *stored_root;
  root.password_hash = std::move(*root_hash);
  root.failed_login_attempts = 0;
  root.locked_until.reset();
  root.updated_at = clock_.WallMicros();

  std::vector<UserDef> created;
  created.push_back(std::move(dba));
  std::vector<UserDef> updated;
  updated.push_back(std::move(root));
  if (const Status status = catalog_.WriteUsers(std::move(created), std::move(updated));
      status.code() == StatusCode::kAlreadyExists) {
    return Refuse(AuthFailure::kUserExists, status.message());
  } else if (!status.ok()) {
    return Broken();
  }
  return InfoOf(*catalog_.FindUser(request.user));
}

}  // namespace kalamdb::service
