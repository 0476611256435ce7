// SPDX-License-Identifier: Apache-2.0
#include "table/event_log.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "table/kinds.h"
#include "table/table_fixture.h"

namespace kalamdb::table {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// Remembers what was told: "+1@scope" for an event that came, "-1@scope" for one that was deleted.
class FakeSink final : public ChangeSink {
 public:
  bool IsWanted(TableId) const override { return is_wanted; }
  void OnCommit(std::vector<ScopeChanges> changes) override {
    for (const ScopeChanges& scope : changes) {
      for (const RowChange& change : scope.changes) {
        CommitSeq& last = last_of[scope.scope.value];
        EXPECT_GT(change.seq, last);
        last = change.seq;
        const auto row = types::RowView::Open(*scope.table->layout, change.row);
        ASSERT_TRUE(row.has_value());
        EXPECT_EQ(row->is_deleted(), change.is_deleted);
        EXPECT_EQ(change.old_row.empty(), change.old_seq.value == 0);
        told.push_back((change.is_deleted ? "-" : "+") + std::to_string(row->Int(0)) + "@" +
                       scope.scope.value);
      }
    }
  }

  std::atomic<bool> is_wanted{true};
  std::vector<std::string> told;
  std::map<std::string, CommitSeq> last_of;
};

class EventLogTest : public TableFixture {
 protected:
  void SetUp() override {
    sink_ = &fake_sink_;
    TableFixture::SetUp();
  }

  // From now on the table of the fixture is a stream.
  void Use(uint32_t ttl_seconds, std::optional<uint32_t> max_buffer = {},
           bool is_ephemeral = false) {
    auto table = std::make_shared<catalog::TableDef>(*MakeTable(9));
    table->kind = catalog::TableKind::kStream;
    table->options.stream = {
        .ttl_seconds = ttl_seconds, .max_buffer = max_buffer, .is_ephemeral = is_ephemeral};
    table_ = table;
  }
  void Sweep() { ASSERT_TRUE(events_->Sweep(*committer_).ok()); }
  Status Erase(int64_t id, const std::string& scope = "") {
    const auto stored = Find(id, {}, scope);
    if (!stored.has_value()) {
      return NotFound("no such event");
    }
    return committer_->Commit(
        Writes(id, Row(id, "", BaseVersion{stored->seq, false}, /*is_deleted=*/true), scope),
        nullptr);
  }
  size_t CountKeys(store::Family family) const {
    const auto keys =
        store_->NewIterator(family, TableBegin(table_->id), TableEnd(table_->id), nullptr);
    size_t count = 0;
    for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
      ++count;
    }
    return count;
  }
  // Nothing but `count` events is in the store, and the log knows.
  void ExpectStored(size_t count) const {
    EXPECT_EQ(CountKeys(store::Family::kEvents), count);
    EXPECT_EQ(CountKeys(store::Family::kPk), count);
    EXPECT_EQ(CountKeys(store::Family::kRows), 0u);
    EXPECT_EQ(events_->CountStored(), count);
  }

  FakeSink fake_sink_;
};

TEST_F(EventLogTest, EventsAreInvisibleAtTheirTimeAndGoneAfterASweep) {
  Use(10);
  ASSERT_TRUE(Put(1, "a").ok());
  clock_.Advance(seconds(9));
  ASSERT_TRUE(Put(2, "b").ok());
  EXPECT_THAT(Scan({}, {}), ElementsAre("1=a", "2=b"));
  clock_.Advance(seconds(1));
  EXPECT_THAT(Scan({}, {}), ElementsAre("2=b"));
  EXPECT_FALSE(Find(1).has_value());
  ScanRange by_key;
  by_key.lower = KeyBound{};
  EXPECT_THAT(Scan(by_key, {}), ElementsAre("2=b"));
  ExpectStored(2);
  Sweep();
  ExpectStored(1);
  EXPECT_EQ(events_->stats().expired.load(), 1u);
  clock_.Advance(seconds(10));
  Sweep();
  ExpectStored(0);
  EXPECT_THAT(fake_sink_.told, ElementsAre("+1@", "+2@"));
}

TEST_F(EventLogTest, AnEventLivesToTheLastMillisecond) {
  Use(1);
  ASSERT_TRUE(Put(1, "a").ok());
  clock_.Advance(std::chrono::milliseconds(999));
  EXPECT_TRUE(Find(1).has_value());
  clock_.Advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(Find(1).has_value());
}

