// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/value_generator.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <set>

namespace kalamdb::sql {
namespace {

class ValueGeneratorTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::path(testing::TempDir()) /
                 ("value_generator_" + std::to_string(getpid()));
    std::filesystem::remove_all(directory_);
    store_ = std::move(*store::KvStore::Open(directory_, {}));
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::filesystem::path directory_;
  std::unique_ptr<store::KvStore> store_;
  ManualClock clock_{1'777'902'000'123'000};
  Rng rng_{42};
};

TEST_F(ValueGeneratorTest, IdsHaveTheirForms) {
  table::SequenceGenerator sequence(clock_, 1, CommitSeq{0});
  table::Serials serials(*store_);
  ValueGenerator values(sequence, serials, clock_, rng_);
  const std::string uuid = values.UuidV7();
  ASSERT_EQ(uuid.size(), 36u);
  EXPECT_EQ(uuid[14], '7');
  // 1777902000123 milliseconds is 0x019df33797fb.
  EXPECT_EQ(uuid.substr(0, 13), "019df337-97fb");
  const std::string ulid = values.Ulid();
  ASSERT_EQ(ulid.size(), 26u);
  EXPECT_LE(ulid[0], '7');
  std::set<std::string> seen;
  std::set<int64_t> ids;
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(seen.insert(values.UuidV7()).second);
    EXPECT_TRUE(seen.insert(values.Ulid()).second);
    EXPECT_TRUE(ids.insert(values.SnowflakeId()).second);
  }
}

TEST_F(ValueGeneratorTest, SerialsCountFromOneAndStopAtTheTypesEnd) {
  table::SequenceGenerator sequence(clock_, 1, CommitSeq{0});
  table::Serials serials(*store_);
  ValueGenerator values(sequence, serials, clock_, rng_);
  catalog::TableDef table;
  table.id = TableId{3};
  table.namespace_id = "app";
  table.name = "t";
  EXPECT_EQ(*values.Serial(table, types::TypeId::kInt), 1);
  EXPECT_EQ(*values.Serial(table, types::TypeId::kInt), 2);
  for (int i = 3; i <= 32'767; ++i) {
    ASSERT_TRUE(values.Serial(table, types::TypeId::kSmallInt).has_value());
  }
  EXPECT_EQ(values.Serial(table, types::TypeId::kSmallInt).error().code(),
            StatusCode::kConstraintViolation);
}

}  // namespace
}  // namespace kalamdb::sql
