// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/mutex.h"
#include "base/rng.h"

namespace kalamdb::sql {

// Ids made by SNOWFLAKE_ID(), UUID_V7() and ULID() in queries. Each is larger than the one before;
// the time in them is that of the statement, or later when more were asked for than fit.
// Thread-safe.
class IdSource {
 public:
  // Layout of base/ids.h with the highest node number, so that no `_seq` and no id made for a
  // column default is the same.
  int64_t NextSnowflake(int64_t statement_micros);
  // RFC 9562, 36 characters.
  std::string NextUuidV7(int64_t statement_micros);
  // 26 characters of Crockford's base 32.
  std::string NextUlid(int64_t statement_micros);

 private:
  // 48 bits of milliseconds and 80 random bits, as in a ULID. Increases by a random step.
  struct TimeAndRandom {
    uint64_t millis = 0;
    uint64_t high = 0;  // 16 bits.
    uint64_t low = 0;
  };
  TimeAndRandom NextTimeAndRandom(int64_t statement_micros);

  std::atomic<uint64_t> last_snowflake_{
      0};  // Milliseconds and counter; the node is put in between.
  Rng rng_;
  Mutex mu_;
  TimeAndRandom last_ KALAMDB_GUARDED_BY(mu_);
};

}  // namespace kalamdb::sql
