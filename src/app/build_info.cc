// SPDX-License-Identifier: Apache-2.0
#include "app/build_info.h"

namespace kalamdb::app {

std::string_view BuildVersion() { return KALAMDB_VERSION; }
std::string_view BuildDate() { return KALAMDB_BUILD_DATE; }

}  // namespace kalamdb::app
