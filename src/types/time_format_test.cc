// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "types/test_values.h"
#include "types/text_format.h"

namespace kalamdb::types {
namespace {

using testing::RandomValues;
using testing::TestSeed;

TEST(DateFormat, KnowsTheCalendar) {
  EXPECT_EQ(ParseDate("1970-01-01"), 0);
  EXPECT_EQ(ParseDate("1969-12-31"), -1);
  EXPECT_EQ(ParseDate("2026-05-04"), 20577);
  EXPECT_EQ(ParseDate("2000-02-29"), 11016);
  EXPECT_EQ(ParseDate("0001-01-01"), kDateMin);
  EXPECT_EQ(ParseDate("9999-12-31"), kDateMax);
  EXPECT_EQ(ParseDate(" 2026-5-4\n"), 20577);
}

TEST(DateFormat, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", "2023-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00",
        "0000-01-01", "10000-01-01", "-2026-01-01", "2026-01", "2026/01/01", "26-01-01",
        "2026-01-011", "2026-01-01x", "2026-01-01 10:00", "now"}) {
    EXPECT_EQ(ParseDate(text), std::nullopt) << text;
  }
}

TEST(DateFormat, EveryDayOfTheRangeSurvivesARoundTrip) {
  for (int64_t day = kDateMin; day <= kDateMax; day += 17) {
    ASSERT_EQ(ParseDate(FormatDate(day)), day);
  }
  EXPECT_EQ(FormatDate(kDateMin), "0001-01-01");
  EXPECT_EQ(FormatDate(kDateMax), "9999-12-31");
}

TEST(DateFormat, ShowsDaysOutsideTheRange) {
  EXPECT_EQ(FormatDate(kDateMin - 1), "0001-12-31 BC");
  EXPECT_EQ(FormatDate(kDateMax + 1), "10000-01-01");
  EXPECT_FALSE(FormatDate(INT64_MIN).empty());
  EXPECT_FALSE(FormatDate(INT64_MAX).empty());
}

