// SPDX-License-Identifier: Apache-2.0
#include "catalog/names.h"

#include "catalog/catalog.h"
#include "catalog/table_def.h"

namespace kalamdb::catalog {

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kAnonymous:
      return "anonymous";
    case Role::kUser:
      return "user";
    case Role::kService:
      return "service";
    case Role::kDba:
      return "dba";
    case Role::kSystem:
      return "system";
  }
  return "unknown";
}

std::string_view RoleTitle(Role role) {
  switch (role) {
    case Role::kAnonymous:
      return "Anonymous";
    case Role::kUser:
      return "User";
    case Role::kService:
      return "Service";
    case Role::kDba:
      return "Dba";
    case Role::kSystem:
      return "System";
  }
  return "Unknown";
}

std::string_view AuthTypeName(AuthType type) {
  switch (type) {
    case AuthType::kPassword:
      return "Password";
    case AuthType::kOAuth:
      return "OAuth";
    case AuthType::kInternal:
      return "Internal";
  }
  return "Unknown";
}

std::string_view TableKindName(TableKind kind) {
  switch (kind) {
    case TableKind::kUser:
      return "user";
    case TableKind::kShared:
      return "shared";
    case TableKind::kStream:
      return "stream";
  }
  return "unknown";
}

std::string_view AccessLevelName(AccessLevel level) {
  switch (level) {
    case AccessLevel::kPublic:
      return "public";
    case AccessLevel::kPrivate:
      return "private";
    case AccessLevel::kRestricted:
      return "restricted";
    case AccessLevel::kDba:
      return "dba";
  }
  return "unknown";
}

}  // namespace kalamdb::catalog
