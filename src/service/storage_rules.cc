// SPDX-License-Identifier: Apache-2.0
#include "service/storage_rules.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "types/coerce.h"
#include "types/schema.h"

namespace kalamdb::service {

namespace {

namespace fs = std::filesystem;

constexpr size_t kPathBytesMax = 1'024;
constexpr size_t kTemplateBytesMax = 256;

constexpr std::array<std::string_view, 9> kSystemDirectories = {
    "/etc", "/root", "/var/log", "/proc", "/sys", "/dev", "/boot", "/run", "c:\\windows"};

enum class Placeholder { kNamespace, kTable, kShard, kUser };

struct Spelling {
  std::string_view text;  // Lower case.
  Placeholder meaning;
};
constexpr std::array<Spelling, 12> kSpellings = {{{"namespace", Placeholder::kNamespace},
                                                  {"namespaceid", Placeholder::kNamespace},
                                                  {"namespace_id", Placeholder::kNamespace},
                                                  {"tablename", Placeholder::kTable},
                                                  {"table_name", Placeholder::kTable},
                                                  {"table", Placeholder::kTable},
                                                  {"tableid", Placeholder::kTable},
                                                  {"table_id", Placeholder::kTable},
                                                  {"shard", Placeholder::kShard},
                                                  {"userid", Placeholder::kUser},
                                                  {"user_id", Placeholder::kUser},
                                                  {"user", Placeholder::kUser}}};

std::string_view Text(Placeholder placeholder) {
  switch (placeholder) {
    case Placeholder::kNamespace:
      return "{namespace}";
    case Placeholder::kTable:
      return "{tableName}";
    case Placeholder::kShard:
      return "{shard}";
    case Placeholder::kUser:
      return "{userId}";
  }
  return "";
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

bool HasParentStep(std::string_view path) {
  return std::ranges::any_of(fs::path(path), [](const fs::path& step) { return step == ".."; });
}

// True when `path` is `directory` or below it.
bool LiesIn(std::string_view path, std::string_view directory) {
  return path.starts_with(directory) &&
         (path.size() == directory.size() || path[directory.size()] == '/' ||
          path[directory.size()] == '\\');
}

Status CheckPlace(const fs::path& path, std::span<const std::string> refused) {
  const std::string text = path.string();
  if (path == path.root_path()) {
    return InvalidArgument("the directory of a storage cannot be the root of the file system");
  }
  const std::string lower = types::AsciiLower(text);
  for (const std::string_view directory : kSystemDirectories) {
    if (LiesIn(lower, directory)) {
      return InvalidArgument(fmt::format("the directory of a storage cannot be in {}", directory));
    }
  }
  for (const std::string& directory : refused) {
    if (LiesIn(text, directory) || LiesIn(directory, text)) {
      return InvalidArgument("the directory of a storage cannot hold or be in the server's own");
    }
  }
  return {};
}

struct Template {
  std::string text;
  std::vector<Placeholder> placeholders;
};

StatusOr<Placeholder> ParsePlaceholder(std::string_view name) {
  const std::string lower = types::AsciiLower(name);
  for (const Spelling& spelling : kSpellings) {
    if (spelling.text == lower) {
      return spelling.meaning;
    }
  }
  return Error(InvalidArgument(fmt::format(
      "template: `{{{}}}` is not a placeholder; there are {{namespace}}, {{tableName}}, {{userId}} "
      "and {{shard}}",
      name)));
}

bool IsPlainCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == '/' || c == '=';
}

StatusOr<Template> ParseTemplate(std::string_view text) {
  if (text.empty() || text.size() > kTemplateBytesMax) {
    return Error(InvalidArgument(fmt::format("template: 1 to {} characters", kTemplateBytesMax)));
  }
  Template result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) {
      continue;  // The `$` of an older spelling.
    }
    if (text[i] != '{') {
      if (!IsPlainCharacter(text[i])) {
        return Error(
            InvalidArgument("template: only letters, digits, `_`, `-`, `.`, `=`, `/` and "
                            "placeholders are allowed"));
      }
      result.text += text[i];
      continue;
    }
    const size_t end = text.find('}', i);
    if (end == std::string_view::npos) {
      return Error(InvalidArgument("template: a `{` without `}`"));
    }
    KALAMDB_ASSIGN_OR_RETURN(const Placeholder placeholder,
                             ParsePlaceholder(text.substr(i + 1, end - i - 1)));
    result.placeholders.push_back(placeholder);
    result.text += Text(placeholder);
    i = end;
  }
  while (result.text.ends_with('/')) {
    result.text.pop_back();
  }
  if (result.text.starts_with('/') || HasParentStep(result.text)) {
    return Error(InvalidArgument(
        "template: a path below the storage's directory, without `..` and without a `/` in front"));
  }
  return result;
}

