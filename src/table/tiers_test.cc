// SPDX-License-Identifier: Apache-2.0
#include "table/tiers.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "table/table_fixture.h"

namespace kalamdb::table {
namespace {

class TiersTest : public TableFixture {
 protected:
  // Replaces or creates a row, as an upsert does.
  Status Upsert(int64_t id, const std::string& name, const std::string& scope = "") {
    const std::optional<StoredRow> old = Find(id, {}, scope);
    std::optional<BaseVersion> base;
    if (old.has_value()) {
      base = BaseVersion{old->seq, old->is_tombstone};
    }
    return committer_->Commit(Writes(id, Row(id, name, base), scope), nullptr);
  }
  Status Remove(int64_t id, const std::string& scope = "") {
    const std::optional<StoredRow> old = Find(id, {}, scope);
    if (!old.has_value() || old->is_tombstone) {
      return NotFound("no such row");
    }
    const BaseVersion base{old->seq, false};
    return committer_->Commit(Writes(id, Row(id, "gone", base, true), scope), nullptr);
  }
  void PutMany(int64_t count, const std::string& name) {
    WriteSet writes;
    for (int64_t id = 0; id < count; ++id) {
      ASSERT_TRUE(writes.Stage(table_, Scope{}, Key(id), Row(id, name)).ok());
    }
    ASSERT_TRUE(committer_->Commit(std::move(writes), nullptr).ok());
  }
  std::set<std::string> Files() const {
    std::set<std::string> files;
    if (std::filesystem::exists(files_)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(files_)) {
        if (entry.is_regular_file() && entry.path().filename() != "manifest.json") {
          files.insert(std::filesystem::relative(entry.path(), files_));
        }
      }
    }
    return files;
  }
  std::set<std::string> NamedFiles() const {
    std::set<std::string> files;
    const Status status = tiers_->ForEachScope(
        *table_, store_->TakeSnapshot(), [&](const Scope&, const cold::Manifest& manifest) {
          for (const cold::SegmentMeta& segment : manifest.segments) {
            files.insert(segment.path);
          }
          return Status();
        });
    EXPECT_TRUE(status.ok()) << status.ToString();
    return files;
  }
};

TEST_F(TiersTest, AFlushMovesRowsAndChangesNoAnswer) {
  for (int64_t id = 1; id <= 5; ++id) {
    ASSERT_TRUE(Put(id, "v" + std::to_string(id), "alice").ok());
  }
  ASSERT_TRUE(Put(1, "other", "bob").ok());
  const auto before = Scan({}, {}, "alice");
  const FlushResult result = Flush("alice");
  EXPECT_EQ(result.rows, 5u);
  EXPECT_EQ(result.segments, 1u);
  EXPECT_EQ(Files(), (std::set<std::string>{"app/t7/alice/batch-0.parquet"}));
  EXPECT_TRUE(std::filesystem::exists(files_ / "app/t7/alice/manifest.json"));
  EXPECT_EQ(Scan({}, {}, "alice"), before);
  EXPECT_EQ(Scan({}, {}, "bob"), (std::vector<std::string>{"1=other"}));
  EXPECT_EQ(Find(3, {}, "alice")->bytes, Row(3, "v3").bytes);
  EXPECT_EQ(Flush("alice").rows, 0u) << "nothing is hot any more";
}

TEST_F(TiersTest, FlushedRowsAreUniqueAndCanBeChanged) {
  ASSERT_TRUE(Put(1, "a").ok());
  ASSERT_TRUE(Put(2, "b").ok());
  ASSERT_TRUE(Put(3, "c").ok());
  Flush();
  EXPECT_EQ(Put(1, "again").code(), StatusCode::kAlreadyExists);
  ASSERT_TRUE(Upsert(1, "a2").ok());
  ASSERT_TRUE(Remove(2).ok());
  EXPECT_EQ(Scan({}, {}), (std::vector<std::string>{"3=c", "1=a2"}));
  Flush();
  EXPECT_EQ(Scan({}, {}), (std::vector<std::string>{"3=c", "1=a2"}));
  ASSERT_TRUE(Put(2, "back").ok()) << "a deleted key can be inserted again";
  EXPECT_EQ(Scan({}, {}), (std::vector<std::string>{"3=c", "1=a2", "2=back"}));
}

TEST_F(TiersTest, ASnapshotOutlivesThreeCompactions) {
  ASSERT_TRUE(Put(1, "a").ok());
  ASSERT_TRUE(Put(2, "b").ok());
  Flush();
  const ReadView view{reader_->TakeSnapshot(), {}};
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(Upsert(1, "new" + std::to_string(round)).ok());
    Flush();
    EXPECT_GT(Compact({.is_full = true, .merge_segments = 8, .tombstones_before = {}}).segments_before, 0u);
    ASSERT_TRUE(trash_->Sweep().ok());
    EXPECT_EQ(Scan({}, view), (std::vector<std::string>{"1=a", "2=b"}));
    EXPECT_EQ(Find(1, view)->bytes, Row(1, "a").bytes);
  }
  EXPECT_EQ(Scan({}, {}), (std::vector<std::string>{"2=b", "1=new2"}));
  EXPECT_GT(trash_->waiting(), 0u);
}

