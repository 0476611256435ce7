// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/settings_table.h"

// Private to settings*.cc: values of single settings, from text or TOML and back to text.
namespace kalamdb {

// A value as the file has it, free of the TOML library's types.
struct OtherValue {
  std::string shown;  // "a date", "a table", ...
};
using FileValue = std::variant<bool, int64_t, double, std::string, std::vector<std::string>,
                               std::map<std::string, std::string>, OtherValue>;

// Sets the field. What is returned on failure is the second half of an error line:
// `"sometimes" is not one of always, interval`. Values of secrets are never part of it.
std::optional<std::string> SetFromFile(const Setting& setting, const FileValue& value,
                                       Settings& settings);
std::optional<std::string> SetFromText(const Setting& setting, std::string_view text,
                                       Settings& settings);

// The value as SetFromText() takes it; `***` for a secret that is set.
std::string ShowValue(const Setting& setting, Settings& settings);
// The value in TOML's notation; an empty text for a secret.
std::string ShowTomlValue(const Setting& setting, Settings& settings);
// "whole number", "size", ... and the rule: "0 to 65535", "always or interval"; for the docs.
std::string TypeName(const Setting& setting);
std::string RuleText(const Setting& setting);

// 1048576, "1048576", "64MiB", "2 GB", "512k". Nothing when it is not a size or exceeds 2^63 - 1.
std::optional<uint64_t> ParseSize(std::string_view text);
std::string ShowSize(uint64_t bytes);
// In double quotes, control characters escaped, cut at 100 bytes: for one-line messages.
std::string Quoted(std::string_view text);

}  // namespace kalamdb