TEST_F(EventLogTest, AReaderWithItsOwnTimeSeesWhatLivedThen) {
  Use(1);
  ASSERT_TRUE(Put(1, "a").ok());
  const int64_t then = clock_.WallMicros();
  clock_.Advance(seconds(5));
  EXPECT_THAT(Scan({}, {}), IsEmpty());
  EXPECT_THAT(Scan({}, {.snapshot = {}, .staged = {}, .now_micros = then}), ElementsAre("1=a"));
}

TEST_F(EventLogTest, AKeyIsFreeWhenItsEventIsPastItsTime) {
  Use(10);
  ASSERT_TRUE(Put(1, "a").ok());
  EXPECT_EQ(Put(1, "b").code(), StatusCode::kAlreadyExists);
  clock_.Advance(seconds(10));
  ASSERT_TRUE(Put(1, "c").ok());  // In the place of the old one, which no sweep has seen.
  ExpectStored(1);
  Sweep();
  ExpectStored(1);
  EXPECT_THAT(Scan({}, {}), ElementsAre("1=c"));
}

TEST_F(EventLogTest, ADeletedEventLeavesNothingBehind) {
  Use(10);
  ASSERT_TRUE(Put(1, "a", "ann").ok());
  ASSERT_TRUE(Put(1, "b", "bob").ok());
  ASSERT_TRUE(Erase(1, "ann").ok());
  ExpectStored(1);
  EXPECT_THAT(Scan({}, {}, "ann"), IsEmpty());
  EXPECT_THAT(Scan({}, {}, "bob"), ElementsAre("1=b"));
  ASSERT_TRUE(Put(1, "again", "ann").ok());
  EXPECT_THAT(fake_sink_.told, ElementsAre("+1@ann", "+1@bob", "-1@ann", "+1@ann"));
  clock_.Advance(seconds(10));
  Sweep();
  ExpectStored(0);
}

TEST_F(EventLogTest, DeletingWhatHasGoneMeanwhileIsNoConflict) {
  Use(10);
  ASSERT_TRUE(Put(1, "a").ok());
  const CommitSeq seq = Find(1)->seq;
  const auto erase = [&] {
    return committer_->Commit(Writes(1, Row(1, "a", BaseVersion{seq, false}, true)), nullptr);
  };
  clock_.Advance(seconds(10));
  Sweep();
  EXPECT_TRUE(erase().ok());
  ExpectStored(0);
  // But it is one when another event has the key now.
  ASSERT_TRUE(Put(1, "b").ok());
  EXPECT_EQ(erase().code(), StatusCode::kConflict);
  ExpectStored(1);
  EXPECT_THAT(fake_sink_.told, ElementsAre("+1@", "+1@"));
}