TEST_F(TiersTest, FilesGoWhenTheLastSnapshotHasGone) {
  ASSERT_TRUE(Put(1, "a").ok());
  Flush();
  ASSERT_TRUE(Upsert(1, "b").ok());
  Flush();
  {
    const ReadView view{reader_->TakeSnapshot(), {}};
    Compact({.is_full = true, .merge_segments = 8, .tombstones_before = {}});
    ASSERT_TRUE(trash_->Sweep().ok());
    EXPECT_EQ(Files().size(), 3u);
  }
  ASSERT_TRUE(trash_->Sweep().ok());
  EXPECT_EQ(Files(), NamedFiles());
  EXPECT_EQ(Files().size(), 1u);
}

TEST_F(TiersTest, OldTombstonesGoAndTheirKeysAreFree) {
  ASSERT_TRUE(Put(1, "a").ok());
  ASSERT_TRUE(Put(2, "b").ok());
  ASSERT_TRUE(Remove(1).ok());
  Flush();
  EXPECT_TRUE(Find(1)->is_tombstone);
  const CommitSeq later{committer_->last_commit().value + 1};
  EXPECT_EQ(Compact({.is_full = true, .merge_segments = 8, .tombstones_before = later}).rows_removed, 1u);
  EXPECT_FALSE(Find(1).has_value());
  ASSERT_TRUE(Put(1, "new").ok());
  EXPECT_EQ(Scan({}, {}), (std::vector<std::string>{"2=b", "1=new"}));
}

TEST_F(TiersTest, AMissingOrChangedFileIsNamed) {
  ASSERT_TRUE(Put(1, "a").ok());
  Flush();
  const std::filesystem::path file = files_ / *Files().begin();
  const auto error_of_read = [&] {
    Close();
    Open();
    const auto found = reader_->FindByKey(*table_, Scope{}, Key(1), {});
    return found.has_value() ? Status() : found.error();
  };
  std::filesystem::rename(file, file.string() + ".away");
  Status error = error_of_read();
  EXPECT_EQ(error.code(), StatusCode::kIoError);
  EXPECT_NE(error.message().find("batch-0.parquet"), std::string::npos) << error.message();
  std::filesystem::rename(file.string() + ".away", file);
  for (const int64_t at : {5, 40, -20}) {
    std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(at, at < 0 ? std::ios::end : std::ios::beg);
    const auto position = bytes.tellg();
    const auto old = static_cast<char>(bytes.get());
    bytes.seekp(position);
    bytes.put(static_cast<char>(old ^ 1));
    bytes.flush();
    error = error_of_read();
    EXPECT_EQ(error.code(), StatusCode::kCorruption);
    EXPECT_NE(error.message().find("batch-0.parquet"), std::string::npos) << error.message();
    bytes.seekp(position);
    bytes.put(old);
  }
  EXPECT_TRUE(error_of_read().ok());
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  EXPECT_EQ(error_of_read().code(), StatusCode::kCorruption);
}

