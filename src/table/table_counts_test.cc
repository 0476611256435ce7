// SPDX-License-Identifier: Apache-2.0
#include "table/table_counts.h"

#include <fstream>

#include "table/manifest_rows.h"
#include "table/table_fixture.h"

namespace kalamdb::table {
namespace {

class TableCountsTest : public TableFixture {
 protected:
  // Replaces, creates or removes a row.
  Status Change(int64_t id, bool is_deleted = false, const std::string& scope = "") {
    std::optional<BaseVersion> base;
    if (const std::optional<StoredRow> old = Find(id, {}, scope)) {
      base = BaseVersion{old->seq, old->is_tombstone};
    }
    return committer_->Commit(Writes(id, Row(id, "x", base, is_deleted), scope), nullptr);
  }
  TableCounts Count() {
    auto counts = CountTable(*store_, *tiers_, *table_, clock_.WallMicros(), nullptr);
    EXPECT_TRUE(counts.has_value()) << counts.error().ToString();
    return *counts;
  }
};

TEST_F(TableCountsTest, CountsRowsOnceWhereverTheyAre) {
  for (int64_t id = 0; id < 10; ++id) {
    ASSERT_TRUE(Change(id, false, id < 6 ? "alice" : "bob").ok());
  }
  ASSERT_TRUE(Change(0, true, "alice").ok());
  TableCounts counts = Count();
  EXPECT_EQ(counts.live_rows, 9u);
  EXPECT_EQ(counts.hot_rows, 10u);
  EXPECT_EQ(counts.segments, 0u);
  EXPECT_EQ(counts.files, 0u);

  Flush("alice");
  counts = Count();
  EXPECT_EQ(counts.live_rows, 9u);
  EXPECT_EQ(counts.hot_rows, 4u);
  EXPECT_EQ(counts.cold_rows, 6u);
  EXPECT_EQ(counts.segments, 1u);
  EXPECT_EQ(counts.files, 2u);
  EXPECT_GT(counts.segment_bytes, 0u);

  // A row of a segment is replaced, one is removed, and a tombstone in it becomes a row again.
  ASSERT_TRUE(Change(1, false, "alice").ok());
  ASSERT_TRUE(Change(2, true, "alice").ok());
  ASSERT_TRUE(Change(0, false, "alice").ok());
  counts = Count();
  EXPECT_EQ(counts.live_rows, 9u);
  EXPECT_EQ(counts.hot_rows, 7u);
  EXPECT_EQ(counts.cold_rows, 6u);
  EXPECT_EQ(counts.dead_rows, 3u);

  Flush("alice");
  Flush("bob");
  counts = Count();
  EXPECT_EQ(counts.live_rows, 9u);
  EXPECT_EQ(counts.hot_rows, 0u);
  EXPECT_EQ(counts.segments, 3u);
  EXPECT_EQ(counts.files, 5u);
}

TEST_F(TableCountsTest, CountingStopsWhenItIsCancelled) {
  ASSERT_TRUE(Change(1).ok());
  Flush("");
  CancelToken cancel;
  cancel.Cancel();
  EXPECT_EQ(CountTable(*store_, *tiers_, *table_, clock_.WallMicros(), &cancel).error().code(),
            StatusCode::kCancelled);
}

TEST_F(TableCountsTest, TotalsFollowFlushes) {
  ColdTotals totals(*store_, *tiers_);
  EXPECT_EQ(totals.Sum({table_})->segments, 0u);
  for (uint64_t round = 1; round <= 3; ++round) {
    ASSERT_TRUE(Change(static_cast<int64_t>(round)).ok());
    Flush("");
    EXPECT_EQ(totals.Sum({table_})->segments, round);
    EXPECT_EQ(totals.Sum({table_})->rows, round);
  }
  EXPECT_EQ(totals.Sum({})->segments, 0u) << "a dropped table is not counted";
}

TEST_F(TableCountsTest, AManifestRowTellsWhatIsWrongWithAFile) {
  ASSERT_TRUE(Change(1, false, "alice").ok());
  ASSERT_TRUE(Change(2, true, "alice").ok());
  Flush("alice");
  ASSERT_TRUE(Change(1, false, "alice").ok());
  std::vector<catalog::ManifestRow> rows = ListManifests(*store_, *tiers_, {table_});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].scope, "alice");
  EXPECT_EQ(rows[0].status, "ok");
  EXPECT_EQ(rows[0].sync_state, "pending_write");
  EXPECT_EQ(rows[0].row_count, 2u);
  EXPECT_EQ(rows[0].tombstone_count, 1u);
  EXPECT_EQ(rows[0].dead_row_count, 1u);
  EXPECT_LT(rows[0].min_seq, rows[0].max_seq);
  Flush("alice");
  EXPECT_EQ(ListManifests(*store_, *tiers_, {table_})[0].sync_state, "in_sync");

  const std::filesystem::path file = files_ / "app/t7/alice/batch-0.parquet";
  std::ofstream(file, std::ios::app) << "x";
  rows = ListManifests(*store_, *tiers_, {table_});
  EXPECT_EQ(rows[0].sync_state, "error");
  EXPECT_NE(rows[0].status.find("batch-0.parquet: damaged"), std::string::npos) << rows[0].status;
  std::filesystem::remove(file);
  rows = ListManifests(*store_, *tiers_, {table_});
  EXPECT_EQ(rows[0].status, "app/t7/alice/batch-0.parquet: missing");
  EXPECT_NE(rows[0].segments_json.find(R"("status":"ok")"), std::string::npos);
}

}  // namespace
}  // namespace kalamdb::table
