// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "duckdb/common/types/data_chunk.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"

#include "base/mutex.h"
#include "cold/engine.h"
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

// Values by text key, the least recently used leave when the bytes are above a maximum. Thread-safe.
template <class T>
class LruCache {
 public:
  explicit LruCache(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  std::optional<T> Find(const std::string& key) {
    const MutexLock lock(mu_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
      return std::nullopt;
    }
    order_.splice(order_.begin(), order_, found->second);
    return found->second->value;
  }
  void Put(const std::string& key, T value, uint64_t bytes) {
    const MutexLock lock(mu_);
    if (const auto found = entries_.find(key); found != entries_.end()) {
      bytes_ -= found->second->bytes;
      order_.erase(found->second);
      entries_.erase(found);
    }
    order_.push_front({key, std::move(value), bytes + key.size() + kEntryBytes});
    entries_[key] = order_.begin();
    bytes_ += order_.front().bytes;
    while (bytes_ > bytes_max_ && order_.size() > 1) {
      bytes_ -= order_.back().bytes;
      entries_.erase(order_.back().key);
      order_.pop_back();
    }
  }

 private:
  static constexpr uint64_t kEntryBytes = 200;
  struct Entry {
    std::string key;
    T value;
    uint64_t bytes;
  };
  const uint64_t bytes_max_;
  Mutex mu_;
  std::list<Entry> order_ KALAMDB_GUARDED_BY(mu_);  // The most recently used first.
  std::unordered_map<std::string, typename std::list<Entry>::iterator> entries_
      KALAMDB_GUARDED_BY(mu_);
  uint64_t bytes_ KALAMDB_GUARDED_BY(mu_) = 0;
};

// The rows of a row group, flat vectors of the engine's types for ours: the columns of the written
// schema, `_seq`, `_deleted`.
struct DecodedGroup {
  std::vector<std::unique_ptr<duckdb::DataChunk>> chunks;
  std::vector<uint64_t> first_seqs;  // Of each chunk.
};

struct Engine::Rep {
  explicit Rep(const EngineOptions& options);

  struct Footer {
    FooterPtr footer;
    FileIdentity file;
  };
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

// The footer of a segment, from the cache if the file is unchanged. The first time, all bytes of the
// file are read and compared with the checksum in the manifest. Throws nothing.
StatusOr<FooterPtr> ReadFooter(Engine& engine, const Segment& segment);

// Row groups that may hold positions in [first, last].
std::vector<duckdb::idx_t> GroupsWith(const FooterPtr& footer, CommitSeq first, CommitSeq last);

}  // namespace kalamdb::cold
