// SPDX-License-Identifier: Apache-2.0
#include "store/kv_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "base/check.h"

namespace kalamdb::store {

namespace {

constexpr std::array<const char*, kFamilyCount> kFamilyNames = {"default", "rows", "pk", "cold",
                                                                "events"};

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

Status FromRocks(const rocksdb::Status& status, std::string_view what) {
  if (status.ok()) {
    return {};
  }
  const std::string text = std::string(what) + ": " + status.ToString();
  if (status.IsCorruption()) {
    return Corruption(text);
  }
  if (status.IsBusy() || status.IsTryAgain() || status.IsShutdownInProgress()) {
    return Unavailable(text);
  }
  return IoError(text);
}

class RocksSnapshot final : public Snapshot {
 public:
  explicit RocksSnapshot(rocksdb::DB& db) : db_(db), snapshot_(db.GetSnapshot()) {}
  ~RocksSnapshot() override { db_.ReleaseSnapshot(snapshot_); }
  RocksSnapshot(const RocksSnapshot&) = delete;
  RocksSnapshot& operator=(const RocksSnapshot&) = delete;
  uint64_t number() const override { return snapshot_->GetSequenceNumber(); }
  const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
};

// RocksDB counts every step of every thread in thread-local variables of a shared library, which
// took a tenth of the time of a scan. Nobody reads them.
void StopCounting() {
  thread_local const bool is_stopped = [] {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    return true;
  }();
  static_cast<void>(is_stopped);
}

rocksdb::ReadOptions ReadOptionsFor(const Snapshot* snapshot) {
  StopCounting();
  rocksdb::ReadOptions options;
  if (snapshot != nullptr) {
    options.snapshot = static_cast<const RocksSnapshot*>(snapshot)->get();
  }
  return options;
}

class RocksIterator final : public Iterator {
 public:
  RocksIterator(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string begin,
                std::string end, SnapshotPtr snapshot, KvStore::Access access)
      : begin_(std::move(begin)), end_(std::move(end)), snapshot_(std::move(snapshot)) {
    rocksdb::ReadOptions options = ReadOptionsFor(snapshot_.get());
    lower_ = ToSlice(begin_);
    upper_ = ToSlice(end_);
    options.iterate_lower_bound = &lower_;
    if (!end_.empty()) {
      options.iterate_upper_bound = &upper_;
    }
    options.total_order_seek = true;
    if (access == KvStore::Access::kBulk) {
      options.fill_cache = false;
      options.readahead_size = 1u << 20;
    }
    iterator_.reset(db.NewIterator(options, family));
  }
  void SeekToFirst() override { iterator_->Seek(lower_); }
  void SeekToLast() override { iterator_->SeekToLast(); }
  void Seek(std::string_view key) override { iterator_->Seek(ToSlice(key)); }
  void Next() override { iterator_->Next(); }
  void Prev() override { iterator_->Prev(); }
  bool Valid() const override { return iterator_->Valid(); }
  std::string_view key() const override { return ToView(iterator_->key()); }
  std::string_view value() const override { return ToView(iterator_->value()); }
  Status status() const override { return FromRocks(iterator_->status(), "scan"); }

 private:
  std::string begin_;
  std::string end_;
  rocksdb::Slice lower_;
  rocksdb::Slice upper_;
  SnapshotPtr snapshot_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

rocksdb::ColumnFamilyOptions FamilyOptions(Family family, const StoreOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.block_size = 8u << 10;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions result;
  result.compression = rocksdb::kLZ4Compression;
  result.level_compaction_dynamic_level_bytes = true;
  const bool is_large = family == Family::kRows || family == Family::kPk;
  result.write_buffer_size = is_large ? options.write_buffer_bytes : 4u << 20;
  if (family == Family::kEvents) {
    // Most events are gone before their memtable is full; the rest must not make a scan step over
    // what was deleted for long.
    result.write_buffer_size = std::min<uint64_t>(options.write_buffer_bytes, 16u << 20);
  }
  result.max_write_buffer_number = 3;
  if (family == Family::kPk) {
    // Every INSERT asks for a key that is not there: filters answer without touching blocks.
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    result.memtable_prefix_bloom_size_ratio = 0.05;
    result.memtable_whole_key_filtering = true;
  }
  result.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return result;
}

}  // namespace

struct KvStore::Rep {
  // Handles go before the database that they belong to.
  ~Rep() {
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      if (db != nullptr && handle != nullptr) {
        db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
      }
    }
    if (db != nullptr) {
      db->Close().PermitUncheckedError();
    }
  }
  rocksdb::ColumnFamilyHandle* handle(Family family) const {
    return handles[static_cast<size_t>(family)];
  }

