// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace kalamdb {

// The generated part of docs/configuration.md: a table of settings for each section, then the keys
// that are accepted without effect.
std::string SettingsDocs();

// A configuration file that says what holds without one, every setting commented out.
std::string ExampleSettingsFile();

}  // namespace kalamdb
