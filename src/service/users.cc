// SPDX-License-Identifier: Apache-2.0
#include "service/users.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "service/bootstrap.h"
#include "types/coerce.h"

namespace kalamdb::service {

namespace {

using catalog::AuthType;
using catalog::UserDef;
using catalog::UserDefPtr;

// A user that exists as far as anyone may know.
UserDefPtr FindActive(const catalog::Catalog& catalog, const UserId& id) {
  UserDefPtr user = catalog.FindUser(id);
  return user == nullptr || user->deleted_at.has_value() ? nullptr : user;
}

Status NoSuchUser(const std::string& name) { return NotFound("User '" + name + "' not found"); }

Status CheckMayTouch(const UserDef& user, const Caller& caller) {
  if (user.role == Role::kSystem && caller.role != Role::kSystem && caller.user != user.id) {
    return PermissionDenied("Only a system user may change the system user '" + user.id.value +
                            "'");
  }
  return {};
}

Status CheckMayGrant(Role role, const Caller& caller) {
  if (role == Role::kSystem && caller.role != Role::kSystem) {
    return PermissionDenied("Only a system user may grant the role system");
  }
  if (role == Role::kAnonymous) {
    return InvalidArgument("the role anonymous cannot be granted");
  }
  return {};
}

Status CheckAlter(const sql::AlterUser& statement, const UserDef& user, const Caller& caller) {
  const bool is_self = caller.user == user.id;
  if (!IsAdmin(caller.role) && (!is_self || statement.role || statement.email)) {
    return PermissionDenied("Users may change their own password only");
  }
  KALAMDB_RETURN_IF_ERROR(CheckMayTouch(user, caller));
  if (statement.role) {
    KALAMDB_RETURN_IF_ERROR(CheckMayGrant(*statement.role, caller));
    if (user.id.value == kRootUser && *statement.role != Role::kSystem) {
      return InvalidOperation("The role of 'root' cannot be changed");
    }
  }
  return statement.email ? CheckEmail(*statement.email) : Status();
}

}  // namespace

UserInfo Users::InfoOf(const UserDef& user) {
  return {.id = user.id,
          .role = user.role,
          .email = user.email,
          .created_at = user.created_at,
          .updated_at = user.updated_at};
}

std::optional<UserInfo> Users::Find(const UserId& user) const {
  const UserDefPtr def = FindActive(catalog_, user);
  return def == nullptr ? std::nullopt : std::optional(InfoOf(*def));
}

StatusOr<UserDef> Users::NewUser(const sql::CreateUser& statement) const {
  UserDef user;
  user.id = {statement.name};
  user.role = statement.role;
  user.email = statement.email;
  switch (statement.auth) {
    case sql::CreateUser::Auth::kPassword: {
      user.auth_type = AuthType::kPassword;
      KALAMDB_RETURN_IF_ERROR(CheckPassword(statement.secret, rules_));
      KALAMDB_ASSIGN_OR_RETURN(user.password_hash, hasher_.Hash(statement.secret));
      break;
    }
    case sql::CreateUser::Auth::kOAuth:
      user.auth_type = AuthType::kOAuth;
      if (!statement.secret.empty()) {
        if (!types::IsWellFormedJson(statement.secret)) {
          return Error(
              InvalidArgument("the value of OAUTH is a JSON object such as "
                              "'{\"provider\":\"google\",\"subject\":\"123\"}'"));
        }
        user.auth_data = statement.secret;
      }
      break;
    case sql::CreateUser::Auth::kInternal:
      user.auth_type = AuthType::kInternal;
      break;
  }
  return user;
}

StatusOr<std::string> Users::Create(const sql::CreateUser& statement, const Caller& caller) {
  KALAMDB_RETURN_IF_ERROR(CheckUserId(statement.name));
  if (const UserDefPtr user = catalog_.FindUser({statement.name})) {
    if (user->deleted_at.has_value()) {
      return Error(AlreadyExists("User '" + statement.name +
                                 "' already exists: the id of a dropped user is not used again"));
    }
    if (statement.if_not_exists) {
      return "User '" + statement.name + "' already exists";
    }
    return Error(AlreadyExists("User '" + statement.name + "' already exists"));
  }
  KALAMDB_RETURN_IF_ERROR(CheckMayGrant(statement.role, caller));
  if (statement.email) {
    KALAMDB_RETURN_IF_ERROR(CheckEmail(*statement.email));
  }
  KALAMDB_ASSIGN_OR_RETURN(UserDef user, NewUser(statement));
  KALAMDB_RETURN_IF_ERROR(catalog_.CreateUser(std::move(user)));
  return "User '" + statement.name + "' created";
}

StatusOr<std::string> Users::Alter(const sql::AlterUser& statement, const Caller& caller) {
  const UserDefPtr user = FindActive(catalog_, {statement.name});
  if (user == nullptr) {
    return Error(NoSuchUser(statement.name));
  }
  KALAMDB_RETURN_IF_ERROR(CheckAlter(statement, *user, caller));
  std::optional<std::string> hash;
  if (statement.password) {
    KALAMDB_RETURN_IF_ERROR(CheckPassword(*statement.password, rules_));
    KALAMDB_ASSIGN_OR_RETURN(hash, hasher_.Hash(*statement.password));
  }
  const int64_t now = clock_.WallMicros();
  Status refused;
  KALAMDB_RETURN_IF_ERROR(catalog_.UpdateUser(user->id, [&](UserDef& def) {
    // The user may have been changed or dropped while the password was hashed.
    refused = def.deleted_at ? NoSuchUser(statement.name) : CheckAlter(statement, def, caller);
    if (!refused.ok()) {
      return false;
    }
    if (hash) {
      def.password_hash = *hash;
      def.failed_login_attempts = 0;
      def.locked_until.reset();
    }
    def.role = statement.role.value_or(def.role);
    def.email = statement.email ? statement.email : def.email;
    def.updated_at = now;
    return true;
  }));
  KALAMDB_RETURN_IF_ERROR(std::move(refused));
  return "User '" + statement.name + "' updated";
}

StatusOr<std::string> Users::Drop(const sql::DropUser& statement, const Caller& caller) {
  const UserDefPtr user = FindActive(catalog_, {statement.name});
  if (user == nullptr) {
    if (statement.if_exists) {
      return "User '" + statement.name + "' does not exist (skipped)";
    }
    return Error(NoSuchUser(statement.name));
  }
  if (statement.name == kRootUser) {
    return Error(InvalidOperation("The user 'root' cannot be dropped"));
  }
  if (user->id == caller.user) {
    return Error(InvalidOperation("Users cannot drop themselves"));
  }
  const int64_t now = clock_.WallMicros();
  Status refused;
  KALAMDB_RETURN_IF_ERROR(catalog_.UpdateUser(user->id, [&](UserDef& def) {
    refused = CheckMayTouch(def, caller);
    if (!refused.ok() || def.deleted_at.has_value()) {
      return false;
    }
    def.deleted_at = def.updated_at = now;
    return true;
  }));
  KALAMDB_RETURN_IF_ERROR(std::move(refused));
  return "User '" + statement.name + "' dropped (soft delete)";
}

}  // namespace kalamdb::service
