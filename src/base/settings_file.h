// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/settings_value.h"

// Private to settings*.cc: the one place that knows the TOML library.
namespace kalamdb {

struct FileEntry {
  std::string name;  // Dotted path.
  FileValue value;
  uint32_t line = 0;
};

// The keys of a TOML file in the order of their lines. Sections are taken apart down to single
// values, save for settings that are tables themselves.
StatusOr<std::vector<FileEntry>> ReadSettingsFile(const std::string& path);
// The same from text; `path` appears in errors only.
StatusOr<std::vector<FileEntry>> ParseSettingsText(std::string_view text, const std::string& path);

}  // namespace kalamdb
