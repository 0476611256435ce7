// SPDX-License-Identifier: Apache-2.0
#include "base/settings_docs.h"

#include <fmt/core.h>

#include "base/settings_table.h"
#include "base/settings_value.h"

namespace kalamdb {

namespace {

std::string CodeList(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "`" : "<br>`") + name + "`";
  }
  return text;
}

// `|` ends a cell of a table.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    cell += c == '|' ? std::string("\\|") : std::string(1, c);
  }
  return cell;
}

std::string TypeAndRule(const Setting& setting) {
  const std::string rule = RuleText(setting);
  return rule.empty() ? TypeName(setting) : TypeName(setting) + ", " + rule;
}

// Settings of one category are neighbours in the table; checked by a test.
bool BeginsCategory(const Setting& setting) {
  return &setting == AllSettings().data() || (&setting - 1)->category() != setting.category();
}

std::string SectionHeader(const Setting& setting) {
  return setting.name.find('.') == setting.name.npos ? std::string("Top level, before any section")
                                                     : fmt::format("`[{}]`", setting.category());
}

// Cuts at spaces so that no line is longer than the style's 100 columns.
std::string Comment(std::string_view text) {
  constexpr size_t kWidth = 98;
  std::string comment;
  while (!text.empty()) {
    size_t end = text.size();
    if (end > kWidth) {
      end = text.rfind(' ', kWidth);
    }
    comment += fmt::format("# {}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return comment;
}

std::string ExampleEntry(const Setting& setting, Settings& defaults) {
  const std::string rule = TypeAndRule(setting);
  return Comment(fmt::format("{} ({})", setting.description, rule)) +
         fmt::format("# {} = {}\n", setting.name.substr(setting.name.rfind('.') + 1),
                     ShowTomlValue(setting, defaults));
}

}  // namespace

std::string SettingsDocs() {
  Settings defaults;
  std::string text;
  for (const Setting& setting : AllSettings()) {
    if (BeginsCategory(setting)) {
      text += fmt::format("{}### {}\n\n", text.empty() ? "" : "\n", SectionHeader(setting));
      text += "| Key | Default | Values | Meaning | Environment |\n|---|---|---|---|---|\n";
    }
    const std::string shown = setting.is_secret() ? "unset" : ShowTomlValue(setting, defaults);
    std::string meaning(setting.description);
    if (!setting.alias.empty()) {
      meaning += fmt::format(" Also read as `{}`.", setting.alias);
    }
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", setting.name,
                        setting.is_secret() ? shown : "`" + Cell(shown) + "`",
                        Cell(TypeAndRule(setting)), Cell(meaning),
                        CodeList(EnvironmentNames(setting.name, setting.environment)));
  }
  text += "\n### Accepted without effect\n\n";
  text += "Keys of other versions of the server, so that their configuration files work:\n\n";
  for (const AcceptedSetting& accepted : AcceptedSettings()) {
    text += fmt::format("- `{}`\n", accepted.name);
  }
  return text;
}

std::string ExampleSettingsFile() {
  Settings defaults;
  std::string top = "# KalamDB settings. What is commented out is the default.\n";
  std::string sections;
  for (const Setting& setting : AllSettings()) {
    if (setting.name.find('.') == setting.name.npos) {
      top += "\n" + ExampleEntry(setting, defaults);  // TOML wants these before any section.
      continue;
    }
    if (BeginsCategory(setting)) {
      sections += fmt::format("\n[{}]\n", setting.category());
    } else {
      sections += "\n";
    }
    sections += ExampleEntry(setting, defaults);
  }
  return top + sections;
}

}  // namespace kalamdb
