// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "catalog/manifest_row.h"
#include "table/tiers.h"

namespace kalamdb::table {

// The manifests of `tables`, which are in order, for system.manifest. Looks at every segment's
// file: whether it is there and has its size; not inside.
std::vector<catalog::ManifestRow> ListManifests(const store::KvStore& store, const Tiers& tiers,
                                                const std::vector<catalog::TableDefPtr>& tables);

}  // namespace kalamdb::table
