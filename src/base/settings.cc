// SPDX-License-Identifier: Apache-2.0
#include "base/settings.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "base/nearest_name.h"
#include "base/settings_check.h"
#include "base/settings_file.h"
#include "base/settings_table.h"
#include "base/settings_value.h"

namespace kalamdb {

namespace {

bool Covers(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with(".*")) {
    return pattern == name;
  }
  const std::string_view section = pattern.substr(0, pattern.size() - 2);
  return name == section || name.starts_with(pattern.substr(0, pattern.size() - 1));
}

bool IsAccepted(std::string_view name) {
  return std::ranges::any_of(AcceptedSettings(), [name](const AcceptedSetting& accepted) {
    return Covers(accepted.name, name);
  });
}

const Setting* FindSetting(std::string_view name) {
  const auto found = std::ranges::find_if(AllSettings(), [name](const Setting& setting) {
    return setting.name == name || (!setting.alias.empty() && setting.alias == name);
  });
  return found == AllSettings().end() ? nullptr : &*found;
}

// `authentication.x` is `auth.x`.
std::string Canonical(std::string name) {
  for (const SectionAlias& alias : SectionAliases()) {
    if (name.starts_with(std::string(alias.alias) + ".")) {
      return std::string(alias.section) + name.substr(alias.alias.size());
    }
  }
  return name;
}

std::string NearestSetting(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Setting& setting : AllSettings()) {
    names.push_back(setting.name);
  }
  for (const AcceptedSetting& accepted : AcceptedSettings()) {
    if (!accepted.name.ends_with(".*")) {
      names.push_back(accepted.name);
    }
  }
  return std::string(NearestName(name, names));
}

Status ApplyFile(const std::string& path, LoadedSettings& loaded) {
  KALAMDB_ASSIGN_OR_RETURN(const std::vector<FileEntry> entries, ReadSettingsFile(path));
  std::map<const Setting*, std::string> set_by;
  for (const FileEntry& entry : entries) {
    const std::string name = Canonical(entry.name);
    const std::string where = fmt::format("{}:{}", path, entry.line);
    const Setting* setting = FindSetting(name);
    if (setting == nullptr) {
      if (!IsAccepted(name)) {
        loaded.warnings.push_back(fmt::format("unknown setting {} ({}): did you mean {}?",
                                              Quoted(entry.name), where, NearestSetting(name)));
      }
      continue;
    }
    const auto [first, is_first] = set_by.emplace(setting, entry.name);
    if (!is_first) {
      loaded.warnings.push_back(fmt::format("{} and {} both set {} ({}): the latter is used",
                                            first->second, entry.name, setting->name, where));
    }
    if (const auto error = SetFromFile(*setting, entry.value, loaded.values)) {
      return InvalidArgument(fmt::format("{}: {} ({})", setting->name, *error, where));
    }
    loaded.sources[std::string(setting->name)] = SettingSource::kFile;
  }
  const auto is_cors = [](const auto& source) {
    return source.first.starts_with("security.cors.");
  };
  if (std::ranges::any_of(loaded.sources, is_cors) &&
      !loaded.sources.contains("security.cors.allow_credentials")) {
    loaded.values.security.cors.allow_credentials = true;
  }
  return {};
}

Status ApplyVariables(const Setting& setting, const std::map<std::string, std::string>& environment,
                      LoadedSettings& loaded) {
  const std::string* used = nullptr;
  const std::string* used_value = nullptr;
  for (const std::string& name : EnvironmentNames(setting.name, setting.environment)) {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty()) {
      continue;  // Empty means unset: container files cannot express it otherwise.
    }
    if (used != nullptr && *used_value != found->second) {
      loaded.warnings.push_back(fmt::format("{} and {} both set {}: the latter is used", *used,
                                            found->first, setting.name));
    }
    used = &found->first;
    used_value = &found->second;
  }
  if (used == nullptr) {
    return {};
  }
  if (const auto error = SetFromText(setting, *used_value, loaded.values)) {
    return InvalidArgument(fmt::format("{}: {} (environment {})", setting.name, *error, *used));
  }
  loaded.sources[std::string(setting.name)] = SettingSource::kEnvironment;
  return {};
}

// Warns of variables that look like settings and are none.
void CheckVariableNames(const std::map<std::string, std::string>& environment,
                        std::vector<std::string>& warnings) {
  std::set<std::string, std::less<>> known;
  const auto add = [&known](std::string_view name, std::string_view extra) {
    for (std::string& variable : EnvironmentNames(name, extra)) {
      known.insert(std::move(variable));
    }
  };
  for (const Setting& setting : AllSettings()) {
    add(setting.name, setting.environment);
  }
  std::vector<std::string> prefixes;
  for (const AcceptedSetting& accepted : AcceptedSettings()) {
    if (accepted.name.ends_with(".*")) {
      prefixes.push_back(EnvironmentName(accepted.name.substr(0, accepted.name.size() - 1)));
    } else {
      add(accepted.name, accepted.environment);
    }
  }
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  for (const auto& [name, value] : environment) {
    const auto is_prefix = [&name](const std::string& prefix) { return name.starts_with(prefix); };
    if (name.starts_with("KALAMDB_") && !known.contains(name) &&
        std::ranges::find(OtherVariables(), name) == OtherVariables().end() &&
        std::ranges::none_of(prefixes, is_prefix)) {
      warnings.push_back(fmt::format("unknown environment variable {}: did you mean {}?", name,
                                     NearestName(name, candidates)));
    }
  }
}

}  // namespace

std::string_view SettingSourceName(SettingSource source) {
  switch (source) {
    case SettingSource::kDefault:
      return "default";
    case SettingSource::kFile:
      return "file";
    case SettingSource::kEnvironment:
      return "env";
  }
  return "unknown";
}

StatusOr<LoadedSettings> LoadSettings(const SettingsInput& input) {
  LoadedSettings loaded;
  if (input.file.has_value()) {
    KALAMDB_RETURN_IF_ERROR(ApplyFile(*input.file, loaded));
  }
  for (const Setting& setting : AllSettings()) {
    KALAMDB_RETURN_IF_ERROR(ApplyVariables(setting, input.environment, loaded));
  }
  CheckVariableNames(input.environment, loaded.warnings);
  KALAMDB_RETURN_IF_ERROR(CheckSettings(loaded.values, loaded.warnings));
  return loaded;
}

std::vector<SettingInfo> ListSettings(const LoadedSettings& loaded) {
  Settings values = loaded.values;
  std::vector<SettingInfo> rows;
  rows.reserve(AllSettings().size());
  for (const Setting& setting : AllSettings()) {
    const auto found = loaded.sources.find(setting.name);
    const SettingSource source =
        found == loaded.sources.end() ? SettingSource::kDefault : found->second;
    rows.push_back({.name = std::string(setting.name),
                    .value = ShowValue(setting, values),
                    .description = std::string(setting.description),
                    .category = std::string(setting.category()),
                    .source = std::string(SettingSourceName(source))});
  }
  return rows;
}

}  // namespace kalamdb
