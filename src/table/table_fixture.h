// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "table/compactor.h"
#include "table/flusher.h"
#include "table/reader.h"

namespace kalamdb::table {

// A real store in a directory of its own, a committer on it, both tiers, and a table (id BIGINT,
// name TEXT) whose segments are below files_.
class TableFixture : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ =
        std::filesystem::path(testing::TempDir()) /
        ("table_" + std::to_string(getpid()) + "_" + test->test_suite_name() + "_" + test->name());
    std::filesystem::remove_all(directory_);
    files_ = directory_ / "storage";
    table_ = MakeTable(7);
    Open();
  }
  void TearDown() override {
    Close();
    std::filesystem::remove_all(directory_);
  }
  void Open() {
    auto storage = std::make_shared<catalog::StorageDef>();
    storage->id = "local";
    storage->base_directory = files_;
    storage->shared_tables_template = "{namespace}/{tableName}";
    storage->user_tables_template = "{namespace}/{tableName}/{userId}";
    const auto find_storage = [storage](std::string_view) -> catalog::StorageDefPtr {
      return storage;
    };
    std::filesystem::create_directories(files_);
    auto opened = store::KvStore::Open(directory_ / "rocksdb", {});
    ASSERT_TRUE(opened.has_value()) << opened.error().ToString();
    store_ = std::move(*opened);
    const auto last = Committer::ReadLastSeq(*store_);
    ASSERT_TRUE(last.has_value());
    sequence_ = std::make_unique<SequenceGenerator>(clock_, 1, *last);
    auto parquet = cold::Engine::Open({}, activity_);
    ASSERT_TRUE(parquet.has_value()) << parquet.error().ToString();
    parquet_ = std::move(*parquet);
    tiers_ = std::make_unique<Tiers>(*store_, *parquet_, find_storage);
    ASSERT_TRUE(tiers_->Load({table_}).ok());
    trash_ = std::make_unique<Trash>(*store_, find_storage);
    ASSERT_TRUE(trash_->RemoveLeftovers().has_value());
    events_ = std::make_unique<EventLog>(*store_, clock_, sink_);
    ASSERT_TRUE(events_->Load({table_}).ok());
    committer_ = std::make_unique<Committer>(*store_, *sequence_, tiers_.get(), events_.get(),
                                             CommitOptions{});
    reader_ = std::make_unique<TableReader>(*store_, tiers_.get(), events_.get(), clock_);
    const MaintenanceParts parts{*store_, *committer_, *tiers_, *trash_, clock_};
    flusher_ = std::make_unique<Flusher>(parts, locks_, stats_);
    compactor_ = std::make_unique<Compactor>(parts, locks_, stats_);
  }
  void Close() {
    compactor_.reset();
    flusher_.reset();
    reader_.reset();
    committer_.reset();
    events_.reset();
    trash_.reset();
    tiers_.reset();
    parquet_.reset();
    store_.reset();
  }

  static catalog::TableDefPtr MakeTable(uint32_t id) {
    auto table = std::make_shared<catalog::TableDef>();
    table->id = TableId{id};
    table->namespace_id = "app";
    table->name = "t" + std::to_string(id);
    table->kind = catalog::TableKind::kUser;
    types::Schema schema;
    schema.columns.push_back({.id = 1,
                              .name = "id",
                              .type = types::TypeOf(types::TypeId::kBigInt),
                              .is_nullable = false,
                              .is_hidden = false,
                              .default_value = {}});
    schema.columns.push_back({.id = 2,
                              .name = "name",
                              .type = types::TypeOf(types::TypeId::kText),
                              .is_nullable = true,
                              .is_hidden = false,
                              .default_value = {}});
    schema.key = {0};
    table->versions = {schema};
    table->version_times = {0};
    table->layout = std::make_shared<types::TableLayout>(table->versions);
    table->is_dropped = std::make_shared<std::atomic<bool>>(false);
    table->has_segments = std::make_shared<std::atomic<bool>>(false);
    return table;
  }

  static std::string Key(int64_t id) {
    std::string key;
    types::AppendKeyValue(types::Value(id), types::TypeId::kBigInt, &key);
    return key;
  }
  StagedRow Row(int64_t id, const std::string& name, std::optional<BaseVersion> base = {},
                bool is_deleted = false) const {
    StagedRow row;
    row.base = base;
    row.is_deleted = is_deleted;
    types::EncodeRow(table_->schema(), types::Row{types::Value(id), types::Value(name)}, is_deleted,
                     &row.bytes);
    return row;
  }
  WriteSet Writes(int64_t id, StagedRow row, const std::string& scope = "") const {
    WriteSet writes;
    EXPECT_TRUE(writes.Stage(table_, Scope{scope}, Key(id), std::move(row)).ok());
    return writes;
  }
  Status Put(int64_t id, const std::string& name, const std::string& scope = "") {
    return committer_->Commit(Writes(id, Row(id, name), scope), nullptr);
  }
  std::optional<StoredRow> Find(int64_t id, const ReadView& view = {},
                                const std::string& scope = "") const {
    auto found = reader_->FindByKey(*table_, Scope{scope}, Key(id), view);
    EXPECT_TRUE(found.has_value()) << found.error().ToString();
    return std::move(*found);
  }
  // "id=name" of every row that a scan yields.
  std::vector<std::string> Scan(const ScanRange& range, ReadView view,
                                const std::string& scope = "") const {
    if (view.snapshot == nullptr) {
      view.snapshot = reader_->TakeSnapshot();
    }
    const auto relation = reader_->Open(table_, Scope{scope}, view);
    auto scan = relation->Scan(range);
    EXPECT_TRUE(scan.has_value());
    std::vector<std::string> rows;
    ScannedRow scanned;
    while (true) {
      const auto more = (*scan)->Next(&scanned);
      EXPECT_TRUE(more.has_value()) << more.error().ToString();
      if (!more.has_value() || !*more) {
        return rows;
      }
      const auto row = types::RowView::Open(relation->layout(), scanned.bytes);
      EXPECT_TRUE(row.has_value());
      rows.push_back(std::to_string(row->Int(0)) + "=" + std::string(row->Bytes(1)));
    }
  }

  FlushResult Flush(const std::string& scope = "") {
    auto result = flusher_->FlushScope(table_, Scope{scope}, nullptr, [](uint64_t) {});
    EXPECT_TRUE(result.has_value()) << result.error().ToString();
    return result.value_or(FlushResult());
  }
  CompactionResult Compact(const CompactionOptions& options, const std::string& scope = "") {
    auto result = compactor_->CompactScope(table_, Scope{scope}, options, nullptr, [](uint64_t) {});
    EXPECT_TRUE(result.has_value()) << result.error().ToString();
    return result.value_or(CompactionResult());
  }

  std::filesystem::path directory_;
  std::filesystem::path files_;
  ManualClock clock_{(kSeqEpochMillis + 1'000'000) * 1000};
  Activity activity_{clock_};
  std::unique_ptr<store::KvStore> store_;
  std::unique_ptr<SequenceGenerator> sequence_;
  std::unique_ptr<cold::Engine> parquet_;
  std::unique_ptr<Tiers> tiers_;
  std::unique_ptr<Trash> trash_;
  ChangeSink* sink_ = nullptr;  // Set before SetUp().
  std::unique_ptr<EventLog> events_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<TableReader> reader_;
  ScopeLocks locks_;
  MaintenanceStats stats_;
  std::unique_ptr<Flusher> flusher_;
  std::unique_ptr<Compactor> compactor_;
  catalog::TableDefPtr table_;
};

}  // namespace kalamdb::table
