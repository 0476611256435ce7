// SPDX-License-Identifier: Apache-2.0
#include "cli/credentials.h"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "cli/private_file.h"
#include "types/json_codec.h"

namespace kalamdb::cli {
namespace {

// The file: {"version": 1, "logins": [{"url", "user", "access_token", ...}, ...]}, newest last.
constexpr uint64_t kFileVersion = 1;

// The fields of a login and their names in the file.
constexpr std::pair<const char*, std::string Login::*> kLoginFields[] = {
    {"user", &Login::user},
    {"access_token", &Login::access_token},
    {"refresh_token", &Login::refresh_token},
    {"expires_at", &Login::expires_at},
    {"refresh_expires_at", &Login::refresh_expires_at},
};

std::string EnvironmentValue(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

void AppendField(std::string_view name, std::string_view value, std::string* out) {
  types::AppendJsonString(name, out);
  *out += ": ";
  types::AppendJsonString(value, out);
}

}  // namespace

std::string CredentialStore::DefaultPath() {
  std::string folder = EnvironmentValue("XDG_CONFIG_HOME");
  // The XDG rules: a relative path is ignored.
  if (!folder.starts_with('/')) {
    const std::string home = EnvironmentValue("HOME");
    if (home.empty()) {
      return "";
    }
    folder = home + "/.config";
  }
  return folder + "/kalam/credentials.json";
}

std::string CredentialStore::Folder() const {
  const size_t slash = path_.rfind('/');
  return slash == std::string::npos ? "." : path_.substr(0, slash);
}

StatusOr<std::vector<CredentialStore::Entry>> CredentialStore::Read() const {
  std::vector<Entry> entries;
  if (path_.empty()) {
    return entries;
  }
  KALAMDB_ASSIGN_OR_RETURN(const std::optional<std::string> content, ReadPrivateFile(path_));
  if (!content.has_value()) {
    return entries;
  }
  const Status unreadable = Corruption(path_ + " is damaged or of another version; remove it");
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array logins;
  uint64_t version = 0;
  if (parser.parse(*content).get(document) != simdjson::SUCCESS ||
      document["version"].get(version) != simdjson::SUCCESS || version != kFileVersion ||
      document["logins"].get(logins) != simdjson::SUCCESS) {
    return Error(unreadable);
  }
  for (const simdjson::dom::element item : logins) {
    Entry entry;
    std::string_view text;
    if (item["url"].get(text) != simdjson::SUCCESS) {
      return Error(unreadable);
    }
    entry.url = text;
    for (const auto& [name, field] : kLoginFields) {
      if (item[name].get(text) != simdjson::SUCCESS) {
        return Error(unreadable);
      }
      entry.login.*field = text;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

Status CredentialStore::Write(const std::vector<Entry>& entries) const {
  std::string out = fmt::format("{{\"version\": {}, \"logins\": [", kFileVersion);
  for (const Entry& entry : entries) {
    out += &entry == entries.data() ? "\n  {" : ",\n  {";
    AppendField("url", entry.url, &out);
    for (const auto& [name, field] : kLoginFields) {
      out += ", ";
      AppendField(name, entry.login.*field, &out);
    }
    out += '}';
  }
  out += "\n]}\n";
  return WritePrivateFile(path_, out);
}

StatusOr<std::optional<Login>> CredentialStore::Find(std::string_view url,
                                                     std::string_view user) const {
  KALAMDB_ASSIGN_OR_RETURN(const std::vector<Entry> entries, Read());
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    if (entry->url == url && (user.empty() || entry->login.user == user)) {
      return entry->login;
    }
  }
  return std::nullopt;
}

Status CredentialStore::Store(std::string_view url, const Login& login) {
  if (path_.empty()) {
    return NotFound("no place to keep the login: neither HOME nor XDG_CONFIG_HOME is set");
  }
  KALAMDB_RETURN_IF_ERROR(MakePrivateFolder(Folder()));
  KALAMDB_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Take(Folder()));
  KALAMDB_ASSIGN_OR_RETURN(std::vector<Entry> entries, Read());
  std::erase_if(entries, [&](const Entry& entry) {
    return entry.url == url && entry.login.user == login.user;
  });
  entries.push_back({.url = std::string(url), .login = login});
  return Write(entries);
}

StatusOr<bool> CredentialStore::Remove(std::string_view url, std::string_view user) {
  KALAMDB_ASSIGN_OR_RETURN(const std::vector<Entry> before, Read());
  if (before.empty()) {
    return false;
  }
  KALAMDB_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Take(Folder()));
  KALAMDB_ASSIGN_OR_RETURN(std::vector<Entry> entries, Read());
  const size_t removed = std::erase_if(entries, [&](const Entry& entry) {
    return entry.url == url && (user.empty() || entry.login.user == user);
  });
  if (removed != 0) {
    KALAMDB_RETURN_IF_ERROR(Write(entries));
  }
  return removed != 0;
}

}  // namespace kalamdb::cli
