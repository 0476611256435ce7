// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace kalamdb::store {

// Ordered key spaces, shared by all tables. The numbers index internal tables and are not stored.
enum class Family : uint8_t {
  kMeta = 0,    // Catalog records and counters.
  kRows = 1,    // [table][scope][_seq] -> row
  kPk = 2,      // [table][scope][primary key] -> _seq and flags
  kCold = 3,    // [table][scope] -> manifest of its segments, and their dead rows
  kEvents = 4,  // [table][scope][_seq] -> event of a STREAM table
};
constexpr size_t kFamilyCount = 5;

struct StoreOptions {
  uint64_t block_cache_bytes = 64u << 20;
  uint64_t write_buffer_bytes = 64u << 20;  // Of each large family, per memtable.
  int background_jobs = 2;
  int open_files_max = 512;
};

class KvStore;

// Changes to one store that become visible and durable together. Thread-compatible; must not outlive
// the store.
class WriteBatch {
 public:
  explicit WriteBatch(const KvStore& store);
  ~WriteBatch();
  WriteBatch(WriteBatch&&) noexcept;
  WriteBatch& operator=(WriteBatch&&) noexcept;

  void Put(Family family, std::string_view key, std::string_view value);
  void Delete(Family family, std::string_view key);
  // All keys in [begin, end).
  void DeleteRange(Family family, std::string_view begin, std::string_view end);
  void Clear();
  bool IsEmpty() const;
  size_t ByteSize() const;

 private:
  friend class KvStore;
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// The store as of one moment. Held by shared pointers: a query, its scans and its transaction may
// each outlive the others.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // It sees what KvStore::LatestNumber() counted up to here.
  virtual uint64_t number() const = 0;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Keys of one family in byte order within bounds. Keeps the blocks it stands on in memory. Confined
// to one thread at a time; must not outlive the store or the snapshot it was opened with.
class Iterator {
 public:
  virtual ~Iterator() = default;
  virtual void SeekToFirst() = 0;  // Of the bounds.
  virtual void SeekToLast() = 0;
  virtual void Seek(std::string_view key) = 0;
  virtual void Next() = 0;
  virtual void Prev() = 0;
  virtual bool Valid() const = 0;
  // Borrowed until the next move.
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  // Why Valid() is false: OK at the end.
  virtual Status status() const = 0;
};

struct StoreStats {
  uint64_t memtable_bytes = 0;
  uint64_t table_files_bytes = 0;
  uint64_t block_cache_bytes = 0;
  uint64_t estimated_rows = 0;
};

// An embedded ordered key-value store with atomic batches and snapshots. Thread-safe.
// IoError and Corruption are for an operator; after a failed write the store accepts no more writes.
class KvStore {
 public:
  // Creates the store in `directory` when there is none.
  static StatusOr<std::unique_ptr<KvStore>> Open(const std::string& directory,
                                                 const StoreOptions& options);
  ~KvStore();

  // False when there is no such key. `snapshot` may be null: the newest state.
  StatusOr<bool> Get(Family family, std::string_view key, const Snapshot* snapshot,
                     std::string* value) const;
  // Keys in [begin, end); empty `end`: to the last key. `snapshot` may be null.
  // kBulk: many rows will be read once; they do not push others out of the cache.
  enum class Access : uint8_t { kNormal, kBulk };
  std::unique_ptr<Iterator> NewIterator(Family family, std::string begin, std::string end,
                                        SnapshotPtr snapshot,
                                        Access access = Access::kNormal) const;
  SnapshotPtr TakeSnapshot() const;

  // Applies the batch. With `is_synced` it is on disk on return; without, after the next Sync() or
  // synced Write().
  Status Write(const WriteBatch& batch, bool is_synced);
  Status Sync();
  // Frees the disk space of files that lie wholly in [begin, end). The caller has deleted the range.
  Status DeleteFilesInRange(Family family, std::string_view begin, std::string_view end);
  // Rewrites what lies in [begin, end) without what was deleted. Takes as long as that is large; reads
  // and writes go on. Ends early when `*is_cancelled` becomes true.
  Status CompactRange(Family family, std::string_view begin, std::string_view end,
                      std::atomic<bool>* is_cancelled);
  // False after a failed write or sync: no further write is accepted. Restart recovers.
  bool IsHealthy() const;
  // A number that grows with every write, and the one that the oldest snapshot still sees; the same
  // number when there is no snapshot. What was removed at a number below it is seen by nobody.
  uint64_t LatestNumber() const;
  uint64_t OldestVisibleNumber() const;
  // Stored bytes of [begin, end), roughly; cheap.
  uint64_t EstimateBytes(Family family, std::string_view begin, std::string_view end) const;
  StoreStats Stats() const;

 private:
  friend class WriteBatch;
  struct Rep;
  explicit KvStore(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace kalamdb::store