StatusOr<std::string> CheckedTemplate(std::string_view text,
                                      const std::vector<std::vector<Placeholder>>& allowed) {
  KALAMDB_ASSIGN_OR_RETURN(Template parsed, ParseTemplate(text));
  if (std::ranges::find(allowed, parsed.placeholders) != allowed.end()) {
    return std::move(parsed.text);
  }
  std::string expected;
  for (const Placeholder placeholder : allowed.front()) {
    expected += (expected.empty() ? "" : " then ") + std::string(Text(placeholder));
  }
  return Error(InvalidArgument(
      fmt::format("template `{}`: each table needs a folder of its own, so {} are needed, in this "
                  "order",
                  parsed.text, expected)));
}

}  // namespace

StatusOr<std::string> CheckedStorageDirectory(std::string_view directory,
                                              std::span<const std::string> refused) {
  if (directory.empty() || directory.size() > kPathBytesMax) {
    return Error(InvalidArgument(
        fmt::format("the directory of a storage has 1 to {} bytes", kPathBytesMax)));
  }
  if (!types::IsCleanUtf8(directory) || std::ranges::any_of(directory, IsControl)) {
    return Error(InvalidArgument(
        "the directory of a storage is UTF-8 text without NUL and control characters"));
  }
  if (HasParentStep(directory) || directory.find("..\\") != std::string_view::npos) {
    return Error(InvalidArgument("the directory of a storage cannot hold `..`"));
  }
  if (directory.find("://") != std::string_view::npos) {
    return Error(InvalidArgument("the directory of a filesystem storage is a path, not a URL"));
  }
  if (types::AsciiLower(directory).starts_with("c:\\windows")) {
    return Error(InvalidArgument("the directory of a storage cannot be in c:\\windows"));
  }
  std::error_code error;
  fs::path path = fs::absolute(fs::path(directory), error).lexically_normal();
  if (!error && path.has_parent_path() && path.filename().empty()) {
    path = path.parent_path();  // A `/` at the end.
  }
  const fs::path real = error ? fs::path() : fs::weakly_canonical(path, error);
  if (error) {
    return Error(InvalidArgument(
        fmt::format("the directory of a storage cannot be resolved: {}", error.message())));
  }
  KALAMDB_RETURN_IF_ERROR(CheckPlace(path, refused));
  KALAMDB_RETURN_IF_ERROR(CheckPlace(real, refused));
  return path.string();
}

StatusOr<std::string> CheckedSharedTemplate(std::string_view text) {
  return CheckedTemplate(text, {{Placeholder::kNamespace, Placeholder::kTable}});
}

StatusOr<std::string> CheckedUserTemplate(std::string_view text) {
  return CheckedTemplate(text, {{Placeholder::kNamespace, Placeholder::kTable, Placeholder::kUser},
                                {Placeholder::kNamespace, Placeholder::kTable, Placeholder::kShard,
                                 Placeholder::kUser}});
}

}  // namespace kalamdb::service
