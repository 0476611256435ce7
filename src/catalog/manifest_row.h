// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/ids.h"

namespace kalamdb::catalog {

// What system.manifest tells about the segments of one scope; the table engine provides it. Times
// are microseconds since 1970.
struct ManifestRow {
  std::string namespace_id;
  std::string table_name;
  std::string scope;  // The user id, or "shared".
  int64_t created_at = 0;
  int64_t updated_at = 0;
  std::string sync_state;     // "in_sync", "pending_write", "error"
  std::string manifest_json;  // As manifest.json.
  uint64_t version = 0;
  uint64_t segment_count = 0;
  uint64_t row_count = 0;  // In segments, tombstones and dead rows included.
  uint64_t tombstone_count = 0;
  uint64_t dead_row_count = 0;  // Superseded since they were flushed.
  uint64_t bytes = 0;
  CommitSeq min_seq, max_seq;  // 0: no segments.
  std::string segments_json;   // One object a segment, with its state.
  std::string status;          // "ok", or what is wrong.
};

// Thread-safe; the rows by namespace, table and scope.
using ManifestSource = std::function<std::vector<ManifestRow>()>;

}  // namespace kalamdb::catalog
