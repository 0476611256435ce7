// SPDX-License-Identifier: Apache-2.0
#include "cli/login_dialog.h"

#include <utility>

#include <fmt/format.h>

#include "cli/display_text.h"

namespace kalamdb::cli {
namespace {

constexpr int kTriesMax = 3;

// Whether trying again with other answers can help.
bool IsAboutTheAnswers(const ServerError& error) {
  return error.code == "unauthorized" || error.code == "weak_password" ||
         error.code == "invalid_user" || error.code == "user_exists";
}

}  // namespace

Status LoginDialog::Say(std::string_view text) {
  KALAMDB_RETURN_IF_ERROR(output_.Write(text));
  return output_.Flush();
}

StatusOr<std::string> LoginDialog::AskUser(std::string_view question, std::string_view offered) {
  while (true) {
    const std::string text = offered.empty() ? fmt::format("{}: ", question)
                                             : fmt::format("{} [{}]: ", question, offered);
    KALAMDB_ASSIGN_OR_RETURN(std::string user, prompt_.Ask(text));
    if (!user.empty()) {
      return user;
    }
    if (!offered.empty()) {
      return std::string(offered);
    }
  }
}

StatusOr<std::string> LoginDialog::AskNewPassword(std::string_view whose) {
  while (true) {
    KALAMDB_ASSIGN_OR_RETURN(std::string password,
                             prompt_.AskSecret(fmt::format("New password for {}: ", whose)));
    KALAMDB_ASSIGN_OR_RETURN(const std::string again,
                             prompt_.AskSecret(fmt::format("The same again: ")));
    if (password == again && !password.empty()) {
      return password;
    }
    KALAMDB_RETURN_IF_ERROR(Say(password.empty() ? "The password must not be empty.\n"
                                                 : "The two are not the same.\n"));
  }
}

StatusOr<Answer<Login>> LoginDialog::LogIn(std::string user) {
  const bool is_user_fixed = !user.empty();
  for (int tries = 1;; ++tries) {
    if (!is_user_fixed) {
      KALAMDB_ASSIGN_OR_RETURN(user, AskUser("User", user));
    }
    const std::string shown = EscapeForTerminal(user, LineBreaks::kEscape);
    KALAMDB_ASSIGN_OR_RETURN(const std::string password,
                             prompt_.AskSecret(fmt::format("Password for {}: ", shown)));
    KALAMDB_ASSIGN_OR_RETURN(Answer<Login> login, api_.LogIn(user, password));
    if (login.has_value() || !IsAboutTheAnswers(login.error()) || tries == kTriesMax) {
      return login;
    }
    KALAMDB_RETURN_IF_ERROR(
        Say(EscapeForTerminal(login.error().message, LineBreaks::kEscape) + "\n"));
  }
}

StatusOr<Setup> LoginDialog::AskSetup(std::string_view user) {
  Setup setup;
  KALAMDB_ASSIGN_OR_RETURN(setup.user, AskUser("Name of the administrator", user));
  KALAMDB_ASSIGN_OR_RETURN(setup.password,
                           AskNewPassword(EscapeForTerminal(setup.user, LineBreaks::kEscape)));
  KALAMDB_ASSIGN_OR_RETURN(setup.root_password, AskNewPassword("root"));
  KALAMDB_ASSIGN_OR_RETURN(setup.email,
                           prompt_.Ask("E-mail of the administrator (may be empty): "));
  return setup;
}

StatusOr<Answer<Login>> LoginDialog::SetUp(std::string_view url, std::string user) {
  KALAMDB_RETURN_IF_ERROR(Say(
      fmt::format("The server at {} is new: it has no administrator yet. Choose one now.\n", url)));
  if (user == "root") {
    user.clear();
  }
  for (int tries = 1;; ++tries) {
    KALAMDB_ASSIGN_OR_RETURN(const Setup setup, AskSetup(user));
    KALAMDB_ASSIGN_OR_RETURN(const Answer<std::string> created, api_.SetUp(setup));
    if (created.has_value()) {
      KALAMDB_RETURN_IF_ERROR(Say(fmt::format("Done. Logging in as {}.\n",
                                              EscapeForTerminal(setup.user, LineBreaks::kEscape))));
      return api_.LogIn(setup.user, setup.password);
    }
    if (!IsAboutTheAnswers(created.error()) || tries == kTriesMax) {
      return Answer<Login>(std::unexpected(created.error()));
    }
    KALAMDB_RETURN_IF_ERROR(
        Say(EscapeForTerminal(created.error().message, LineBreaks::kEscape) + "\n"));
    user = setup.user;
  }
}

}  // namespace kalamdb::cli
