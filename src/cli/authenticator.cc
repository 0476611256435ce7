// SPDX-License-Identifier: Apache-2.0
#include "cli/authenticator.h"

#include <utility>

#include <fmt/format.h>

#include "cli/display_text.h"

namespace kalamdb::cli {

Authenticator::Authenticator(AuthApi& api, CredentialStore& store, Prompt& prompt, Output& messages,
                             std::string url, LoginOptions options)
    : api_(api),
      store_(store),
      dialog_(api, prompt, messages),
      prompt_(prompt),
      messages_(messages),
      url_(std::move(url)),
      options_(std::move(options)) {}

void Authenticator::Warn(std::string_view text) {
  messages_.Write(EscapeForTerminal(text, LineBreaks::kKeep) + "\n").Ignore("only a warning");
  messages_.Flush().Ignore("only a warning");
}

StatusOr<Answer<void>> Authenticator::Start() {
  if (!options_.password.has_value()) {
    return StartWithoutPassword();
  }
  if (options_.user.empty()) {
    return Error(InvalidArgument("a password was given but no user: use -u or KALAM_USER"));
  }
  KALAMDB_ASSIGN_OR_RETURN(Answer<Login> login, api_.LogIn(options_.user, *options_.password));
  if (!login.has_value() && IsSetupRequired(login.error())) {
    const ServerError error = login.error();
    KALAMDB_ASSIGN_OR_RETURN(login, SetUpOrExplain(error));
  }
  return Adopt(std::move(login), false);
}

StatusOr<Answer<void>> Authenticator::StartWithoutPassword() {
  StatusOr<std::optional<Login>> stored = store_.Find(url_, options_.user);
  if (!stored.has_value()) {
    if (!options_.can_ask) {
      return Error(std::move(stored).error());
    }
    Warn(stored.error().message());
  } else if (stored->has_value()) {
    login_ = **std::move(stored);
    is_stored_ = true;
    return Answer<void>();
  }

  KALAMDB_ASSIGN_OR_RETURN(const bool needs_setup, api_.NeedsSetup());
  if (needs_setup) {
    KALAMDB_ASSIGN_OR_RETURN(
        Answer<Login> login,
        SetUpOrExplain(
            {.http_status = 428, .code = "setup_required", .message = {}, .details = {}}));
    return Adopt(std::move(login), true);
  }
  if (!options_.can_ask) {
    return Error(InvalidArgument(fmt::format(
        "no login for {}: give a user with -u or KALAM_USER and a password with KALAM_PASSWORD or "
        "--password-stdin, or log in once in a terminal with --save-credentials",
        url_)));
  }
  KALAMDB_ASSIGN_OR_RETURN(Answer<Login> login, dialog_.LogIn(options_.user));
  if (!login.has_value() && IsSetupRequired(login.error())) {
    const ServerError error = login.error();
    KALAMDB_ASSIGN_OR_RETURN(login, SetUpOrExplain(error));
  }
  return Adopt(std::move(login), true);
}

StatusOr<Answer<Login>> Authenticator::SetUpOrExplain(const ServerError& error) {
  if (options_.can_ask) {
    return dialog_.SetUp(url_, options_.user);
  }
  ServerError explained = error;
  explained.message = fmt::format(
      "the server at {} is new: it has no administrator yet. Run `kalam -h {}` in a terminal to "
      "choose one, POST user, password and root_password to /v1/api/auth/setup, or start the "
      "server with KALAMDB_ROOT_PASSWORD set",
      url_, url_);
  return Answer<Login>(std::unexpected(std::move(explained)));
}

StatusOr<Answer<void>> Authenticator::Adopt(Answer<Login> login, bool was_asked_for) {
  if (!login.has_value()) {
    return Answer<void>(std::unexpected(std::move(login).error()));
  }
  login_ = std::move(*login);
  if (options_.saves_login) {
    KALAMDB_RETURN_IF_ERROR(Save());
  } else if (was_asked_for) {
    KALAMDB_RETURN_IF_ERROR(OfferToSave());
  }
  return Answer<void>();
}

Status Authenticator::OfferToSave() {
  if (store_.path().empty()) {
    return {};
  }
  const StatusOr<bool> wanted = prompt_.Confirm(
      fmt::format("Stay logged in (keeps tokens, not the password, in {})? [y/N] ", store_.path()));
  // No answer is a "no": the login itself went well.
  return wanted.has_value() && *wanted ? Save() : Status();
}

Status Authenticator::Save() {
  KALAMDB_RETURN_IF_ERROR(store_.Store(url_, login_));
  is_stored_ = true;
  return {};
}

StatusOr<bool> Authenticator::Renew(const ServerError& error) {
  if (!login_.refresh_token.empty()) {
    KALAMDB_ASSIGN_OR_RETURN(Answer<Login> login, api_.Refresh(login_.refresh_token));
    if (login.has_value()) {
      if (login->refresh_token.empty()) {
        login->refresh_token = std::move(login_.refresh_token);
        login->refresh_expires_at = std::move(login_.refresh_expires_at);
      }
      login_ = std::move(*login);
      if (const Status saved = is_stored_ ? Save() : Status(); !saved.ok()) {
        Warn("the renewed login could not be kept: " + saved.message());
      }
      return true;
    }
  }
  Answer<Login> login = std::unexpected(error);
  if (options_.password.has_value()) {
    KALAMDB_ASSIGN_OR_RETURN(login, api_.LogIn(login_.user, *options_.password));
  } else if (options_.can_ask) {
    Warn(fmt::format("The login of {} has expired.", login_.user));
    KALAMDB_ASSIGN_OR_RETURN(login, dialog_.LogIn(login_.user));
  } else {
    Warn(fmt::format("the login of {} at {} has expired: log in again with a password", login_.user,
                     url_));
  }
  if (!login.has_value()) {
    return false;
  }
  login_ = std::move(*login);
  if (const Status saved = is_stored_ ? Save() : Status(); !saved.ok()) {
    Warn("the renewed login could not be kept: " + saved.message());
  }
  return true;
}

}  // namespace kalamdb::cli
