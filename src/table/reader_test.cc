// SPDX-License-Identifier: Apache-2.0
#include "table/reader.h"

#include "table/table_fixture.h"

namespace kalamdb::table {
namespace {

class ReaderTest : public TableFixture {
 protected:
  static KeyBound Bound(int64_t id, bool is_inclusive) {
    return {{types::Value(id)}, is_inclusive};
  }
  void PutMany() {
    for (const int64_t id : {5, 3, 9, 1, 7}) {
      ASSERT_TRUE(Put(id, "v").ok());
    }
  }
};

TEST_F(ReaderTest, ScanWithoutBoundsIsInCommitOrder) {
  PutMany();
  EXPECT_EQ(Scan({}, {}), (std::vector<std::string>{"5=v", "3=v", "9=v", "1=v", "7=v"}));
  ScanRange descending;
  descending.is_descending = true;
  EXPECT_EQ(Scan(descending, {}), (std::vector<std::string>{"7=v", "1=v", "9=v", "3=v", "5=v"}));
}

TEST_F(ReaderTest, KeyBoundsGiveKeyOrder) {
  PutMany();
  ScanRange range;
  range.lower = Bound(3, true);
  range.upper = Bound(7, false);
  EXPECT_EQ(Scan(range, {}), (std::vector<std::string>{"3=v", "5=v"}));
  range.lower = Bound(3, false);
  range.upper = Bound(7, true);
  EXPECT_EQ(Scan(range, {}), (std::vector<std::string>{"5=v", "7=v"}));
  range.upper.reset();
  range.is_descending = true;
  EXPECT_EQ(Scan(range, {}), (std::vector<std::string>{"9=v", "7=v", "5=v"}));
}

TEST_F(ReaderTest, SeqBoundsSelectLaterCommits) {
  PutMany();
  ScanRange range;
  range.seq_begin = Find(9)->seq;
  EXPECT_EQ(Scan(range, {}), (std::vector<std::string>{"9=v", "1=v", "7=v"}));
  range.seq_end = Find(7)->seq;
  EXPECT_EQ(Scan(range, {}), (std::vector<std::string>{"9=v", "1=v"}));
}

TEST_F(ReaderTest, SnapshotKeepsTheOldRows) {
  PutMany();
  const ReadView view{reader_->TakeSnapshot(), {}};
  const BaseVersion base{Find(3)->seq, false};
  ASSERT_TRUE(committer_->Commit(Writes(3, Row(3, "new", base)), nullptr).ok());
  EXPECT_EQ(Scan({}, view), (std::vector<std::string>{"5=v", "3=v", "9=v", "1=v", "7=v"}));
  EXPECT_EQ(Find(3, view)->seq, base.seq);
  EXPECT_NE(Find(3)->seq, base.seq);
}

TEST_F(ReaderTest, StagedWritesLieOnTopOfTheSnapshot) {
  PutMany();
  auto staged = std::make_shared<WriteSet>();
  const ReadView before{reader_->TakeSnapshot(), {}};
  const auto stage = [&](int64_t id, StagedRow row) {
    ASSERT_TRUE(staged->Stage(table_, Scope{}, Key(id), std::move(row)).ok());
  };
  stage(3, Row(3, "new", BaseVersion{Find(3)->seq, false}));
  stage(9, Row(9, "v", BaseVersion{Find(9)->seq, false}, true));
  stage(4, Row(4, "added"));
  const ReadView view{before.snapshot, staged};
  EXPECT_EQ(Scan({}, view), (std::vector<std::string>{"5=v", "1=v", "7=v", "3=new", "4=added"}));
  ScanRange range;
  range.lower = Bound(4, true);
  EXPECT_EQ(Scan(range, view), (std::vector<std::string>{"5=v", "7=v", "4=added"}));
  EXPECT_TRUE(Find(9, view)->is_tombstone);
  EXPECT_TRUE(Find(4, view)->is_staged);
  EXPECT_EQ(Scan({}, before).size(), 5u);
}

TEST_F(ReaderTest, AbsentKeyIsNothing) { EXPECT_FALSE(Find(1).has_value()); }

}  // namespace
}  // namespace kalamdb::table