TEST(TimeFormat, ReadsTimesOfDay) {
  EXPECT_EQ(ParseTime("00:00:00"), 0);
  EXPECT_EQ(ParseTime("10:20"), (10 * 60 + 20) * 60 * kMicrosPerSecond);
  EXPECT_EQ(ParseTime("10:20:30.5"), ((10 * 60 + 20) * 60 + 30) * kMicrosPerSecond + 500'000);
  EXPECT_EQ(ParseTime("23:59:59.999999"), kMicrosPerDay - 1);
  EXPECT_EQ(ParseTime("24:00:00"), kMicrosPerDay);
  EXPECT_EQ(ParseTime("23:59:59.9999999"), kMicrosPerDay) << "rounded";
  EXPECT_EQ(ParseTime("00:00:00.0000005"), 1);
  EXPECT_EQ(ParseTime("00:00:00.00000049999"), 0);
}

TEST(TimeFormat, RefusesWhatIsNoTime) {
  for (const char* text : {"", "10", "25:00:00", "24:00:01", "24:00:00.000001", "10:60:00",
                           "10:00:60", "10:0:0", "10:00:00.", "-01:00:00", "10:00:00Z", "1e1:00"}) {
    EXPECT_EQ(ParseTime(text), std::nullopt) << text;
  }
}

TEST(TimeFormat, DropsTrailingZerosOnly) {
  EXPECT_EQ(FormatTime(0), "00:00:00");
  EXPECT_EQ(FormatTime(1), "00:00:00.000001");
  EXPECT_EQ(FormatTime(100'000), "00:00:00.1");
  EXPECT_EQ(FormatTime(36'000 * kMicrosPerSecond), "10:00:00");
  EXPECT_EQ(FormatTime(kMicrosPerDay), "24:00:00");
}

TEST(TimestampFormat, ReadsEveryForm) {
  const int64_t base = 20577 * kMicrosPerDay;
  const int64_t time = base + ((10 * 60 + 20) * 60 + 30) * kMicrosPerSecond;
  EXPECT_EQ(ParseTimestamp("2026-05-04"), base);
  EXPECT_EQ(ParseTimestamp("2026-05-04 10:20:30"), time);
  EXPECT_EQ(ParseTimestamp("2026-05-04T10:20:30Z"), time);
  EXPECT_EQ(ParseTimestamp("2026-05-04t10:20:30z"), time);
  EXPECT_EQ(ParseTimestamp("  2026-05-04 10:20:30 UTC "), time);
  EXPECT_EQ(ParseTimestamp("2026-05-04T10:20:30.123456789+00:00"), time + 123'457);
  EXPECT_EQ(ParseTimestamp("2026-05-04 12:20:30+02"), time);
  EXPECT_EQ(ParseTimestamp("2026-05-04 12:20:30 +0200"), time);
  EXPECT_EQ(ParseTimestamp("2026-05-04 04:50:30-05:30"), time);
  EXPECT_EQ(ParseTimestamp("2026-05-03 24:00"), base);
}

TEST(TimestampFormat, RefusesWhatIsNoTimestamp) {
  for (const char* text :
       {"", "10:20:30", "2026-05-04T", "2026-05-04X10:20", "2026-05-04 10", "2026-02-30 10:20",
        "2026-05-04 10:20:30+", "2026-05-04 10:20:30+2", "2026-05-04 10:20:30+16",
        "2026-05-04 10:20:30+02:60", "2026-05-04 10:20:30+02:", "2026-05-04 10:20:30 PST",
        "2026-05-04 10:20:30ZZ", "2026-05-04Z", "1777902000000000"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

TEST(TimestampFormat, OffsetsMayNotLeaveTheRange) {
  EXPECT_EQ(ParseTimestamp("0001-01-01 00:00:00"), kTimestampMin);
  EXPECT_EQ(ParseTimestamp("0001-01-01 00:00:00+01"), std::nullopt);
  EXPECT_EQ(ParseTimestamp("9999-12-31 23:59:59.999999"), kTimestampMax);
  EXPECT_EQ(ParseTimestamp("9999-12-31 23:59:59.9999999"), std::nullopt);
  EXPECT_EQ(ParseTimestamp("9999-12-31 24:00:00"), std::nullopt);
  EXPECT_EQ(ParseTimestamp("9999-12-31 23:59:59-01"), std::nullopt);
}

TEST(TimestampFormat, ShowsMomentsBefore1970) {
  EXPECT_EQ(FormatTimestamp(0), "1970-01-01 00:00:00");
  EXPECT_EQ(FormatTimestamp(-1), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(FormatTimestamp(kTimestampMin - 1), "0001-12-31 23:59:59.999999 BC");
  EXPECT_EQ(FormatRfc3339(1'777'890'030'000'000), "2026-05-04T10:20:30+00:00");
  EXPECT_EQ(FormatRfc3339(-500'000), "1969-12-31T23:59:59.5+00:00");
  EXPECT_FALSE(FormatTimestamp(INT64_MIN).empty());
  EXPECT_FALSE(FormatTimestamp(INT64_MAX).empty());
}

TEST(TimestampFormat, RandomMomentsSurviveARoundTrip) {
  const uint64_t seed = TestSeed(51);
  SCOPED_TRACE(seed);
  RandomValues random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const int64_t micros = random.Int(kTimestampMin, kTimestampMax);
    ASSERT_EQ(ParseTimestamp(FormatTimestamp(micros)), micros);
    ASSERT_EQ(ParseTimestamp(FormatRfc3339(micros)), micros);
    const int64_t time = random.Int(0, kMicrosPerDay);
    ASSERT_EQ(ParseTime(FormatTime(time)), time);
  }
}

}  // namespace
}  // namespace kalamdb::types
