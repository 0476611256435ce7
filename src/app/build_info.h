// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace kalamdb::app {

std::string_view BuildVersion();  // "0.1.0".
// "2026-05-04 20:30:00 UTC": when this build was configured, or SOURCE_DATE_EPOCH.
std::string_view BuildDate();

}  // namespace kalamdb::app
