// SPDX-License-Identifier: Apache-2.0
#include "server/error_map.h"

#include <gtest/gtest.h>

namespace kalamdb::server {
namespace {

TEST(ErrorMap, KnowsEveryStatusCode) {
  // Codes are dense: the first one without a name is past the end.
  int count = 0;
  while (StatusCodeName(static_cast<StatusCode>(count)) != "Unknown") {
    const WireError& wire = ToWire(static_cast<StatusCode>(count));
    EXPECT_GE(wire.http_status, 400) << count;
    EXPECT_FALSE(wire.code.empty()) << count;
    EXPECT_EQ(wire.is_ours, wire.http_status == 500) << count;
    ++count;
  }
  EXPECT_GE(count, 23);
}

TEST(ErrorMap, IsTheDocumentedOne) {
  EXPECT_EQ(ToWire(StatusCode::kTableNotFound).code, "SQL_EXECUTION_ERROR");
  EXPECT_EQ(ToWire(StatusCode::kInvalidSql).code, "INVALID_SQL");
  EXPECT_EQ(ToWire(StatusCode::kPermissionDenied).http_status, 403);
  EXPECT_EQ(ToWire(StatusCode::kUnavailable).http_status, 503);
  EXPECT_EQ(ToWire(StatusCode::kTimeout).http_status, 408);
  EXPECT_EQ(ToWire(StatusCode::kParametersWithBatch).code, "PARAMS_WITH_BATCH");
  EXPECT_EQ(ToWire(StatusCode::kCorruption).code, "INTERNAL_ERROR");
}

TEST(ErrorMap, PutsThePrefixInFrontOnce) {
  EXPECT_EQ(WireMessage(NotFound("user x")), "Not found: user x");
  EXPECT_EQ(WireMessage(NotFound("Not found: user x")), "Not found: user x");
  EXPECT_EQ(WireMessage(EmptySql("No SQL statements provided")), "No SQL statements provided");
}

}  // namespace
}  // namespace kalamdb::server
