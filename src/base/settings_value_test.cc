// SPDX-License-Identifier: Apache-2.0
#include "base/settings_value.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace kalamdb {
namespace {

const Setting& Find(std::string_view name) {
  const auto found = std::ranges::find(AllSettings(), name, &Setting::name);
  EXPECT_NE(found, AllSettings().end()) << name;
  return *found;
}

TEST(ParseSize, TakesNumbersAndUnits) {
  EXPECT_EQ(ParseSize("0"), 0u);
  EXPECT_EQ(ParseSize("1048576"), 1u << 20);
  EXPECT_EQ(ParseSize("64MiB"), 64u << 20);
  EXPECT_EQ(ParseSize(" 64 mib "), 64u << 20);
  EXPECT_EQ(ParseSize("2GB"), 2'000'000'000u);
  EXPECT_EQ(ParseSize("512k"), 512u << 10);
  EXPECT_EQ(ParseSize("1TiB"), 1ull << 40);
  EXPECT_EQ(ParseSize("9223372036854775807"), (1ull << 63) - 1);
}

TEST(ParseSize, RefusesWhatIsNoSize) {
  for (const char* text : {"", "MiB", "-1", "1.5GiB", "64 MiB x", "1XB", "0x10", "1e6",
                           "9223372036854775808", "16777216TiB", "18446744073709551616"}) {
    EXPECT_EQ(ParseSize(text), std::nullopt) << text;
  }
}

TEST(ShowSize, TakesTheLargestUnitThatDivides) {
  EXPECT_EQ(ShowSize(0), "0");
  EXPECT_EQ(ShowSize(1000), "1000");
  EXPECT_EQ(ShowSize(64u << 20), "64MiB");
  EXPECT_EQ(ShowSize((64u << 20) + 1), "67108865");
}

TEST(Quoted, StaysOnOneLine) {
  EXPECT_EQ(Quoted("a\"b\\c\n\x7f"), "\"a\\\"b\\\\c\\u000a\\u007f\"");
  EXPECT_EQ(Quoted(std::string(300, 'x')), "\"" + std::string(100, 'x') + "...\"");
}

TEST(SettingTable, EveryDefaultIsWithinItsOwnRules) {
  for (const Setting& setting : AllSettings()) {
    if (setting.is_secret()) {
      continue;
    }
    Settings settings;
    const std::string shown = ShowValue(setting, settings);
    EXPECT_EQ(SetFromText(setting, shown, settings), std::nullopt) << setting.name;
    EXPECT_EQ(ShowValue(setting, settings), shown) << setting.name;
  }
}

TEST(SettingTable, RowsAreComplete) {
  std::string previous_category;
  std::vector<std::string> categories;
  for (const Setting& setting : AllSettings()) {
    EXPECT_TRUE(setting.description.ends_with('.')) << setting.name;
    EXPECT_LE(setting.range.min, setting.range.max) << setting.name;
    if (setting.category() != previous_category) {
      categories.emplace_back(setting.category());
      previous_category = setting.category();
    }
  }
  // Settings of a category are neighbours: the generated files have one section for each.
  std::ranges::sort(categories);
  EXPECT_EQ(std::ranges::adjacent_find(categories), categories.end());
}

TEST(SettingTable, NoNameAndNoVariableMeansTwoThings) {
  std::vector<std::string> names;
  std::vector<std::string> variables(OtherVariables().begin(), OtherVariables().end());
  const auto add = [&](std::string_view name, std::string_view extra) {
    names.emplace_back(name);
    for (std::string& variable : EnvironmentNames(name, extra)) {
      variables.push_back(std::move(variable));
    }
  };
  for (const Setting& setting : AllSettings()) {
    add(setting.name, setting.environment);
    if (!setting.alias.empty()) {
      names.emplace_back(setting.alias);
    }
  }
  for (const AcceptedSetting& accepted : AcceptedSettings()) {
    add(accepted.name, accepted.environment);
  }
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  std::ranges::sort(variables);
  EXPECT_EQ(std::ranges::adjacent_find(variables), variables.end());
}

TEST(SettingTable, EnumNamesMatchTheirEnumerators) {
  Settings settings;
  EXPECT_EQ(SetFromText(Find("storage.sync"), "interval", settings), std::nullopt);
  EXPECT_EQ(settings.storage.sync, SyncMode::kInterval);
  EXPECT_EQ(SetFromText(Find("logging.level"), "TRACE", settings), std::nullopt);
  EXPECT_EQ(settings.logging.level, LogLevel::kTrace);
  EXPECT_EQ(SetFromText(Find("logging.level"), "off", settings), std::nullopt);
  EXPECT_EQ(settings.logging.level, LogLevel::kOff);
  EXPECT_EQ(SetFromText(Find("logging.format"), "json", settings), std::nullopt);
  EXPECT_EQ(settings.logging.format, LogFormat::kJson);
}

struct BadText {
  const char* name;
  const char* text;
  const char* error;
};

TEST(SetFromText, SaysWhatIsWrong) {
  constexpr BadText kCases[] = {
      {"server.port", "http", R"("http" is not a whole number)"},
      {"server.port", "80.5", R"("80.5" is not a whole number)"},
      {"server.port", "70000", "70000 is not between 0 and 65535"},
      {"server.port", "-1", "-1 is not between 0 and 65535"},
      {"server.port", "99999999999999999999", R"("99999999999999999999" is not a whole number)"},
      {"storage.sync", "sometimes", R"("sometimes" is not one of always, interval)"},
      {"storage.sync_interval_ms", "1s", R"("1s" is not a whole number of milliseconds)"},
      {"auth.cookie_secure", "maybe", R"("maybe" is not true or false)"},
      {"engine.memory_limit", "lots", R"("lots" is not a size such as 1048576 or "64MiB")"},
      {"engine.memory_limit", "1KiB", "1024 is not between 16MiB and 16TiB"},
      {"logging.targets", "server", R"("server" is not a table of module = level)"},
      {"logging.targets", "server=loud",
       R"(level "loud" of "server" is not one of trace, debug, info, warn, error, off)"},
  };
  for (const BadText& bad : kCases) {
    Settings settings;
    EXPECT_EQ(SetFromText(Find(bad.name), bad.text, settings), bad.error) << bad.name;
  }
}

TEST(SetFromText, ReadsListsAndLevels) {
  Settings settings;
  EXPECT_EQ(SetFromText(Find("security.cors.allowed_origins"),
                        " https://a.example , https://b.example,", settings),
            std::nullopt);
  EXPECT_EQ(settings.security.cors.allowed_origins,
            (std::vector<std::string>{"https://a.example", "https://b.example"}));
  EXPECT_EQ(SetFromText(Find("logging.targets"), "server=debug, store = warn", settings),
            std::nullopt);
  EXPECT_EQ(settings.logging.targets,
            (LogLevels{{"server", LogLevel::kDebug}, {"store", LogLevel::kWarn}}));
}

TEST(SetFromFile, RefusesOtherTypesAndHidesSecrets) {
  Settings settings;
  EXPECT_EQ(SetFromFile(Find("server.port"), FileValue(std::string("8080")), settings),
            R"("8080" is not a whole number)");
  EXPECT_EQ(SetFromFile(Find("auth.cookie_secure"), FileValue(int64_t{1}), settings),
            "1 is not true or false");
  EXPECT_EQ(SetFromFile(Find("server.host"), FileValue(OtherValue{"a date"}), settings),
            "a date is not text");
  EXPECT_EQ(SetFromFile(Find("auth.jwt_secret"), FileValue(int64_t{4711}), settings),
            "the value is not text");
}

TEST(ShowValue, MasksSecrets) {
  Settings settings;
  EXPECT_EQ(ShowValue(Find("auth.jwt_secret"), settings), "");
  settings.auth.jwt_secret = Secret("0123456789abcdef0123456789abcdef");
  EXPECT_EQ(ShowValue(Find("auth.jwt_secret"), settings), "***");
  EXPECT_EQ(ShowTomlValue(Find("auth.jwt_secret"), settings), "\"\"");
}

}  // namespace
}  // namespace kalamdb
