// SPDX-License-Identifier: Apache-2.0
#include "service/name_rules.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/limits.h"
#include "service/bootstrap.h"
#include "sql/parser/keywords.h"

namespace kalamdb::service {

namespace {

constexpr std::array<std::string_view, 13> kReservedNamespaces = {"system",
                                                                  "sys",
                                                                  "root",
                                                                  "kalamdb",
                                                                  "kalam",
                                                                  "main",
                                                                  "default",
                                                                  "sql",
                                                                  "admin",
                                                                  "internal",
                                                                  "information_schema",
                                                                  "pg_catalog",
                                                                  "datafusion"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '_';
}

bool IsReservedWord(std::string_view name) {
  return sql::KindOf(sql::FindKeyword(name, sql::KeywordHash(name))) == sql::KeywordKind::kReserved;
}

// The name as an error message may show it: names come from anyone, at any length.
std::string Shown(std::string_view name) {
  constexpr size_t kShownBytesMax = 80;
  std::string shown(name.substr(0, kShownBytesMax));
  std::ranges::replace_if(
      shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || (c & 0x80) != 0; }, '?');
  return name.size() > kShownBytesMax ? shown + "..." : shown;
}

Status CheckLength(std::string_view what, std::string_view name) {
  if (name.empty()) {
    return InvalidArgument(fmt::format("a {} name is missing", what));
  }
  if (name.size() > limits::kNameBytesMax) {
    return InvalidArgument(fmt::format("{} name `{}`: {} characters, at most {} are allowed", what,
                                       Shown(name), name.size(), limits::kNameBytesMax));
  }
  return {};
}

Status CheckCharacters(std::string_view what, std::string_view name) {
  KALAMDB_RETURN_IF_ERROR(CheckLength(what, name));
  if (!std::ranges::all_of(name, IsWordCharacter)) {
    return InvalidArgument(
        fmt::format("{} name `{}`: only letters, digits and `_` are allowed", what, Shown(name)));
  }
  if (name.front() == '_') {
    return InvalidArgument(
        fmt::format("{} name `{}`: names that begin with `_` are reserved", what, name));
  }
  return {};
}

}  // namespace

QualifiedName Qualify(const sql::TableName& name, std::string_view default_namespace) {
  std::string_view space = name.namespace_id;
  if (space.empty()) {
    space = default_namespace.empty() ? kDefaultNamespace : default_namespace;
  }
  return {types::AsciiLower(space), types::AsciiLower(name.name)};
}

bool IsSystemNamespace(std::string_view name) {
  return name == "system" || name == "information_schema";
}

Status CheckName(std::string_view what, std::string_view name) {
  KALAMDB_RETURN_IF_ERROR(CheckCharacters(what, name));
  if (IsDigit(name.front())) {
    return InvalidArgument(
        fmt::format("{} name `{}`: a name cannot begin with a digit", what, name));
  }
  return {};
}

Status CheckNamespaceName(std::string_view name) {
  KALAMDB_RETURN_IF_ERROR(CheckName("namespace", name));
  const std::string lower = types::AsciiLower(name);
  if (std::ranges::find(kReservedNamespaces, lower) != kReservedNamespaces.end() ||
      IsReservedWord(lower)) {
    return InvalidArgument(fmt::format("namespace name `{}` is reserved", name));
  }
  return {};
}

Status CheckColumnName(std::string_view name) { return CheckCharacters("column", name); }

Status CheckStorageId(std::string_view id) {
  KALAMDB_RETURN_IF_ERROR(CheckLength("storage", id));
  if (!std::ranges::all_of(id, [](char c) { return IsWordCharacter(c) || c == '-'; })) {
    return InvalidArgument(
        fmt::format("storage name `{}`: only letters, digits, `_` and `-` are allowed", Shown(id)));
  }
  return {};
}

}  // namespace kalamdb::service
