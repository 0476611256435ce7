// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

namespace {

types::Row RowOf(const ManifestRow& manifest) {
  const auto seq = [&](CommitSeq value) {
    return manifest.segment_count == 0 ? types::Value()
                                       : IntValue(static_cast<int64_t>(value.value));
  };
  return {TextValue(manifest.namespace_id + ":" + manifest.table_name + ":" + manifest.scope),
          TextValue(manifest.namespace_id),
          TextValue(manifest.table_name),
          TextValue(manifest.scope),
          types::Value(),
          IntValue(manifest.updated_at),
          IntValue(manifest.updated_at),
          BoolValue(true),
          TextValue(manifest.sync_state),
          TextValue(manifest.manifest_json),
          CountValue(manifest.version),
          CountValue(manifest.segment_count),
          CountValue(manifest.row_count),
          CountValue(manifest.tombstone_count),
          CountValue(manifest.dead_row_count),
          CountValue(manifest.bytes),
          seq(manifest.min_seq),
          seq(manifest.max_seq),
          IntValue(manifest.created_at),
          TextValue(manifest.segments_json),
          TextValue(manifest.status)};
}

}  // namespace

// Today's columns, then what the document holds as columns, and whether the files are there.
SystemTable MakeSystemManifest(ManifestSource manifests) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "manifest";
  table.schema = SystemSchema({{"cache_key", kText, kKey},
                               {"namespace_id", kText, kNotNull},
                               {"table_name", kText, kNotNull},
                               {"scope", kText, kNotNull},
                               {"etag", kText},
                               {"last_refreshed", kTimestamp, kNotNull},
                               {"last_accessed", kTimestamp, kNotNull},
                               {"in_memory", kBoolean, kNotNull},
                               {"sync_state", kText, kNotNull},
                               {"manifest_json", kJson, kNotNull},
                               {"version", kBigInt, kNotNull},
                               {"segment_count", kBigInt, kNotNull},
                               {"row_count", kBigInt, kNotNull},
                               {"tombstone_count", kBigInt, kNotNull},
                               {"dead_row_count", kBigInt, kNotNull},
                               {"size_bytes", kBigInt, kNotNull},
                               {"min_seq", kBigInt},
                               {"max_seq", kBigInt},
                               {"created_at", kTimestamp, kNotNull},
                               {"segments", kJson, kNotNull},
                               {"status", kText, kNotNull}});
  table.rows = [manifests = std::move(manifests)](Role) {
    std::vector<types::Row> rows;
    for (const ManifestRow& manifest : manifests()) {
      rows.push_back(RowOf(manifest));
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
