// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "store/kv_store.h"
#include "table/tiers.h"

namespace kalamdb::table {

// A file of a storage that is, or may be, nobody's.
struct TrashFile {
  std::string storage_id;
  std::string path;
  auto operator<=>(const TrashFile&) const = default;
};

struct TrashStats {
  uint64_t files = 0;
  uint64_t bytes = 0;
};

// Files to remove. Each has a record in the store: written before a file is created and deleted in
// the batch that makes the file part of a manifest, or written in the batch that takes it out of
// one. So no crash leaves a file that nobody names. A file that old snapshots still see stays until
// they are gone. Thread-safe.
class Trash {
 public:
  Trash(store::KvStore& store, Tiers::FindStorage find_storage)
      : store_(store), find_storage_(std::move(find_storage)) {}

  // At start, before anything is written: removes every file that has a record.
  StatusOr<TrashStats> RemoveLeftovers();

  static void Put(const TrashFile& file, store::WriteBatch* batch);
  static void Delete(const TrashFile& file, store::WriteBatch* batch);

  // After a batch with the records of `files` was written: they go when no snapshot is left that was
  // taken before.
  void Discard(std::vector<TrashFile> files);
  // Removes what nobody sees any more. Files that cannot be removed stay in the list; the error is of
  // the first of them.
  Status Sweep();
  // True when the file waits to be removed: its name may not be used again yet.
  StatusOr<bool> Holds(const TrashFile& file) const;
  // Files of a storage that have a record.
  StatusOr<size_t> CountOf(std::string_view storage_id) const;
  // Takes a file that is written anew under the same name out of the list.
  Status Rescue(const TrashFile& file);
  // Removes a file now, and its record: one that was never in a manifest.
  Status RemoveNow(const TrashFile& file);

  // After a batch that deleted all keys of [begin, end): their space is given back when no snapshot
  // is left that sees them.
  void DiscardRange(store::Family family, std::string begin, std::string end);
  // Gives back the space of discarded ranges. Takes as long as there is much of it; reads and writes
  // go on. Ends early when `*is_cancelled` becomes true.
  void FreeSpace(std::atomic<bool>* is_cancelled);

  TrashStats removed() const;
  size_t waiting() const;

 private:
  struct Waiting {
    TrashFile file;
    uint64_t number;  // Of the store, when it was discarded.
  };
  struct Range {
    store::Family family;
    std::string begin;
    std::string end;
    uint64_t number;  // Of the store, when it was discarded.
  };
  StatusOr<uint64_t> RemoveFile(const TrashFile& file);

  store::KvStore& store_;
  const Tiers::FindStorage find_storage_;
  mutable Mutex mu_;
  std::vector<Waiting> waiting_ KALAMDB_GUARDED_BY(mu_);
  std::vector<Range> ranges_ KALAMDB_GUARDED_BY(mu_);
  TrashStats removed_ KALAMDB_GUARDED_BY(mu_);
};

}  // namespace kalamdb::table
