// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "cli/auth_api.h"
#include "cli/credentials.h"
#include "cli/login_dialog.h"
#include "cli/sql_api.h"

namespace kalamdb::cli {

// How a run of the program may log in.
struct LoginOptions {
  std::string user;                     // Empty when not given.
  std::optional<std::string> password;  // From the environment or standard input.
  bool can_ask = false;                 // There is somebody at the terminal.
  bool saves_login = false;             // Keep the tokens without asking.
};

// Finds the login of this run - a given password, stored tokens, or a conversation - and renews it
// when the server says that it has expired. Confined to the main thread.
class Authenticator : public TokenSource {
 public:
  // All outlive this object. `messages` is standard error.
  Authenticator(AuthApi& api, CredentialStore& store, Prompt& prompt, Output& messages,
                std::string url, LoginOptions options);

  // Gets a login; the server's error when it refuses. InvalidArgument when there is no way to get
  // one. A stored login is taken as it is: the server is first asked when it is used.
  StatusOr<Answer<void>> Start();

  const std::string& access_token() const override { return login_.access_token; }
  StatusOr<bool> Renew(const ServerError& error) override;
  const std::string& user() const { return login_.user; }

 private:
  StatusOr<Answer<void>> StartWithoutPassword();
  // Takes over the outcome of a login, and keeps it if the user wants that.
  StatusOr<Answer<void>> Adopt(Answer<Login> login, bool was_asked_for);
  StatusOr<Answer<Login>> SetUpOrExplain(const ServerError& error);
  Status OfferToSave();
  Status Save();
  void Warn(std::string_view text);

  AuthApi& api_;
  CredentialStore& store_;
  LoginDialog dialog_;
  Prompt& prompt_;
  Output& messages_;
  std::string url_;
  LoginOptions options_;
  Login login_;
  bool is_stored_ = false;  // New tokens replace the stored ones.
};

}  // namespace kalamdb::cli
