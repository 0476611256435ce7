// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kalamdb::sql {
namespace {

TEST(Parser, Smoke) {
  for (const char* sql :
       {"SELECT 1", "SELECT a, b AS c FROM ns.t WHERE id = $1 AND x > 1.5 ORDER BY a DESC LIMIT 10",
        "INSERT INTO t (a, b) VALUES (1, 'x'), (2, DEFAULT)",
        "INSERT INTO t VALUES (1, now()) ON CONFLICT (id) DO UPDATE SET a = excluded.a RETURNING *",
        "UPDATE t SET a = a + 1, by = 2 WHERE at = 3", "DELETE FROM default.t WHERE id IN (1,2)",
        "CREATE TABLE t (id BIGINT PRIMARY KEY, at TIMESTAMP DEFAULT now(), by TEXT DEFAULT 'x' "
        "NOT NULL)",
        "SELECT * FROM t WHERE doc->>'a' = 'x' OR NOT doc->'b'->>'c' = 'd'"}) {
    auto r = Parse(sql);
    EXPECT_TRUE(r.has_value()) << sql << ": " << (r.has_value() ? "" : r.error().message());
  }
}

}  // namespace
}  // namespace kalamdb::sql
