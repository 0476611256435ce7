// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "cli/auth_api.h"
#include "cli/prompt.h"

namespace kalamdb::cli {

// The conversations that end in a login. Stateless. Confined to the main thread.
class LoginDialog {
 public:
  // All outlive this object.
  LoginDialog(AuthApi& api, Prompt& prompt, Output& output)
      : api_(api), prompt_(prompt), output_(output) {}

  // Asks for the password, and for the user when `user` is empty; up to three times.
  StatusOr<Answer<Login>> LogIn(std::string user);
  // First start of a server: asks for an administrator and the root password, then logs in as that
  // administrator. `user` is offered as its name.
  StatusOr<Answer<Login>> SetUp(std::string_view url, std::string user);

 private:
  StatusOr<std::string> AskUser(std::string_view question, std::string_view offered);
  StatusOr<std::string> AskNewPassword(std::string_view whose);
  StatusOr<Setup> AskSetup(std::string_view user);
  Status Say(std::string_view text);

  AuthApi& api_;
  Prompt& prompt_;
  Output& output_;
};

}  // namespace kalamdb::cli
