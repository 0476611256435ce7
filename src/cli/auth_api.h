// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "cli/credentials.h"
#include "cli/http_client.h"
#include "cli/result_stream.h"

namespace kalamdb::cli {

// A value, or the error that the server answered with. Transport errors are the Status around it.
template <class T>
using Answer = std::expected<T, ServerError>;

// What the server asks for at its first start.
struct Setup {
  std::string user;  // Becomes an administrator.
  std::string password;
  std::string root_password;
  std::string email;  // May be empty.
};

// The calls of /v1/api/auth. Stateless. Confined to the main thread, as its client.
class AuthApi {
 public:
  // `client` outlives this object.
  explicit AuthApi(HttpClient& client) : client_(client) {}

  StatusOr<Answer<Login>> LogIn(std::string_view user, std::string_view password);
  StatusOr<Answer<Login>> Refresh(std::string_view refresh_token);
  // Whether the server has no administrator yet. Servers tell local clients only; an error that
  // they answer with means "no".
  StatusOr<bool> NeedsSetup();
  // The user id that was created.
  StatusOr<Answer<std::string>> SetUp(const Setup& setup);

 private:
  struct Reply {
    int http_status = 0;
    std::string body;
  };
  StatusOr<Reply> Call(HttpRequest request);
  StatusOr<Answer<Login>> CallForLogin(HttpRequest request);

  HttpClient& client_;
};

// Whether the server refuses everything until somebody sets the first passwords.
bool IsSetupRequired(const ServerError& error);

}  // namespace kalamdb::cli
