// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/settings.h"

// Private to settings*.cc.
namespace kalamdb {

// The rules that a single row of the table cannot state: between settings, and inside texts. Adds
// what is doubtful but allowed to `warnings`.
Status CheckSettings(const Settings& settings, std::vector<std::string>& warnings);

}  // namespace kalamdb
