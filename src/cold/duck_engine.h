// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "duckdb/common/types/data_chunk.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"

#include "cold/engine.h"
#include "cold/lru_cache.h"
#include "cold/segment.h"

namespace duckdb {
class ParquetFileMetadataCache;
}

namespace kalamdb::cold {

using FooterPtr = duckdb::shared_ptr<duckdb::ParquetFileMetadataCache>;

// What tells that a file is still the one that was checked.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t modified_nanos = 0;
  int64_t changed_nanos = 0;
  bool operator==(const FileIdentity&) const = default;
};

// The rows of a row group, flat vectors of the engine's types for ours: the columns of the written
// schema, `_seq`, `_deleted`.
struct DecodedGroup {
  std::vector<std::unique_ptr<duckdb::DataChunk>> chunks;
  std::vector<uint64_t> first_seqs;  // Of each chunk.
};

struct Engine::Rep {
  Rep(const EngineOptions& options, const Activity& clients);

  struct Footer {
    FooterPtr footer;
    FileIdentity file;
  };
  const Activity& activity;
  duckdb::unique_ptr<duckdb::DuckDB> database;
  LruCache<Footer> footers;
  LruCache<std::shared_ptr<const DecodedGroup>> groups;
};

// Runs `call`, which may throw what the library throws. IoError or Corruption naming `file`.
Status TranslateError(const std::exception& error, const std::string& file);

template <class F>
auto CallEngine(const std::string& file, F&& call) -> decltype(call()) {
  try {
    return std::forward<F>(call)();
  } catch (const std::bad_alloc&) {
    return Error(ResourceExhausted("out of memory at " + file));
  } catch (const std::exception& error) {
    return Error(TranslateError(error, file));
  }
}

// The footer of a segment, from the cache if the file is unchanged. The first time, all bytes of
// the file are read and compared with the checksum in the manifest. Throws nothing.
StatusOr<FooterPtr> ReadFooter(Engine& engine, const Segment& segment);

// Row groups that may hold positions in [first, last].
std::vector<duckdb::idx_t> GroupsWith(const FooterPtr& footer, CommitSeq first, CommitSeq last);

}  // namespace kalamdb::cold