TEST_F(EventLogTest, TheOldestGoWhenTheBufferIsFull) {
  Use(1'000, /*max_buffer=*/3);
  for (int64_t id = 1; id <= 10; ++id) {
    ASSERT_TRUE(Put(id, "x", "ann").ok());
    ASSERT_TRUE(Put(id, "y", "bob").ok());
  }
  EXPECT_THAT(Scan({}, {}, "ann"), ElementsAre("8=x", "9=x", "10=x"));
  EXPECT_THAT(Scan({}, {}, "bob"), ElementsAre("8=y", "9=y", "10=y"));
  ExpectStored(6);
  EXPECT_EQ(events_->stats().evicted.load(), 14u);
  EXPECT_EQ(fake_sink_.told.size(), 20u);
  // A deleted event makes room.
  ASSERT_TRUE(Erase(9, "ann").ok());
  ASSERT_TRUE(Put(11, "x", "ann").ok());
  EXPECT_THAT(Scan({}, {}, "ann"), ElementsAre("8=x", "10=x", "11=x"));
}

TEST_F(EventLogTest, AStatementMayBringMoreThanTheBufferHolds) {
  Use(1'000, 3);
  ASSERT_TRUE(Put(1, "old").ok());
  WriteSet writes;
  for (int64_t id = 2; id <= 9; ++id) {
    ASSERT_TRUE(writes.Stage(table_, Scope{}, Key(id), Row(id, "x")).ok());
  }
  ASSERT_TRUE(committer_->Commit(std::move(writes), nullptr).ok());
  EXPECT_THAT(Scan({}, {}), ElementsAre("7=x", "8=x", "9=x"));
  ExpectStored(3);
  EXPECT_EQ(events_->stats().evicted.load(), 6u);
  EXPECT_EQ(fake_sink_.told.size(), 9u);  // Whoever subscribes gets them all.
}

TEST_F(EventLogTest, ADeleteAndInsertsInOneCommitKeepTheCount) {
  Use(1'000, 3);
  for (int64_t id = 1; id <= 3; ++id) {
    ASSERT_TRUE(Put(id, "x").ok());
  }
  WriteSet writes;
  const BaseVersion first{Find(1)->seq, false};
  const BaseVersion third{Find(3)->seq, false};
  ASSERT_TRUE(writes.Stage(table_, Scope{}, Key(1), Row(1, "x", first, true)).ok());
  ASSERT_TRUE(writes.Stage(table_, Scope{}, Key(3), Row(3, "new", third)).ok());
  ASSERT_TRUE(writes.Stage(table_, Scope{}, Key(4), Row(4, "x")).ok());
  ASSERT_TRUE(writes.Stage(table_, Scope{}, Key(5), Row(5, "x")).ok());
  ASSERT_TRUE(committer_->Commit(std::move(writes), nullptr).ok());
  EXPECT_THAT(Scan({}, {}), ElementsAre("3=new", "4=x", "5=x"));
  ExpectStored(3);
}

TEST_F(EventLogTest, EphemeralEventsAreStoredOnlyWhenSomebodySubscribes) {
  Use(10, {}, /*is_ephemeral=*/true);
  fake_sink_.is_wanted = false;
  WriteSet committed;
  ASSERT_TRUE(committer_->Commit(Writes(1, Row(1, "a")), &committed).ok());
  EXPECT_GT(committed.Find(table_->id, Scope{})->rows.begin()->second.committed_seq.value, 0u);
  ASSERT_TRUE(Put(1, "b").ok());  // The key is still free.
  ExpectStored(0);
  EXPECT_EQ(events_->stats().discarded.load(), 2u);
  EXPECT_THAT(fake_sink_.told, IsEmpty());
  fake_sink_.is_wanted = true;
  ASSERT_TRUE(Put(1, "c").ok());
  ExpectStored(1);
  EXPECT_THAT(fake_sink_.told, ElementsAre("+1@"));
  EXPECT_EQ(events_->stats().discarded.load(), 2u);
}

TEST_F(EventLogTest, NobodySubscribesWithoutASink) {
  Close();
  sink_ = nullptr;
  Use(10, {}, /*is_ephemeral=*/true);
  Open();
  ASSERT_TRUE(Put(1, "a").ok());
  ExpectStored(0);
}

TEST_F(EventLogTest, EventsSurviveARestartAndGoOnAging) {
  Use(10, 3);
  ASSERT_TRUE(Put(1, "a", "ann").ok());
  clock_.Advance(seconds(6));
  ASSERT_TRUE(Put(2, "b", "ann").ok());
  ASSERT_TRUE(Put(3, "c", "bob").ok());
  Close();
  Open();
  ExpectStored(3);
  EXPECT_THAT(Scan({}, {}, "ann"), ElementsAre("1=a", "2=b"));
  clock_.Advance(seconds(4));
  EXPECT_THAT(Scan({}, {}, "ann"), ElementsAre("2=b"));
  Sweep();
  ExpectStored(2);
  for (int64_t id = 4; id <= 6; ++id) {
    ASSERT_TRUE(Put(id, "d", "ann").ok());
  }
  EXPECT_THAT(Scan({}, {}, "ann"), ElementsAre("4=d", "5=d", "6=d"));
  clock_.Advance(seconds(10));
  Close();
  Open();
  EXPECT_THAT(Scan({}, {}, "ann"), IsEmpty());
  Sweep();
  ExpectStored(0);
}

TEST_F(EventLogTest, ASweepRemovesFromManyScopes) {
  Use(10);
  constexpr int64_t kEvents = 1'300;
  WriteSet writes;
  for (int64_t id = 0; id < kEvents; ++id) {
    ASSERT_TRUE(writes.Stage(table_, Scope{"all"}, Key(id), Row(id, "x")).ok());
    ASSERT_TRUE(writes.Stage(table_, Scope{"u" + std::to_string(id)}, Key(id), Row(id, "x")).ok());
  }
  ASSERT_TRUE(committer_->Commit(std::move(writes), nullptr).ok());
  clock_.Advance(seconds(5));
  ASSERT_TRUE(Put(kEvents, "late", "all").ok());
  clock_.Advance(seconds(5));
  Sweep();
  EXPECT_THAT(Scan({}, {}, "all"), ElementsAre(std::to_string(kEvents) + "=late"));
  ExpectStored(1);
  EXPECT_EQ(events_->stats().expired.load(), 2u * kEvents);
}

TEST_F(EventLogTest, AClockThatStepsBackLosesNothing) {
  Use(10, 2);
  const int64_t start = clock_.WallMicros();
  ASSERT_TRUE(Put(1, "a").ok());
  clock_.Advance(seconds(3'600));
  Sweep();
  clock_.SetWall(start);
  ASSERT_TRUE(Put(2, "b").ok());
  ASSERT_TRUE(Put(3, "c").ok());
  ASSERT_TRUE(Put(4, "d").ok());
  EXPECT_THAT(Scan({}, {}), ElementsAre("3=c", "4=d"));
  ExpectStored(2);
  clock_.SetWall(start + 10'000'000);
  Sweep();
  ExpectStored(0);
}

TEST_F(EventLogTest, ADroppedTableIsForgotten) {
  Use(1'000);
  ASSERT_TRUE(Put(1, "a").ok());
  table_->is_dropped->store(true);
  EXPECT_EQ(events_->CountStored(), 0u);
  EXPECT_EQ(Put(2, "b").code(), StatusCode::kTableNotFound);
  Sweep();
}

TEST_F(EventLogTest, EventsAndRowsOfOneTransactionComeTogether) {
  const catalog::TableDefPtr rows = table_;
  Use(10);
  WriteSet writes;
  ASSERT_TRUE(writes.Stage(rows, Scope{"ann"}, Key(1), Row(1, "row")).ok());
  ASSERT_TRUE(writes.Stage(table_, Scope{"ann"}, Key(1), Row(1, "event")).ok());
  WriteSet again = writes;
  ASSERT_TRUE(committer_->Commit(std::move(writes), nullptr).ok());
  EXPECT_THAT(Scan({}, {}, "ann"), ElementsAre("1=event"));
  ASSERT_TRUE(again.Stage(table_, Scope{"ann"}, Key(2), Row(2, "event")).ok());
  EXPECT_EQ(committer_->Commit(std::move(again), nullptr).code(), StatusCode::kAlreadyExists);
  ExpectStored(1);
  EXPECT_THAT(fake_sink_.told, ElementsAre("+1@ann"));
}

// Writers, deleters and readers beside a sweeper: nothing is lost or counted wrong.
TEST_F(EventLogTest, WritersAndTheSweeperDoNotDisturbEachOther) {
  Use(1, 50);
  events_->Start(*committer_);
  std::atomic<bool> is_done{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      const std::string scope = "u" + std::to_string(t % 2);
      for (int64_t i = 0; i < 1'500; ++i) {
        const int64_t id = t * 100 + i % 90;
        const Status put = Put(id, "x", scope);
        EXPECT_TRUE(put.ok() || put.code() == StatusCode::kAlreadyExists) << put.ToString();
        if (i % 7 == 0) {
          Erase(id, scope).Ignore("may be evicted, past its time or another thread's");
        }
      }
    });
  }
  threads.emplace_back([&] {
    while (!is_done.load()) {
      clock_.Advance(std::chrono::milliseconds(20));
      EXPECT_LE(Scan({}, {}, "u0").size(), 50u);
      EXPECT_LE(Scan({}, {}, "u1").size(), 50u);
    }
  });
  for (int t = 0; t < 3; ++t) {
    threads[static_cast<size_t>(t)].join();
  }
  is_done.store(true);
  threads.back().join();
  events_->Stop();
  ExpectStored(CountKeys(store::Family::kEvents));
  Close();
  Open();
  clock_.Advance(seconds(1));
  Sweep();
  ExpectStored(0);
}

}  // namespace
}  // namespace kalamdb::table
