// SPDX-License-Identifier: Apache-2.0
#include "store/kv_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

namespace kalamdb::store {
namespace {

class KvStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::path(testing::TempDir()) /
                 ("kv_store_" + std::to_string(getpid()) + "_" +
                  testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(directory_);
    Open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void Open() {
    store_.reset();
    auto opened = KvStore::Open(directory_, {});
    ASSERT_TRUE(opened.has_value()) << opened.error().ToString();
    store_ = std::move(*opened);
  }
  void Put(std::string_view key, std::string_view value) {
    WriteBatch batch(*store_);
    batch.Put(Family::kRows, key, value);
    ASSERT_TRUE(store_->Write(batch, true).ok());
  }
  std::vector<std::string> Keys(std::string begin, std::string end, SnapshotPtr snapshot = {}) {
    std::vector<std::string> keys;
    auto it = store_->NewIterator(Family::kRows, std::move(begin), std::move(end),
                                  std::move(snapshot));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      keys.emplace_back(it->key());
    }
    EXPECT_TRUE(it->status().ok());
    return keys;
  }

  std::filesystem::path directory_;
  std::unique_ptr<KvStore> store_;
};

TEST_F(KvStoreTest, SyncedWriteIsThereAfterReopening) {
  Put("a", "1");
  Open();
  std::string value;
  const auto found = store_->Get(Family::kRows, "a", nullptr, &value);
  ASSERT_TRUE(found.has_value() && *found);
  EXPECT_EQ(value, "1");
}

TEST_F(KvStoreTest, AbsentKeyIsNotAnError) {
  std::string value;
  const auto found = store_->Get(Family::kRows, "a", nullptr, &value);
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(*found);
}

TEST_F(KvStoreTest, FamiliesAreSeparate) {
  Put("a", "1");
  std::string value;
  EXPECT_FALSE(*store_->Get(Family::kPk, "a", nullptr, &value));
}

TEST_F(KvStoreTest, IteratorStaysWithinItsBounds) {
  Put("a", "1");
  Put("b", "2");
  Put("c", "3");
  EXPECT_EQ(Keys("b", "c"), (std::vector<std::string>{"b"}));
  EXPECT_EQ(Keys("b", ""), (std::vector<std::string>{"b", "c"}));
  auto it = store_->NewIterator(Family::kRows, "a", "c", nullptr);
  it->SeekToLast();
  ASSERT_TRUE(it->Valid());
  EXPECT_EQ(it->key(), "b");
}

TEST_F(KvStoreTest, SnapshotDoesNotSeeLaterWrites) {
  Put("a", "1");
  const SnapshotPtr snapshot = store_->TakeSnapshot();
  Put("a", "2");
  Put("b", "1");
  std::string value;
  ASSERT_TRUE(*store_->Get(Family::kRows, "a", snapshot.get(), &value));
  EXPECT_EQ(value, "1");
  EXPECT_EQ(Keys("", "", snapshot), (std::vector<std::string>{"a"}));
}

TEST_F(KvStoreTest, BatchIsAppliedWholeAndInOrder) {
  WriteBatch batch(*store_);
  batch.Put(Family::kRows, "a", "1");
  batch.Put(Family::kRows, "b", "1");
  batch.DeleteRange(Family::kRows, "a", "b");
  batch.Put(Family::kPk, "k", "v");
  EXPECT_FALSE(batch.IsEmpty());
  ASSERT_TRUE(store_->Write(batch, false).ok());
  ASSERT_TRUE(store_->Sync().ok());
  EXPECT_EQ(Keys("", ""), (std::vector<std::string>{"b"}));
  batch.Clear();
  EXPECT_TRUE(batch.IsEmpty());
}

TEST_F(KvStoreTest, DirectoryInUseIsAnError) {
  const auto second = KvStore::Open(directory_, {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), StatusCode::kIoError);
}

}  // namespace
}  // namespace kalamdb::store
