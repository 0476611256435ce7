// SPDX-License-Identifier: Apache-2.0
#include "catalog/catalog.h"

#include <atomic>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <time.h>

#include "catalog/records.h"
#include "catalog/temp_store.h"

namespace kalamdb::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kStart = 1'777'902'000'000'000;

types::Column MakeColumn(uint32_t id, std::string name, types::TypeId type) {
  types::Column column;
  column.id = id;
  column.name = std::move(name);
  column.type = types::TypeOf(type);
  return column;
}

types::Schema NotesSchema() {
  types::Schema schema;
  schema.columns.push_back(MakeColumn(1, "id", types::TypeId::kBigInt));
  schema.columns.back().is_nullable = false;
  schema.columns.back().default_value.kind = types::DefaultKind::kSnowflakeId;
  schema.columns.push_back(MakeColumn(2, "title", types::TypeId::kText));
  schema.key = {0};
  return schema;
}

UserDef User(std::string id) {
  UserDef user;
  user.id = {std::move(id)};
  return user;
}

TableDef NotesTable(std::string name = "notes") {
  TableDef def;
  def.namespace_id = "chat";
  def.name = std::move(name);
  def.kind = TableKind::kUser;
  def.versions.push_back(NotesSchema());
  return def;
}

StorageDef Storage(std::string id) {
  StorageDef def;
  def.id = id;
  def.name = std::move(id);
  def.type = "filesystem";
  return def;
}

class CatalogTest : public ::testing::Test {
 protected:
  CatalogTest() {
    Open();
    EXPECT_TRUE(catalog_->CreateStorage(Storage("local")).ok());
    EXPECT_TRUE(catalog_->CreateNamespace({.name = "chat"}).ok());
  }
  void Open() {
    auto opened = Catalog::Open(*store_, clock_);
    ASSERT_TRUE(opened.has_value()) << opened.error().ToString();
    catalog_ = std::move(opened).value();
  }
  void Restart() {
    catalog_.reset();
    store_.Reopen();
    Open();
  }

  ManualClock clock_{kStart};
  TempStore store_;
  std::unique_ptr<Catalog> catalog_;
};

TEST_F(CatalogTest, KeepsATableOverRestart) {
  TableDef def = NotesTable();
  def.options.use_user_storage = true;
  def.options.access_level = AccessLevel::kRestricted;
  def.options.flush_policy = {.rows = 1000, .interval_seconds = 60};
  def.options.deleted_retention_seconds = 0;
  def.comment = "what people wrote";
  const TableDefPtr made = catalog_->CreateTable(std::move(def)).value();
  EXPECT_EQ(made->id.value, 1u);
  EXPECT_EQ(made->created_at, kStart);
  ASSERT_NE(made->layout, nullptr);

  Restart();
  const TableDefPtr read = catalog_->FindTable("chat", "notes");
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->id, made->id);
  EXPECT_EQ(read->kind, TableKind::kUser);
  EXPECT_TRUE(read->options.use_user_storage);
  EXPECT_EQ(read->options.access_level, AccessLevel::kRestricted);
  EXPECT_EQ(read->options.flush_policy, made->options.flush_policy);
  EXPECT_EQ(read->options.deleted_retention_seconds, 0);
  EXPECT_EQ(read->comment, "what people wrote");
  EXPECT_EQ(read->version_times, std::vector<int64_t>{kStart});
  EXPECT_EQ(read->schema().version, 1u);
  EXPECT_EQ(read->schema().columns[0].default_value.kind, types::DefaultKind::kSnowflakeId);
  EXPECT_FALSE(read->is_dropped->load());
  EXPECT_NE(read->layout->Find(1), nullptr);
}

TEST_F(CatalogTest, KeepsUsersAndStoragesOverRestart) {
  UserDef user;
  user.id = {"alice"};
  user.password_hash = "hash";
  user.role = Role::kDba;
  user.email = "a@example.org";
  user.auth_type = AuthType::kOAuth;
  user.auth_data = "{}";
  user.failed_login_attempts = 3;
  user.locked_until = 5;
  ASSERT_TRUE(catalog_->CreateUser(user).ok());
  StorageDef storage = Storage("archive");
  storage.base_directory = "/srv/archive";
  storage.credentials = "{\"k\":1}";
  ASSERT_TRUE(catalog_->CreateStorage(storage).ok());

  Restart();
  const UserDefPtr read = catalog_->FindUser({"alice"});
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(read->role, Role::kDba);
  EXPECT_EQ(read->email, "a@example.org");
  EXPECT_EQ(read->auth_type, AuthType::kOAuth);
  EXPECT_EQ(read->failed_login_attempts, 3u);
  EXPECT_EQ(read->locked_until, 5);
  EXPECT_EQ(read->last_login_at, std::nullopt);
  EXPECT_EQ(read->created_at, kStart);
  EXPECT_EQ(catalog_->FindStorage("archive")->credentials, "{\"k\":1}");
  EXPECT_EQ(catalog_->FindStorage("archive")->description, std::nullopt);
}

