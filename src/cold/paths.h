// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "catalog/table_def.h"

namespace kalamdb::cold {

inline constexpr std::string_view kManifestFile = "manifest.json";
inline constexpr std::string_view kTemporarySuffix = ".tmp";

// `name` as a part of a path: letters, digits, `_`, `-`, `@` and inner dots stay, other bytes are
// %XX. No two names give the same path and none leaves its folder; long names become several
// folders, each but the last ending in `%`.
std::string EncodePathPart(std::string_view name);

// The folder of a scope below a storage's base directory. `text` is the storage's template for the
// table's kind, as checked by CREATE STORAGE; `user` is empty for SHARED tables.
std::string ScopeFolder(std::string_view text, const catalog::TableDef& table,
                        std::string_view user);

// "batch-7.parquet"
std::string SegmentFileName(uint64_t number);

}  // namespace kalamdb::cold
