// SPDX-License-Identifier: Apache-2.0
#include "cold/paths.h"

#include <utility>

namespace kalamdb::cold {

namespace {

constexpr size_t kPartBytesMax = 200;  // File systems allow 255.

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '@' || c == '.';
}

}  // namespace

std::string EncodePathPart(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string path;
  size_t part_begin = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (path.size() - part_begin >= kPartBytesMax) {
      path += "%/";
      part_begin = path.size();
    }
    // A dot in front would hide the folder, or leave it.
    if (IsPlain(c) && !(c == '.' && path.size() == part_begin)) {
      path += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      path += '%';
      path += kDigits[byte >> 4];
      path += kDigits[byte & 15];
    }
  }
  return path;
}

std::string ScopeFolder(std::string_view text, const catalog::TableDef& table,
                        std::string_view user) {
  const std::pair<std::string_view, std::string_view> places[] = {
      {"{namespace}", table.namespace_id}, {"{tableName}", table.name},
      {"{userId}", user},                  {"{shard}", "0"}};
  std::string folder;
  while (!text.empty()) {
    bool is_place = false;
    for (const auto& [place, value] : places) {
      if (text.starts_with(place)) {
        folder += EncodePathPart(value);
        text.remove_prefix(place.size());
        is_place = true;
        break;
      }
    }
    if (!is_place) {
      folder += text.front();
      text.remove_prefix(1);
    }
  }
  while (!folder.empty() && folder.back() == '/') {
    folder.pop_back();
  }
  return folder;
}

std::string SegmentFileName(uint64_t number) { return "batch-" + std::to_string(number) + ".parquet"; }

}  // namespace kalamdb::cold