TEST_F(CatalogTest, NamesAreUnique) {
  EXPECT_EQ(catalog_->CreateNamespace({.name = "chat"}).code(), StatusCode::kAlreadyExists);
  ASSERT_TRUE(catalog_->CreateTable(NotesTable()).has_value());
  EXPECT_EQ(catalog_->CreateTable(NotesTable()).error().code(), StatusCode::kAlreadyExists);
  ASSERT_TRUE(catalog_->CreateUser(User("bob")).ok());
  EXPECT_EQ(catalog_->CreateUser(User("bob")).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(catalog_->CreateStorage(Storage("local")).code(), StatusCode::kAlreadyExists);
}

TEST_F(CatalogTest, ReferencesStayWhole) {
  TableDef def = NotesTable();
  def.namespace_id = "nowhere";
  EXPECT_EQ(catalog_->CreateTable(def).error().code(), StatusCode::kNotFound);
  def = NotesTable();
  def.options.storage_id = "nowhere";
  EXPECT_EQ(catalog_->CreateTable(def).error().code(), StatusCode::kNotFound);

  const TableDefPtr table = catalog_->CreateTable(NotesTable()).value();
  EXPECT_EQ(catalog_->DropNamespace("chat").code(), StatusCode::kInvalidOperation);
  const Status in_use = catalog_->DropStorage("local", [] { return Status(); });
  EXPECT_EQ(in_use.code(), StatusCode::kInvalidOperation);
  EXPECT_EQ(in_use.message(), "Cannot drop storage 'local': 1 table(s) still using it");
  ASSERT_TRUE(catalog_->DropTable(table, store::WriteBatch(*store_)).ok());
  EXPECT_TRUE(catalog_->DropNamespace("chat").ok());
  EXPECT_TRUE(catalog_->DropStorage("local", [] { return Status(); }).ok());
  EXPECT_EQ(catalog_->DropNamespace("chat").code(), StatusCode::kNotFound);
  EXPECT_EQ(catalog_->DropStorage("local", [] { return Status(); }).code(), StatusCode::kNotFound);

  Restart();
  EXPECT_EQ(catalog_->FindNamespace("chat"), nullptr);
  EXPECT_EQ(catalog_->FindStorage("local"), nullptr);
}

TEST_F(CatalogTest, TableIdsAreNeverGivenTwice) {
  const TableDefPtr first = catalog_->CreateTable(NotesTable()).value();
  ASSERT_TRUE(catalog_->DropTable(first, store::WriteBatch(*store_)).ok());
  EXPECT_TRUE(first->is_dropped->load());
  EXPECT_EQ(catalog_->FindTable("chat", "notes"), nullptr);
  // The last id given out belongs to a table that is gone: only the counter remembers it.
  Restart();
  const TableDefPtr second = catalog_->CreateTable(NotesTable()).value();
  EXPECT_GT(second->id, first->id);
  // The old definition no longer is what its name means.
  EXPECT_EQ(catalog_->DropTable(first, store::WriteBatch(*store_)).code(), StatusCode::kNotFound);
  EXPECT_NE(catalog_->FindTable("chat", "notes"), nullptr);
}

TEST_F(CatalogTest, DropWritesTheBatchAndTheRecordTogether) {
  const TableDefPtr table = catalog_->CreateTable(NotesTable()).value();
  store::WriteBatch batch(*store_);
  batch.Put(store::Family::kRows, "job", "clean up");
  ASSERT_TRUE(catalog_->DropTable(table, std::move(batch)).ok());
  Restart();
  EXPECT_EQ(catalog_->FindTable("chat", "notes"), nullptr);
  std::string value;
  EXPECT_TRUE((*store_).Get(store::Family::kRows, "job", nullptr, &value).value());
}

TEST_F(CatalogTest, StorageUsageIsExact) {
  ASSERT_TRUE(catalog_->CreateStorage(Storage("archive")).ok());
  std::vector<TableDefPtr> tables;
  for (int i = 0; i < 5; ++i) {
    TableDef def = NotesTable("t" + std::to_string(i));
    def.options.storage_id = i < 3 ? "archive" : "local";
    tables.push_back(catalog_->CreateTable(std::move(def)).value());
  }
  ASSERT_TRUE(catalog_->DropTable(tables[0], store::WriteBatch(*store_)).ok());
  EXPECT_EQ(catalog_->StorageUsage("archive"), 2u);
  EXPECT_EQ(catalog_->StorageUsage("local"), 2u);
  EXPECT_EQ(catalog_->StorageUsage("nowhere"), 0u);
  const auto rename = [](StorageDef& def) { def.name = "the archive"; };
  ASSERT_TRUE(catalog_->UpdateStorage("archive", rename).ok());
  EXPECT_EQ(catalog_->UpdateStorage("nowhere", rename).code(), StatusCode::kNotFound);
  EXPECT_EQ(catalog_->StorageUsage("archive"), 2u);
  Restart();
  EXPECT_EQ(catalog_->StorageUsage("archive"), 2u);
  EXPECT_EQ(catalog_->FindStorage("archive")->name, "the archive");
}

TEST_F(CatalogTest, ListsAreInOrder) {
  ASSERT_TRUE(catalog_->CreateStorage(Storage("a")).ok());
  ASSERT_TRUE(catalog_->CreateNamespace({.name = "blog"}).ok());
  ASSERT_TRUE(catalog_->CreateTable(NotesTable("b")).has_value());
  ASSERT_TRUE(catalog_->CreateTable(NotesTable("a")).has_value());
  TableDef post = NotesTable("z");
  post.namespace_id = "blog";
  ASSERT_TRUE(catalog_->CreateTable(std::move(post)).has_value());
  std::vector<std::string> names;
  for (const TableDefPtr& table : catalog_->ListTables()) {
    names.push_back(table->QualifiedName());
  }
  EXPECT_THAT(names, ElementsAre("blog.z", "chat.a", "chat.b"));
  EXPECT_EQ(catalog_->ListTables("chat").size(), 2u);
  EXPECT_EQ(catalog_->CountTables("chat"), 2u);
  EXPECT_EQ(catalog_->ListNamespaces().front()->name, "blog");
  EXPECT_EQ(catalog_->ListStorages().front()->id, "local");
}

TEST_F(CatalogTest, UsersChangeTogetherOrNotAtAll) {
  ASSERT_TRUE(catalog_->CreateUser(User("root")).ok());
  UserDef root = *catalog_->FindUser({"root"});
  root.password_hash = "set";
  std::vector<UserDef> created;
  created.push_back(User("root"));
  EXPECT_EQ(catalog_->WriteUsers(created, {root}).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(catalog_->FindUser({"root"})->password_hash, "");
  created.front().id = {"admin"};
  EXPECT_EQ(catalog_->WriteUsers(created, {root, User("nobody")}).code(), StatusCode::kNotFound);
  EXPECT_EQ(catalog_->FindUser({"admin"}), nullptr);
  EXPECT_TRUE(catalog_->WriteUsers(created, {root}).ok());
  Restart();
  EXPECT_EQ(catalog_->FindUser({"root"})->password_hash, "set");
  EXPECT_NE(catalog_->FindUser({"admin"}), nullptr);
}

TEST_F(CatalogTest, AUserChangeMayBeCalledOff) {
  ASSERT_TRUE(catalog_->CreateUser(User("bob")).ok());
  const auto fail = [](UserDef& user) { return ++user.failed_login_attempts < 2; };
  ASSERT_TRUE(catalog_->UpdateUser({"bob"}, fail).ok());
  ASSERT_TRUE(catalog_->UpdateUser({"bob"}, fail).ok());
  EXPECT_EQ(catalog_->FindUser({"bob"})->failed_login_attempts, 1u);
  EXPECT_EQ(catalog_->UpdateUser({"eve"}, fail).code(), StatusCode::kNotFound);
}

TEST_F(CatalogTest, OfConcurrentCreatesOfANameOneWins) {
  constexpr int kThreads = 8;
  constexpr int kTables = 20;
  std::atomic<int> made{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kTables; ++i) {
        made += catalog_->CreateTable(NotesTable("t" + std::to_string(i))).has_value() ? 1 : 0;
        EXPECT_NE(catalog_->FindTable("chat", "t" + std::to_string(i)), nullptr);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(made.load(), kTables);
  std::set<TableId> ids;
  for (const TableDefPtr& table : catalog_->ListTables()) {
    ids.insert(table->id);
  }
  EXPECT_EQ(ids.size(), static_cast<size_t>(kTables));
  EXPECT_EQ(catalog_->StorageUsage("local"), static_cast<size_t>(kTables));
}

TEST_F(CatalogTest, DamagedRecordsAreReportedNotGuessed) {
  const TableDefPtr table = catalog_->CreateTable(NotesTable()).value();
  catalog_.reset();
  store::WriteBatch batch(*store_);
  batch.Put(store::Family::kMeta, TableKey(table->id), EncodeTable(*table).substr(0, 40));
  ASSERT_TRUE((*store_).Write(batch, true).ok());
  const auto opened = Catalog::Open(*store_, clock_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), StatusCode::kCorruption);
  EXPECT_THAT(opened.error().ToString(), HasSubstr("catalog/table/"));
}

// Every prefix of a record, and records with one byte changed, decode or are refused; sanitizers
// see to the rest.
TEST(Records, NoBytesAreTakenOnTrust) {
  TableDef def = NotesTable();
  def.id = {7};
  def.version_times = {kStart};
  const std::string record = EncodeTable(def);
  ASSERT_TRUE(DecodeTable(record).has_value());
  for (size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(DecodeTable(record.substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(DecodeTable("").has_value());
  for (size_t i = 0; i < record.size(); ++i) {
    std::string changed = record;
    changed[i] = static_cast<char>(changed[i] ^ 0x5A);
    const auto read = DecodeTable(changed);
    EXPECT_TRUE(!read.has_value() || read->versions.size() == 1) << i;
  }
}

TEST(Records, FieldsOfALaterVersionAreSkipped) {
  NamespaceDef def{.name = "chat", .options_json = "{}", .created_at = 5};
  std::string record = EncodeNamespace(def);
  record += std::string("\xC8\x03\x00\x00\x00new", 8);
  const auto read = DecodeNamespace(record);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->name, "chat");
  EXPECT_EQ(read->created_at, 5);
}

double ThreadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);  // tidy: allow wall-clock, not a wall clock
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// 10,000 tables with ten columns each: what they cost in memory, to open, and to the next one made.
TEST_F(CatalogTest, TenThousandTablesAreCheap) {
  constexpr uint32_t kTables = 10'000;
  TableDef def = NotesTable();
  for (uint32_t i = 3; i <= 10; ++i) {
    def.versions.front().columns.push_back(
        MakeColumn(i, "column_" + std::to_string(i), types::TypeId::kText));
  }
  def.version_times = {kStart};
  // As CreateTable() would have written them, without a sync for each.
  store::WriteBatch batch(*store_);
  for (uint32_t i = 1; i <= kTables; ++i) {
    def.id = {i};
    def.name = "table_" + std::to_string(i);
    batch.Put(store::Family::kMeta, TableKey(def.id), EncodeTable(def));
  }
  batch.Put(store::Family::kMeta, kNextTableIdKey, EncodeNextTableId(kTables + 1));
  ASSERT_TRUE((*store_).Write(batch, /*is_synced=*/true).ok());
  catalog_.reset();
  store_.Reopen();

  const size_t before = mallinfo2().uordblks;
  const double start = ThreadSeconds();
  Open();
  const double open_seconds = ThreadSeconds() - start;
  const size_t bytes_per_table = (mallinfo2().uordblks - before) / kTables;
  ASSERT_EQ(catalog_->CountTables("chat"), kTables);

  constexpr int kMore = 100;
  const double create_start = ThreadSeconds();
  for (int i = 0; i < kMore; ++i) {
    def.name = "more_" + std::to_string(i);
    ASSERT_TRUE(catalog_->CreateTable(def).has_value());
  }
  const double create_seconds = (ThreadSeconds() - create_start) / kMore;

  RecordProperty("open_ms", static_cast<int>(open_seconds * 1e3));
  RecordProperty("create_cpu_us", static_cast<int>(create_seconds * 1e6));
  RecordProperty("bytes_per_table", static_cast<int>(bytes_per_table));
#ifdef NDEBUG
  EXPECT_LT(open_seconds, 1.0);
  EXPECT_LT(create_seconds, 1e-3);
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_LT(bytes_per_table, 20'000u);
#endif
}

}  // namespace
}  // namespace kalamdb::catalog
