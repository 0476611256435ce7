// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "catalog/catalog.h"
#include "service/password.h"
#include "service/sql_service.h"
#include "service/user_rules.h"
#include "service/user_service.h"
#include "sql/parser/statement.h"

namespace kalamdb::service {

// Log-ins, the first set-up, and the statements CREATE, ALTER and DROP USER. Thread-safe; may block
// on hashing and on the store, but holds no lock while it does (set-up alone excepted).
//
// The statements expect that Authorize() (service/authorization.h) has passed; what depends on the
// stored user, such as that only system users may change one, is checked here.
class Users final : public UserService {
 public:
  Users(catalog::Catalog& catalog, const Clock& clock, const PasswordHasher& hasher,
        PasswordRules rules)
      : catalog_(catalog), clock_(clock), hasher_(hasher), rules_(rules) {}

  AuthResult<UserInfo> Login(const UserId& user, std::string_view password,
                             bool is_loopback) override;
  std::optional<UserInfo> Find(const UserId& user) const override;
  bool NeedsSetup() const override;
  AuthResult<UserInfo> Setup(const SetupRequest& request) override;

  // The message for the client.
  StatusOr<std::string> Create(const sql::CreateUser& statement, const Caller& caller);
  StatusOr<std::string> Alter(const sql::AlterUser& statement, const Caller& caller);
  StatusOr<std::string> Drop(const sql::DropUser& statement, const Caller& caller);

 private:
  static UserInfo InfoOf(const catalog::UserDef& user);
  AuthResult<UserInfo> FinishLogin(const catalog::UserDefPtr& user, bool is_right);
  StatusOr<catalog::UserDef> NewUser(const sql::CreateUser& statement) const;
  AuthResult<void> CheckSetup(const SetupRequest& request) const;

  catalog::Catalog& catalog_;
  const Clock& clock_;
  const PasswordHasher& hasher_;
  const PasswordRules rules_;
  Mutex setup_mu_;  // One set-up at a time: the second finds root's password set.
};

}  // namespace kalamdb::service
