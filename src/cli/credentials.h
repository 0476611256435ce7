// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace kalamdb::cli {

// The tokens of one login, as the server gave them.
struct Login {
  std::string user;
  std::string access_token;
  std::string refresh_token;  // Empty when the server gave none.
  std::string expires_at;     // Of the access token, RFC 3339; for people.
  std::string refresh_expires_at;
};

// Logins kept between runs, one per server and user, in a JSON file that only its owner can read
// (mode 0600 in a folder with mode 0700). Nothing is cached: each call reads the file. Changes are
// written to a temporary file that replaces the old one, under a lock on the folder, so that two
// programs do not lose each other's logins. Thread-compatible.
class CredentialStore {
 public:
  // `path` ends in a file name. Its folder is made when a login is first stored.
  explicit CredentialStore(std::string path) : path_(std::move(path)) {}

  // $XDG_CONFIG_HOME/kalam/credentials.json, or ~/.config/kalam/credentials.json. Empty when the
  // environment names neither place.
  static std::string DefaultPath();

  // The login of `user` at `url`; without a user, the one stored last for that server.
  // PermissionDenied when others can read the file, Corruption when it is not ours.
  StatusOr<std::optional<Login>> Find(std::string_view url, std::string_view user) const;
  Status Store(std::string_view url, const Login& login);
  // Removes one login, or with an empty `user` all of that server. True when there was one.
  StatusOr<bool> Remove(std::string_view url, std::string_view user);
  const std::string& path() const { return path_; }

 private:
  struct Entry {
    std::string url;
    Login login;
  };

  StatusOr<std::vector<Entry>> Read() const;
  Status Write(const std::vector<Entry>& entries) const;
  std::string Folder() const;

  std::string path_;
};

}  // namespace kalamdb::cli
