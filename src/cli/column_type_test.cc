// SPDX-License-Identifier: Apache-2.0
#include "cli/column_type.h"

#include <gtest/gtest.h>

namespace kalamdb::cli {
namespace {

Cell Number(std::string_view raw) { return {.json = Cell::Json::kNumber, .raw = raw, .text = raw}; }

Cell Container(std::string_view raw) {
  return {.json = Cell::Json::kContainer, .raw = raw, .text = raw};
}

TEST(ReadableText, ShowsTimesInIsoForm) {
  EXPECT_EQ(ReadableText(Number("1777902000000000"), ColumnKind::kTimestamp),
            "2026-05-04 13:40:00");
  EXPECT_EQ(ReadableText(Number("-1"), ColumnKind::kTimestamp), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(ReadableText(Number("20577"), ColumnKind::kDate), "2026-05-04");
  EXPECT_EQ(ReadableText(Number("36000000000"), ColumnKind::kTime), "10:00:00");
}

TEST(ReadableText, ShowsTimesOutOfRangeAsSent) {
  for (const char* raw : {"9223372036854775807", "-9223372036854775808", "1e30", "1.5"}) {
    for (const ColumnKind kind : {ColumnKind::kTimestamp, ColumnKind::kDate, ColumnKind::kTime}) {
      EXPECT_EQ(ReadableText(Number(raw), kind), raw);
    }
  }
  EXPECT_EQ(ReadableText(Number("253402300799999999"), ColumnKind::kTimestamp),
            "9999-12-31 23:59:59.999999");
  EXPECT_EQ(ReadableText(Number("253402300800000000"), ColumnKind::kTimestamp),
            "253402300800000000");
}

TEST(ReadableText, ShowsBytesAsHex) {
  EXPECT_EQ(ReadableText(Container("[222,173]"), ColumnKind::kBytes), "\\xdead");
  EXPECT_EQ(ReadableText(Container("[ 0 , 255 ]"), ColumnKind::kBytes), "\\x00ff");
  EXPECT_EQ(ReadableText(Container("[]"), ColumnKind::kBytes), "\\x");
  for (const char* raw : {"[256]", "[-1]", "[1,,2]", "[1,]", "[\"a\"]", "[[1]]"}) {
    EXPECT_EQ(ReadableText(Container(raw), ColumnKind::kBytes), raw);
  }
}

TEST(ReadableText, ShowsEverythingElseAsSent) {
  EXPECT_EQ(ReadableText(Number("1.50"), ColumnKind::kNumber), "1.50");
  EXPECT_EQ(ReadableText(Container("[0.1,0.2]"), ColumnKind::kArray), "[0.1,0.2]");
  const Cell text{.json = Cell::Json::kString, .raw = "\"a\\n\"", .text = "a\n"};
  EXPECT_EQ(ReadableText(text, ColumnKind::kText), "a\n");
  const Cell null{.json = Cell::Json::kNull, .raw = "null", .text = "null"};
  EXPECT_EQ(ReadableText(null, ColumnKind::kTimestamp), "");
}

TEST(KindOfWireType, KnowsEveryTypeOfTheWire) {
  EXPECT_EQ(KindOfWireType("BigInt"), ColumnKind::kNumber);
  EXPECT_EQ(KindOfWireType("Decimal"), ColumnKind::kNumber);
  EXPECT_EQ(KindOfWireType("DateTime"), ColumnKind::kTimestamp);
  EXPECT_EQ(KindOfWireType("Uuid"), ColumnKind::kText);
  EXPECT_EQ(KindOfWireType("File"), ColumnKind::kText);
  EXPECT_EQ(KindOfWireType("SomethingNew"), ColumnKind::kText);
}

}  // namespace
}  // namespace kalamdb::cli
