// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "base/limits.h"
#include "sql/parser/own_parser.h"

namespace kalamdb::sql {
namespace {

StatusOr<std::string> UserName(TokenCursor& cursor) {
  KALAMDB_ASSIGN_OR_RETURN(std::string name, cursor.NameOrString("the name of a user"));
  if (name.empty() || name.size() > limits::kUserIdBytesMax) {
    return Error(InvalidSql("the name of a user has 1 to " +
                            std::to_string(limits::kUserIdBytesMax) + " bytes"));
  }
  return name;
}

StatusOr<Role> ParseRole(TokenCursor& cursor) {
  KALAMDB_ASSIGN_OR_RETURN(const std::string written, cursor.NameOrString("a role"));
  const std::string role = types::AsciiLower(written);
  if (role == "dba" || role == "admin") {
    return Role::kDba;
  }
  if (role == "service" || role == "developer" || role == "analyst") {
    return Role::kService;
  }
  if (role == "user" || role == "viewer" || role == "readonly") {
    return Role::kUser;
  }
  if (role == "system") {
    return Role::kSystem;
  }
  return Error(InvalidSql("role '" + written + "' does not exist: user, service, dba or system"));
}

// WITH PASSWORD 'p' | WITH OAUTH ['json'] | WITH INTERNAL.
Status ParseAuth(TokenCursor& cursor, CreateUser* create) {
  if (cursor.Accept(Keyword::kPassword)) {
    create->auth = CreateUser::Auth::kPassword;
    KALAMDB_ASSIGN_OR_RETURN(create->secret, cursor.String("the password as a string"));
    return {};
  }
  if (cursor.Accept(Keyword::kOauth)) {
    create->auth = CreateUser::Auth::kOAuth;
    if (cursor.Peek().kind == TokenKind::kString) {
      KALAMDB_ASSIGN_OR_RETURN(create->secret, cursor.String("JSON as a string"));
    }
    return {};
  }
  if (cursor.Accept(Keyword::kInternal)) {
    create->auth = CreateUser::Auth::kInternal;
    return {};
  }
  return cursor.Unexpected("PASSWORD, OAUTH or INTERNAL");
}

}  // namespace

StatusOr<CreateUser> ParseCreateUser(TokenCursor& cursor) {
  CreateUser create;
  KALAMDB_ASSIGN_OR_RETURN(create.if_not_exists, cursor.AcceptIfNotExists());
  KALAMDB_ASSIGN_OR_RETURN(create.name, UserName(cursor));
  bool has_role = false;
  bool has_auth = false;
  while (!cursor.AtEnd()) {
    if (!has_role && cursor.Accept(Keyword::kRole)) {
      has_role = true;
      KALAMDB_ASSIGN_OR_RETURN(create.role, ParseRole(cursor));
    } else if (!create.email.has_value() && cursor.Accept(Keyword::kEmail)) {
      KALAMDB_ASSIGN_OR_RETURN(create.email, cursor.String("the address as a string"));
    } else if (!has_auth) {
      cursor.Accept(Keyword::kWith);
      has_auth = true;
      KALAMDB_RETURN_IF_ERROR(ParseAuth(cursor, &create));
    } else {
      return Error(cursor.Unexpected("ROLE, EMAIL or the end"));
    }
  }
  if (!has_auth) {
    return Error(InvalidSql("CREATE USER needs WITH PASSWORD '...', WITH OAUTH or WITH INTERNAL"));
  }
  if (!has_role) {
    return Error(InvalidSql("CREATE USER needs a ROLE: user, service, dba or system"));
  }
  return create;
}

StatusOr<AlterUser> ParseAlterUser(TokenCursor& cursor) {
  AlterUser alter;
  KALAMDB_ASSIGN_OR_RETURN(alter.name, UserName(cursor));
  do {
    KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kSet));
    if (cursor.Accept(Keyword::kPassword)) {
      KALAMDB_ASSIGN_OR_RETURN(alter.password, cursor.String("the password as a string"));
    } else if (cursor.Accept(Keyword::kRole)) {
      KALAMDB_ASSIGN_OR_RETURN(alter.role, ParseRole(cursor));
    } else if (cursor.Accept(Keyword::kEmail)) {
      KALAMDB_ASSIGN_OR_RETURN(alter.email, cursor.String("the address as a string"));
    } else {
      return Error(cursor.Unexpected("PASSWORD, ROLE or EMAIL"));
    }
  } while (!cursor.AtEnd());
  return alter;
}

}  // namespace kalamdb::sql
