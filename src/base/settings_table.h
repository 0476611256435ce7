// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/settings.h"

// Private to settings*.cc: the one list of settings. The file parser, the environment, the checks
// of single values, system.settings, docs/configuration.md and the example file derive from it.
namespace kalamdb {

// Where in Settings a value lives; its type is the type of the setting.
template <class T>
using FieldOf = T& (*)(Settings&);

// A field with one of a few named values; they number 0, 1, 2, ... in the order of `names`.
struct EnumField {
  size_t (*get)(Settings&) = nullptr;
  void (*set)(Settings&, size_t) = nullptr;
  std::span<const std::string_view> names;
};

using Field = std::variant<FieldOf<bool>, FieldOf<int64_t>, FieldOf<uint64_t>,
                           FieldOf<std::chrono::milliseconds>, FieldOf<std::chrono::seconds>,
                           FieldOf<std::chrono::hours>, FieldOf<std::string>, FieldOf<Secret>,
                           FieldOf<std::vector<std::string>>, FieldOf<LogLevels>, EnumField>;

// Values of numbers, sizes in bytes and durations in their unit, both ends included.
struct SettingRange {
  int64_t min = 0;
  int64_t max = std::numeric_limits<int64_t>::max();
};

struct Setting {
  std::string_view name;
  Field field;
  SettingRange range = {};
  std::string_view description = {};
  std::string_view environment = {};  // Names besides KALAMDB_<SECTION>_<KEY>, space-separated.
  std::string_view alias = {};        // Another name in the file.

  bool is_secret() const { return std::holds_alternative<FieldOf<Secret>>(field); }
  // The name up to the last dot; "general" for top-level settings.
  std::string_view category() const;
};

// A key of the reference server that has no meaning here: accepted without a word and without
// effect, so that its configuration files work. A name that ends in `.*` covers all below it.
struct AcceptedSetting {
  std::string_view name;
  std::string_view environment = {};  // As in Setting.
};

std::span<const Setting> AllSettings();
std::span<const AcceptedSetting> AcceptedSettings();
// Sections that may be spelt in two ways: first is what the file may say, second is ours.
struct SectionAlias {
  std::string_view alias;
  std::string_view section;
};
std::span<const SectionAlias> SectionAliases();
// Variables called KALAMDB_* that belong to the tools around the server.
std::span<const std::string_view> OtherVariables();

// KALAMDB_STORAGE_DATA_PATH for storage.data_path.
std::string EnvironmentName(std::string_view setting_name);
// All variables that set something: the derived name, then the extra ones.
std::vector<std::string> EnvironmentNames(std::string_view setting_name, std::string_view extra);

extern const std::span<const std::string_view> kLogLevelNames;

}  // namespace kalamdb
