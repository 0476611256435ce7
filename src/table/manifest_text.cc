// SPDX-License-Identifier: Apache-2.0
#include "table/manifest_text.h"

#include <algorithm>
#include <vector>

namespace kalamdb::table {

std::string ManifestText(const catalog::TableDef& table, const Scope& scope,
                         const cold::Manifest& manifest) {
  std::vector<const types::Schema*> schemas;
  for (const cold::SegmentMeta& segment : manifest.segments) {
    const auto written = std::find_if(
        table.versions.begin(), table.versions.end(),
        [&](const types::Schema& schema) { return schema.version == segment.schema_version; });
    schemas.push_back(written == table.versions.end() ? &table.schema() : &*written);
  }
  const std::string* user = table.kind == catalog::TableKind::kUser ? &scope.value : nullptr;
  return cold::ManifestJson(manifest, table.QualifiedName(), user, schemas);
}

}  // namespace kalamdb::table
