// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "catalog/table_def.h"
#include "cold/manifest.h"
#include "table/keys.h"

namespace kalamdb::table {

// The text of a scope's manifest.json.
std::string ManifestText(const catalog::TableDef& table, const Scope& scope,
                         const cold::Manifest& manifest);

}  // namespace kalamdb::table
