// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

#include <unistd.h>

#include <cstdlib>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/auth_api.h"
#include "cli/authenticator.h"
#include "cli/credentials.h"
#include "cli/display_text.h"
#include "cli/http_client.h"
#include "cli/prompt.h"
#include "cli/repl.h"
#include "cli/script.h"
#include "cli/session.h"

namespace kalamdb::cli {
namespace {

constexpr size_t kPasswordBytesMax = 4096;

// Throws results away.
class NoResults : public ResultHandler {
 public:
  Status OnColumns(std::span<const Column>) override { return {}; }
  Status OnRow(std::span<const Cell>) override { return {}; }
  Status OnResultEnd(const ResultSummary&) override { return {}; }
};

// The objects of a run, in the order in which they depend on each other.
class Program {
 public:
  Program(const Options& options, Endpoint endpoint, Signals& signals)
      : options_(options),
        signals_(signals),
        output_(STDOUT_FILENO, signals),
        messages_(STDERR_FILENO, signals),
        client_(std::move(endpoint), signals),
        auth_(client_),
        store_(CredentialStore::DefaultPath()),
        prompt_(STDIN_FILENO, messages_, signals),
        tokens_(auth_, store_, prompt_, messages_, client_.endpoint().Url(), MakeLoginOptions()),
        api_(client_, tokens_),
        live_(client_.endpoint(), tokens_, signals),
        session_(api_, live_, output_, messages_, clock_),
        scripts_(session_, signals) {
    session_.set_name_space(options.name_space);
    session_.set_shows_timing(options.shows_timing);
    session_.print_options().format = options.format;
    session_.print_options().has_colour =
        output_.is_terminal() && std::getenv("NO_COLOR") == nullptr;
  }

  int Run();
  int ForgetLogin();

 private:
  LoginOptions MakeLoginOptions() const {
    return {.user = options_.user,
            .password = options_.password,
            .can_ask = isatty(STDIN_FILENO) == 1,
            .saves_login = options_.saves_login};
  }
  Outcome RunScripts();
  Outcome RunInteractively();
  int ReportStart(const Status& status);

  const Options& options_;
  Signals& signals_;
  SystemClock clock_;
  Output output_;
  Output messages_;
  HttpClient client_;
  AuthApi auth_;
  CredentialStore store_;
  Prompt prompt_;
  Authenticator tokens_;
  SqlApi api_;
  LiveApi live_;
  Session session_;
  ScriptRunner scripts_;
};

int Program::ReportStart(const Status& status) {
  if (status.code() == StatusCode::kInvalidArgument) {
    fmt::print(stderr, "kalam: {}\n", EscapeForTerminal(status.message(), LineBreaks::kKeep));
    return kUsageError;
  }
  return ExitCodeOf(session_.Report(status));
}

int Program::Run() {
  const StatusOr<Answer<void>> login = tokens_.Start();
  if (!login.has_value()) {
    return ReportStart(login.error());
  }
  if (!login->has_value()) {
    return ExitCodeOf(session_.Report(login->error()));
  }
  const bool has_script = !options_.commands.empty() || !options_.files.empty();
  const bool is_interactive = !has_script && isatty(STDIN_FILENO) == 1;
  const Outcome outcome = is_interactive ? RunInteractively() : RunScripts();
  const Status flushed = output_.Flush();
  return ExitCodeOf(flushed.ok() || outcome != Outcome::kOk ? outcome : session_.Report(flushed));
}

Outcome Program::RunScripts() {
  for (const std::string& text : options_.commands) {
    if (const Outcome outcome = scripts_.RunText(text); outcome != Outcome::kOk) {
      return outcome;
    }
  }
  for (const std::string& file : options_.files) {
    if (const Outcome outcome = scripts_.RunFile(file); outcome != Outcome::kOk) {
      return outcome;
    }
  }
  return options_.commands.empty() && options_.files.empty() ? scripts_.RunStandardInput()
                                                             : Outcome::kOk;
}

Outcome Program::RunInteractively() {
  // Finds out now, not at the first statement, that the server is away or a stored login is void.
  NoResults no_results;
  if (const Outcome outcome = session_.RunFor("SELECT 1", no_results); outcome != Outcome::kOk) {
    return outcome;
  }
  const std::string user = EscapeForTerminal(tokens_.user(), LineBreaks::kEscape);
  const Outcome greeted = session_.Print(fmt::format(
      "Connected to {} as {}. \\? for help, \\q to quit.\n", client_.endpoint().Url(), user));
  if (greeted != Outcome::kOk) {
    return greeted;
  }
  Repl repl(session_, scripts_, signals_, messages_);
  return repl.Run(LineEditor::DefaultHistoryPath());
}

int Program::ForgetLogin() {
  const StatusOr<bool> removed = store_.Remove(client_.endpoint().Url(), options_.user);
  if (!removed.has_value()) {
    return ReportStart(removed.error());
  }
  return ExitCodeOf(
      session_.Print(*removed ? "The stored login is removed.\n" : "There was no stored login.\n"));
}

}  // namespace

int RunProgram(const Options& options) {
  UseUtf8();
  const auto usage_error = [](const Status& status) {
    fmt::print(stderr, "kalam: {}\n", EscapeForTerminal(status.message(), LineBreaks::kKeep));
    return kUsageError;
  };
  StatusOr<Endpoint> endpoint = ParseEndpoint(options.url);
  if (!endpoint.has_value()) {
    return usage_error(endpoint.error());
  }
  StatusOr<Signals> signals = Signals::Open();
  if (!signals.has_value()) {
    return usage_error(signals.error());
  }
  Options complete = options;
  if (options.reads_password) {
    StatusOr<std::string> password = ReadLineUnbuffered(STDIN_FILENO, *signals, kPasswordBytesMax);
    if (!password.has_value()) {
      return usage_error(InvalidArgument("--password-stdin: " + password.error().message()));
    }
    complete.password = std::move(*password);
  }
  Program program(complete, std::move(*endpoint), *signals);
  return options.forgets_login ? program.ForgetLogin() : program.Run();
}

}  // namespace kalamdb::cli
