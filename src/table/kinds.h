// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/ids.h"
#include "catalog/table_def.h"
#include "store/kv_store.h"

// What the kinds of tables differ in, besides their scopes: where rows lie and how long they live.
// Rows of STREAM tables are called events.
namespace kalamdb::table {

inline store::Family RowsFamily(const catalog::TableDef& table) {
  return table.is_stream() ? store::Family::kEvents : store::Family::kRows;
}

// Rows with a smaller `_seq` do not exist any more, whether or not they are still stored. Time is
// counted from the one inside `_seq`. `now_micros`: since 1970.
inline CommitSeq LivingFrom(const catalog::TableDef& table, int64_t now_micros) {
  if (!table.is_stream()) {
    return CommitSeq{0};
  }
  const int64_t ttl_millis = int64_t{table.options.stream.ttl_seconds} * 1'000;
  const int64_t first_millis = now_micros / 1'000 - ttl_millis + 1 - kSeqEpochMillis;
  return first_millis <= 0 ? CommitSeq{0}
                           : CommitSeq{static_cast<uint64_t>(first_millis) << kSeqTimeShift};
}

}  // namespace kalamdb::table
