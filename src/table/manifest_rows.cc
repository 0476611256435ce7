// SPDX-License-Identifier: Apache-2.0
#include "table/manifest_rows.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "table/manifest_text.h"
#include "types/json_codec.h"

namespace kalamdb::table {

namespace {

std::string StateOfFile(const cold::SegmentStore& storage, const cold::SegmentMeta& segment) {
  const StatusOr<std::optional<uint64_t>> bytes = storage.Size(segment.path);
  if (!bytes.has_value()) {
    return "unreadable: " + bytes.error().message();
  }
  if (!bytes->has_value()) {
    return "missing";
  }
  return **bytes == segment.bytes
             ? "ok"
             : fmt::format("damaged: {} bytes instead of {}", **bytes, segment.bytes);
}

void AppendSegment(const cold::SegmentMeta& segment, uint64_t dead, const std::string& state,
                   std::string* json) {
  *json += json->size() == 1 ? "" : ",";
  *json += "{\"id\":";
  types::AppendJsonString(segment.path.substr(segment.path.rfind('/') + 1), json);
  *json += ",\"path\":";
  types::AppendJsonString(segment.path, json);
  *json += fmt::format(
      R"(,"min_seq":{},"max_seq":{},"row_count":{},"tombstone_count":{},"dead_row_count":{},)"
      R"("size_bytes":{},"schema_version":{},"created_at":{},"status":)",
      segment.min_seq.value, segment.max_seq.value, segment.row_count, segment.tombstone_count,
      dead, segment.bytes, segment.schema_version, segment.created_at / 1000);
  types::AppendJsonString(state, json);
  *json += '}';
}

// Fills what the segments of the scope tell.
Status AddSegments(const Tiers& tiers, const catalog::TableDef& table, const std::string& prefix,
                   const cold::Manifest& manifest, const store::SnapshotPtr& snapshot,
                   catalog::ManifestRow* row) {
  KALAMDB_ASSIGN_OR_RETURN(const auto storage, tiers.OpenStorage(table));
  row->segments_json = "[";
  for (const cold::SegmentMeta& segment : manifest.segments) {
    KALAMDB_ASSIGN_OR_RETURN(
        const DeadCount dead,
        tiers.CountDead(prefix, segment.min_seq, segment.max_seq, snapshot, nullptr));
    const std::string state = StateOfFile(*storage, segment);
    if (state != "ok" && row->status == "ok") {
      row->status = segment.path + ": " + state;
    }
    row->row_count += segment.row_count;
    row->tombstone_count += segment.tombstone_count;
    row->dead_row_count += dead.rows;
    row->bytes += segment.bytes;
    row->min_seq = row->segment_count == 0 ? segment.min_seq : row->min_seq;
    row->max_seq = segment.max_seq;
    ++row->segment_count;
    AppendSegment(segment, dead.rows, state, &row->segments_json);
  }
  row->segments_json += "]";
  return {};
}

catalog::ManifestRow RowOf(const store::KvStore& store, const Tiers& tiers,
                           const catalog::TableDef& table, const Scope& scope,
                           const cold::Manifest& manifest, const store::SnapshotPtr& snapshot) {
  const std::string prefix = ScopePrefix(table.id, scope);
  catalog::ManifestRow row;
  row.namespace_id = table.namespace_id;
  row.table_name = table.name;
  row.scope = table.kind == catalog::TableKind::kUser ? scope.value : "shared";
  row.created_at = manifest.created_at;
  row.updated_at = manifest.updated_at;
  row.version = manifest.version;
  row.manifest_json = ManifestText(table, scope, manifest);
  row.status = "ok";
  if (const Status added = AddSegments(tiers, table, prefix, manifest, snapshot, &row);
      !added.ok()) {
    row.segments_json = "[]";
    row.status = added.message();
  }
  const auto hot =
      store.NewIterator(store::Family::kRows, prefix, types::PrefixEnd(prefix), snapshot);
  hot->SeekToFirst();
  row.sync_state = row.status != "ok" ? "error" : hot->Valid() ? "pending_write" : "in_sync";
  return row;
}

}  // namespace

std::vector<catalog::ManifestRow> ListManifests(const store::KvStore& store, const Tiers& tiers,
                                                const std::vector<catalog::TableDefPtr>& tables) {
  std::vector<catalog::ManifestRow> rows;
  const store::SnapshotPtr snapshot = store.TakeSnapshot();
  for (const catalog::TableDefPtr& table : tables) {
    const Status status = tiers.ForEachScope(
        *table, snapshot, [&](const Scope& scope, const cold::Manifest& manifest) {
          rows.push_back(RowOf(store, tiers, *table, scope, manifest, snapshot));
          return Status();
        });
    if (!status.ok()) {
      catalog::ManifestRow& row = rows.emplace_back();
      row.namespace_id = table->namespace_id;
      row.table_name = table->name;
      row.sync_state = "error";
      row.manifest_json = "{}";
      row.segments_json = "[]";
      row.status = status.message();
    }
  }
  return rows;
}

}  // namespace kalamdb::table
