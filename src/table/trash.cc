// SPDX-License-Identifier: Apache-2.0
#include "table/trash.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "cold/folder_store.h"
#include "types/key_codec.h"

namespace kalamdb::table {

namespace {

constexpr std::string_view kTrashPrefix = "k/trash/";

std::string KeyOf(const TrashFile& file) {
  std::string key(kTrashPrefix);
  types::AppendKeyString(file.storage_id, &key);
  types::AppendKeyString(file.path, &key);
  return key;
}

}  // namespace

void Trash::Put(const TrashFile& file, store::WriteBatch* batch) {
  batch->Put(store::Family::kMeta, KeyOf(file), {});
}

void Trash::Delete(const TrashFile& file, store::WriteBatch* batch) {
  batch->Delete(store::Family::kMeta, KeyOf(file));
}

StatusOr<uint64_t> Trash::RemoveFile(const TrashFile& file) {
  const catalog::StorageDefPtr storage = find_storage_(file.storage_id);
  uint64_t freed = 0;
  if (storage != nullptr) {
    KALAMDB_ASSIGN_OR_RETURN(freed, cold::FolderStore(storage->base_directory).Remove(file.path));
  }
  store::WriteBatch batch(store_);
  Delete(file, &batch);
  KALAMDB_RETURN_IF_ERROR(store_.Write(batch, false));
  const MutexLock lock(mu_);
  ++removed_.files;
  removed_.bytes += freed;
  return freed;
}

StatusOr<TrashStats> Trash::RemoveLeftovers() {
  std::vector<TrashFile> files;
  const auto keys = store_.NewIterator(store::Family::kMeta, std::string(kTrashPrefix),
                                       types::PrefixEnd(kTrashPrefix), nullptr);
  for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
    types::KeyReader key(keys->key().substr(kTrashPrefix.size()));
    TrashFile& file = files.emplace_back();
    KALAMDB_ASSIGN_OR_RETURN(file.storage_id, key.ReadString());
    KALAMDB_ASSIGN_OR_RETURN(file.path, key.ReadString());
  }
  KALAMDB_RETURN_IF_ERROR(keys->status());
  TrashStats stats;
  for (const TrashFile& file : files) {
    if (const StatusOr<uint64_t> freed = RemoveFile(file); freed.has_value()) {
      ++stats.files;
      stats.bytes += *freed;
    } else {
      // The storage may be unmounted: tried again while the server runs.
      const MutexLock lock(mu_);
      waiting_.push_back({file, 0});
    }
  }
  return stats;
}

void Trash::Discard(std::vector<TrashFile> files) {
  const uint64_t number = store_.LatestNumber();
  const MutexLock lock(mu_);
  for (TrashFile& file : files) {
    waiting_.push_back({std::move(file), number});
  }
}

Status Trash::Sweep() {
  std::vector<Waiting> ready;
  {
    const MutexLock lock(mu_);
    if (waiting_.empty()) {
      return {};
    }
    const uint64_t visible = store_.OldestVisibleNumber();
    const auto keep = std::partition(waiting_.begin(), waiting_.end(), [&](const Waiting& entry) {
      return entry.number > visible;
    });
    std::move(keep, waiting_.end(), std::back_inserter(ready));
    waiting_.erase(keep, waiting_.end());
  }
  Status failed;
  for (Waiting& entry : ready) {
    if (StatusOr<uint64_t> freed = RemoveFile(entry.file); !freed.has_value()) {
      if (failed.ok()) {
        failed = std::move(freed).error();
      }
      const MutexLock lock(mu_);
      waiting_.push_back(std::move(entry));
    }
  }
  return failed;
}

StatusOr<bool> Trash::Holds(const TrashFile& file) const {
  std::string unused;
  return store_.Get(store::Family::kMeta, KeyOf(file), nullptr, &unused);
}

StatusOr<size_t> Trash::CountOf(std::string_view storage_id) const {
  std::string prefix(kTrashPrefix);
  types::AppendKeyString(storage_id, &prefix);
  const auto keys =
      store_.NewIterator(store::Family::kMeta, prefix, types::PrefixEnd(prefix), nullptr);
  size_t count = 0;
  for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
    ++count;
  }
  KALAMDB_RETURN_IF_ERROR(keys->status());
  return count;
}

Status Trash::Rescue(const TrashFile& file) {
  {
    const MutexLock lock(mu_);
    std::erase_if(waiting_, [&](const Waiting& entry) { return entry.file == file; });
  }
  store::WriteBatch batch(store_);
  Delete(file, &batch);
  return store_.Write(batch, false);
}

Status Trash::RemoveNow(const TrashFile& file) {
  const StatusOr<uint64_t> freed = RemoveFile(file);
  if (freed.has_value()) {
    return {};
  }
  const MutexLock lock(mu_);
  waiting_.push_back({file, 0});
  return freed.error();
}

void Trash::DiscardRange(store::Family family, std::string begin, std::string end) {
  constexpr uint64_t kBytesWorthIt = 4u << 20;
  if (store_.EstimateBytes(family, begin, end) > kBytesWorthIt) {
    const uint64_t number = store_.LatestNumber();
    const MutexLock lock(mu_);
    ranges_.push_back({family, std::move(begin), std::move(end), number});
  }
}

void Trash::FreeSpace(std::atomic<bool>* is_cancelled) {
  std::vector<Range> ranges;
  {
    const MutexLock lock(mu_);
    const uint64_t visible = ranges_.empty() ? 0 : store_.OldestVisibleNumber();
    const auto keep = std::partition(ranges_.begin(), ranges_.end(), [&](const Range& range) {
      return range.number > visible;
    });
    std::move(keep, ranges_.end(), std::back_inserter(ranges));
    ranges_.erase(keep, ranges_.end());
  }
  for (const Range& range : ranges) {
    // Whole files go whatever snapshots see: nobody sees these.
    store_.DeleteFilesInRange(range.family, range.begin, range.end)
        .Ignore("the store frees the space later by itself");
    store_.CompactRange(range.family, range.begin, range.end, is_cancelled)
        .Ignore("the store frees the space later by itself");
  }
}

TrashStats Trash::removed() const {
  const MutexLock lock(mu_);
  return removed_;
}

size_t Trash::waiting() const {
  const MutexLock lock(mu_);
  return waiting_.size();
}

}  // namespace kalamdb::table
