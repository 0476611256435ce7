// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/mutex.h"
#include "catalog/table_def.h"
#include "store/kv_store.h"

namespace kalamdb::table {

// Counters of SERIAL and SMALLSERIAL columns: one a table, from 1. Numbers taken for a statement that
// fails are not given again, as in PostgreSQL. What committed rows use is made durable with them.
// Thread-safe.
class Serials {
 public:
  explicit Serials(const store::KvStore& store) : store_(store) {}
  // ConstraintViolation when the counter has passed `max`, the type's highest value.
  StatusOr<int64_t> Next(const catalog::TableDef& table, int64_t max);

 private:
  const store::KvStore& store_;
  Mutex mu_;
  std::unordered_map<TableId, int64_t> last_ KALAMDB_GUARDED_BY(mu_);
};

}  // namespace kalamdb::table
