// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cold/segment.h"

namespace kalamdb::cold {

// Which segments make up the cold part of one scope. The authority is the copy in the store, which
// changes in the same batch as the rows; manifest.json is published for other readers.
struct Manifest {
  uint64_t version = 0;      // Of this manifest: +1 a change.
  uint64_t next_number = 0;  // Of the next segment.
  // Rows up to this position are in segments or gone; later ones are hot.
  CommitSeq flushed_seq;
  int64_t created_at = 0;  // Microseconds since 1970.
  int64_t updated_at = 0;
  std::vector<SegmentMeta> segments;  // By `_seq`; their ranges do not overlap.
};

std::string EncodeManifest(const Manifest& manifest);
// Corruption when `bytes` is not one.
StatusOr<Manifest> DecodeManifest(std::string_view bytes);

// Two of its fields, without decoding the rest.
StatusOr<uint64_t> VersionOf(std::string_view manifest_bytes);
StatusOr<CommitSeq> FlushedSeqOf(std::string_view manifest_bytes);

// The text of manifest.json. `schemas` has an entry for each segment: the schema it was written with.
std::string ManifestJson(const Manifest& manifest, std::string_view table_name,
                         const std::string* user_id, const std::vector<const types::Schema*>& schemas);

}  // namespace kalamdb::cold
