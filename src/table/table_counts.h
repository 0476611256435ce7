// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "base/cancel.h"
#include "base/mutex.h"
#include "table/tiers.h"

namespace kalamdb::table {

// What a table holds, all of it at one moment.
struct TableCounts {
  uint64_t live_rows = 0;  // What SELECT COUNT(*) counts, over all scopes.
  uint64_t hot_rows = 0;   // Versions in the hot tier, tombstones included.
  uint64_t cold_rows = 0;  // Rows in segments, tombstones and dead rows included.
  uint64_t dead_rows = 0;  // Of these, superseded since.
  uint64_t segments = 0;
  uint64_t segment_bytes = 0;
  uint64_t files = 0;  // Segments and a manifest.json for each scope.
};

// Walks what is hot and what is dead; of segments it reads the manifests only. Cancelled when
// `cancel`, which may be null, says so. `now_micros` decides which events live.
StatusOr<TableCounts> CountTable(const store::KvStore& store, const Tiers& tiers,
                                 const catalog::TableDef& table, int64_t now_micros,
                                 const CancelToken* cancel);

// Segments of all tables. Thread-safe.
class ColdTotals {
 public:
  struct Totals {
    uint64_t rows = 0;
    uint64_t segments = 0;
    uint64_t bytes = 0;
  };

  ColdTotals(const store::KvStore& store, const Tiers& tiers) : store_(store), tiers_(tiers) {}

  // Reads the manifests of those tables only that have changed since the last call.
  StatusOr<Totals> Sum(const std::vector<catalog::TableDefPtr>& tables);

 private:
  struct Known {
    uint64_t changes = 0;  // Tiers::ChangesOf() before the manifests were read.
    Totals totals;
  };

  const store::KvStore& store_;
  const Tiers& tiers_;
  Mutex mu_;
  std::map<TableId, Known> known_ KALAMDB_GUARDED_BY(mu_);  // Of tables with segments.
};

}  // namespace kalamdb::table
