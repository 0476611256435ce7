// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "base/rng.h"
#include "table/sequence.h"
#include "table/serials.h"
#include "types/result.h"
#include "types/schema.h"

namespace kalamdb::sql {

// Makes the values of column defaults. Thread-safe.
class ValueGenerator {
 public:
  ValueGenerator(table::SequenceGenerator& sequence, table::Serials& serials, const Clock& clock,
                 Rng& rng)
      : sequence_(sequence), serials_(serials), clock_(clock), rng_(rng) {}

  int64_t SnowflakeId() { return static_cast<int64_t>(sequence_.Next().value); }
  // RFC 9562 version 7, 36 characters.
  std::string UuidV7();
  // 26 characters of Crockford's base 32.
  std::string Ulid();
  StatusOr<int64_t> Serial(const catalog::TableDef& table, types::TypeId type);

 private:
  table::SequenceGenerator& sequence_;
  table::Serials& serials_;
  const Clock& clock_;
  Rng& rng_;
};

}  // namespace kalamdb::sql