  std::shared_ptr<rocksdb::Cache> cache;
  std::unique_ptr<rocksdb::DB> db;
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> handles{};
  // Set after a failed write or sync: what is on disk is then unknown, so nothing may follow it.
  std::atomic<bool> is_failed{false};
};

struct WriteBatch::Rep {
  const KvStore::Rep* store;
  rocksdb::WriteBatch batch;
};

// Appending to a batch in memory cannot fail: the keys of one call stay far below 4 GiB.
WriteBatch::WriteBatch(const KvStore& store) : rep_(std::make_unique<Rep>()) {
  rep_->store = store.rep_.get();
}
WriteBatch::~WriteBatch() = default;
WriteBatch::WriteBatch(WriteBatch&&) noexcept = default;
WriteBatch& WriteBatch::operator=(WriteBatch&&) noexcept = default;

void WriteBatch::Put(Family family, std::string_view key, std::string_view value) {
  KALAMDB_CHECK(
      rep_->batch.Put(rep_->store->handle(family), ToSlice(key), ToSlice(value)).ok());
}

void WriteBatch::Delete(Family family, std::string_view key) {
  KALAMDB_CHECK(rep_->batch.Delete(rep_->store->handle(family), ToSlice(key)).ok());
}

void WriteBatch::DeleteRange(Family family, std::string_view begin, std::string_view end) {
  KALAMDB_CHECK(
      rep_->batch.DeleteRange(rep_->store->handle(family), ToSlice(begin), ToSlice(end)).ok());
}

void WriteBatch::Clear() { rep_->batch.Clear(); }
bool WriteBatch::IsEmpty() const { return rep_->batch.Count() == 0; }
size_t WriteBatch::ByteSize() const { return rep_->batch.GetDataSize(); }

KvStore::KvStore(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
KvStore::~KvStore() = default;

StatusOr<std::unique_ptr<KvStore>> KvStore::Open(const std::string& directory,
                                                 const StoreOptions& options) {
  auto rep = std::make_unique<Rep>();
  rep->cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  rocksdb::DBOptions db_options;
  db_options.create_if_missing = true;
  db_options.create_missing_column_families = true;
  db_options.max_open_files = options.open_files_max;
  db_options.max_background_jobs = options.background_jobs;
  db_options.max_total_wal_size = 512u << 20;
  db_options.keep_log_file_num = 4;
  db_options.max_log_file_size = 8u << 20;
  db_options.info_log_level = rocksdb::WARN_LEVEL;
  db_options.stats_dump_period_sec = 0;
  // A torn tail is an unacknowledged write; anything else in the middle of the log is an error.
  db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (size_t i = 0; i < kFamilyCount; ++i) {
    families.emplace_back(kFamilyNames[i],
                          FamilyOptions(static_cast<Family>(i), options, rep->cache));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  // Compactions yield to statements.
  db_options.env->LowerThreadPoolCPUPriority(rocksdb::Env::Priority::LOW);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      rocksdb::DB::Open(db_options, directory, families, &handles, &db);
  if (!opened.ok()) {
    return Error(FromRocks(opened, "open " + directory));
  }
  rep->db.reset(db);
  std::copy(handles.begin(), handles.end(), rep->handles.begin());
  return std::unique_ptr<KvStore>(new KvStore(std::move(rep)));
}

StatusOr<bool> KvStore::Get(Family family, std::string_view key, const Snapshot* snapshot,
                            std::string* value) const {
  rocksdb::PinnableSlice pinned(value);
  const rocksdb::Status status =
      rep_->db->Get(ReadOptionsFor(snapshot), rep_->handle(family), ToSlice(key), &pinned);
  if (status.IsNotFound()) {
    return false;
  }
  if (!status.ok()) {
    return Error(FromRocks(status, "read"));
  }
  if (pinned.IsPinned()) {
    value->assign(pinned.data(), pinned.size());
  }
  return true;
}

std::unique_ptr<Iterator> KvStore::NewIterator(Family family, std::string begin, std::string end,
                                               SnapshotPtr snapshot, Access access) const {
  return std::make_unique<RocksIterator>(*rep_->db, rep_->handle(family), std::move(begin),
                                         std::move(end), std::move(snapshot), access);
}

SnapshotPtr KvStore::TakeSnapshot() const { return std::make_shared<RocksSnapshot>(*rep_->db); }

Status KvStore::Write(const WriteBatch& batch, bool is_synced) {
  if (rep_->is_failed.load(std::memory_order_relaxed)) {
    return Unavailable("the store stopped after a failed write; restart the server");
  }
  StopCounting();
  rocksdb::WriteOptions options;
  options.sync = is_synced;
  // RocksDB takes the batch by pointer to stamp its sequence number into it.
  const rocksdb::Status status = rep_->db->Write(options, &batch.rep_->batch);
  if (!status.ok()) {
    rep_->is_failed.store(true, std::memory_order_relaxed);
  }
  return FromRocks(status, "write");
}

Status KvStore::Sync() {
  if (rep_->is_failed.load(std::memory_order_relaxed)) {
    return Unavailable("the store stopped after a failed write; restart the server");
  }
  const rocksdb::Status status = rep_->db->SyncWAL();
  if (!status.ok()) {
    rep_->is_failed.store(true, std::memory_order_relaxed);
  }
  return FromRocks(status, "sync");
}

Status KvStore::CompactRange(Family family, std::string_view begin, std::string_view end,
                             std::atomic<bool>* is_cancelled) {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.canceled = is_cancelled;
  const rocksdb::Slice first = ToSlice(begin);
  const rocksdb::Slice last = ToSlice(end);
  return FromRocks(rep_->db->CompactRange(options, rep_->handle(family), &first, &last), "compact");
}

uint64_t KvStore::LatestNumber() const { return rep_->db->GetLatestSequenceNumber(); }

uint64_t KvStore::OldestVisibleNumber() const {
  const uint64_t latest = LatestNumber();
  uint64_t oldest = 0;
  const bool is_known =
      rep_->db->GetIntProperty(rocksdb::DB::Properties::kOldestSnapshotSequence, &oldest);
  return is_known && oldest != 0 ? std::min(oldest, latest) : latest;
}

bool KvStore::IsHealthy() const { return !rep_->is_failed.load(std::memory_order_relaxed); }

Status KvStore::DeleteFilesInRange(Family family, std::string_view begin, std::string_view end) {
  const rocksdb::Slice begin_slice = ToSlice(begin);
  const rocksdb::Slice end_slice = ToSlice(end);
  return FromRocks(rocksdb::DeleteFilesInRange(rep_->db.get(), rep_->handle(family), &begin_slice,
                                               &end_slice, /*include_end=*/false),
                   "delete files");
}

uint64_t KvStore::EstimateBytes(Family family, std::string_view begin, std::string_view end) const {
  const rocksdb::Range range(ToSlice(begin), ToSlice(end));
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  options.include_files = true;
  uint64_t bytes = 0;
  const rocksdb::Status status =
      rep_->db->GetApproximateSizes(options, rep_->handle(family), &range, 1, &bytes);
  return status.ok() ? bytes : 0;
}

StoreStats KvStore::Stats() const {
  StoreStats stats;
  for (size_t i = 0; i < kFamilyCount; ++i) {
    const auto read = [&](const std::string& property) {
      uint64_t value = 0;
      return rep_->db->GetIntProperty(rep_->handles[i], property, &value) ? value : 0;
    };
    stats.memtable_bytes += read(rocksdb::DB::Properties::kCurSizeAllMemTables);
    stats.table_files_bytes += read(rocksdb::DB::Properties::kTotalSstFilesSize);
  }
  stats.block_cache_bytes = rep_->cache->GetUsage();
  uint64_t rows = 0;
  if (rep_->db->GetIntProperty(rep_->handle(Family::kRows),
                               rocksdb::DB::Properties::kEstimateNumKeys, &rows)) {
    stats.estimated_rows = rows;
  }
  return stats;
}

}  // namespace kalamdb::store
