// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/ids.h"
#include "base/mutex.h"

namespace kalamdb::table {

// Gives out the node's snowflake numbers (layout in base/ids.h): commit sequences and SNOWFLAKE_ID().
// Both come from here, so every id in a stored row is below the commit sequence of that row and the
// persisted last commit sequence is a floor for both after a restart. Strictly increasing: when the
// clock stands still or steps back, or more than 4,096 numbers are taken in a millisecond, the time
// part runs ahead of the clock. Thread-safe.
class SequenceGenerator {
 public:
  // `floor`: the highest number that may be in use. `node` at most kSeqNodeMax.
  SequenceGenerator(const Clock& clock, uint64_t node, CommitSeq floor);
  const Clock& clock() const { return clock_; }

  CommitSeq Next();
  CommitSeq last() const;

 private:
  const Clock& clock_;
  const uint64_t node_bits_;
  mutable Mutex mu_;
  uint64_t millis_ KALAMDB_GUARDED_BY(mu_);
  uint64_t counter_ KALAMDB_GUARDED_BY(mu_) = 0;
};

}  // namespace kalamdb::table