TEST_F(TiersTest, AClockThatGoesBackKeepsSegmentsApart) {
  std::vector<std::string> expected;
  for (int64_t round = 0; round < 6; ++round) {
    for (int64_t id = 10 * round; id < 10 * round + 3; ++id) {
      ASSERT_TRUE(Put(id, "v").ok());
      expected.push_back(std::to_string(id) + "=v");
    }
    Flush();
    clock_.SetWall(clock_.WallMicros() - int64_t{3'600} * 1'000'000);
    if (round % 2 == 0) {
      Close();
      Open();
    }
  }
  const auto cold =
      tiers_->Find(*table_, ScopePrefix(table_->id, Scope{}), *store_->TakeSnapshot());
  ASSERT_TRUE(cold.has_value());
  ASSERT_EQ((*cold)->segments.size(), 6u);
  for (size_t i = 1; i < 6; ++i) {
    EXPECT_LT((*cold)->segments[i - 1]->meta.max_seq, (*cold)->segments[i]->meta.min_seq);
  }
  EXPECT_EQ(Scan({}, {}), expected);
  EXPECT_EQ(Compact({.is_full = true, .tombstones_before = {}}).segments_before, 6u);
  EXPECT_EQ(Scan({}, {}), expected);
}

TEST_F(TiersTest, FilesWaitUntilTheirStorageIsBack) {
  ASSERT_TRUE(Put(1, "a").ok());
  Flush();
  ASSERT_TRUE(Upsert(1, "b").ok());
  Flush();
  Compact({.is_full = true, .tombstones_before = {}});
  const std::filesystem::path away = directory_ / "away";
  std::filesystem::rename(files_, away);
  EXPECT_EQ(trash_->Sweep().code(), StatusCode::kIoError);
  ASSERT_TRUE(Put(2, "c").ok());
  const auto failed = flusher_->FlushScope(table_, Scope{}, nullptr, [](uint64_t) {});
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code(), StatusCode::kIoError);
  EXPECT_FALSE(std::filesystem::exists(files_)) << "a storage that is away is not made anew";
  Close();
  std::filesystem::rename(away, files_);
  Open();
  EXPECT_EQ(Files(), NamedFiles());
  EXPECT_EQ(Flush().rows, 1u);
  EXPECT_EQ(Scan({}, {}), (std::vector<std::string>{"1=b", "2=c"}));
}

TEST_F(TiersTest, ACancelledFlushLeavesEverything) {
  PutMany(10'001, "x");
  CancelToken cancel;
  cancel.Cancel();
  const auto result = flusher_->FlushScope(table_, Scope{}, &cancel, [](uint64_t) {});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), StatusCode::kCancelled);
  EXPECT_TRUE(Files().empty());
  EXPECT_EQ(Scan({}, {}).size(), 10'001u);
  EXPECT_EQ(Flush().rows, 10'001u);
}

TEST_F(TiersTest, WritesDuringAFlushAreKept) {
  PutMany(20'000, "old");
  // Changes rows that the flush has already read.
  int64_t next = 0;
  const auto result = flusher_->FlushScope(table_, Scope{}, nullptr, [&](uint64_t) {
    ASSERT_TRUE(Upsert(next, "new").ok());
    ASSERT_TRUE(Remove(next + 1).ok());
    next += 2;
  });
  ASSERT_TRUE(result.has_value());
  ASSERT_GE(next, 4);
  EXPECT_EQ(Scan({}, {}).size(), 20'000u - static_cast<size_t>(next / 2));
  EXPECT_EQ(Find(0)->bytes, Row(0, "new").bytes);
  EXPECT_TRUE(Find(1)->is_tombstone);
}

// Random statements, flushes, compactions and restarts on several users, against a model in memory.
// KALAMDB_TIERS_SEED repeats one; KALAMDB_TIERS_SEEDS and KALAMDB_TIERS_STEPS make it longer.
TEST_F(TiersTest, BehavesAsOneTable) {
  const auto number = [](const char* name, uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
  };
  const uint64_t first = number("KALAMDB_TIERS_SEED", 1);
  const uint64_t seeds = number("KALAMDB_TIERS_SEEDS", 2);
  const uint64_t steps = number("KALAMDB_TIERS_STEPS", 1'000);
  const std::vector<std::string> users = {"alice", "bob", "../eve\xff"};
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("KALAMDB_TIERS_SEED=" + std::to_string(seed));
    TearDown();
    SetUp();
    std::mt19937_64 random(seed);
    const auto below = [&](uint64_t bound) { return random() % bound; };
    std::map<std::string, std::map<int64_t, std::string>> model;
    const auto check = [&](const std::string& user) {
      std::vector<std::string> expected;
      for (const auto& [id, name] : model[user]) {
        expected.push_back(std::to_string(id) + "=" + name);
      }
      ScanRange by_key;
      by_key.lower = KeyBound{};
      ASSERT_EQ(Scan(by_key, {}, user), expected);
      auto by_seq = Scan({}, {}, user);
      ScanRange backwards;
      backwards.is_descending = true;
      auto reversed = Scan(backwards, {}, user);
      std::reverse(reversed.begin(), reversed.end());
      ASSERT_EQ(by_seq, reversed);
      std::sort(by_seq.begin(), by_seq.end());
      std::sort(expected.begin(), expected.end());
      ASSERT_EQ(by_seq, expected);
    };
    for (uint64_t step = 0; step < steps; ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      const std::string& user = users[below(users.size())];
      auto& rows = model[user];
      const auto id = static_cast<int64_t>(below(60));
      const std::string name = "n" + std::to_string(step);
      switch (below(20)) {
        case 0:
        case 1:
          Flush(user);
          break;
        case 2:
          Compact({.is_full = below(2) == 0, .merge_segments = 8, .tombstones_before = {}}, user);
          break;
        case 3:
          Compact({.is_full = true, .merge_segments = 8,
                   .tombstones_before = CommitSeq{committer_->last_commit().value + 1}},
                  user);
          ASSERT_TRUE(trash_->Sweep().ok());
          break;
        case 4:
          if (below(5) == 0) {
            Close();
            Open();
            ASSERT_EQ(Files(), NamedFiles());
          }
          break;
        case 5:
        case 6:
        case 7:
        case 8: {
          const Status status = Remove(id, user);
          ASSERT_EQ(status.ok(), rows.erase(id) == 1) << status.ToString();
          break;
        }
        case 9:
        case 10:
        case 11:
        case 12:
        case 13:
          ASSERT_TRUE(Upsert(id, name, user).ok());
          rows[id] = name;
          break;
        default: {
          const Status status = [&] {
            const auto old = Find(id, {}, user);
            return old.has_value() && old->is_tombstone
                       ? committer_->Commit(
                             Writes(id, Row(id, name, BaseVersion{old->seq, true}), user), nullptr)
                       : Put(id, name, user);
          }();
          ASSERT_EQ(status.ok(), !rows.contains(id)) << status.ToString();
          rows.emplace(id, name);
        }
      }
      const auto found = Find(id, {}, user);
      ASSERT_EQ(found.has_value() && !found->is_tombstone, rows.contains(id));
      if (step % 50 == 0) {
        check(user);
      }
    }
    for (const std::string& user : users) {
      check(user);
    }
    std::printf("seed %llu: %llu steps, %llu flushes, %llu compactions, no difference\n",
                static_cast<unsigned long long>(seed), static_cast<unsigned long long>(steps),
                static_cast<unsigned long long>(stats_.flushes.load()),
                static_cast<unsigned long long>(stats_.compactions.load()));
  }
}

}  // namespace
}  // namespace kalamdb::table
