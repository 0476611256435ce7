// SPDX-License-Identifier: Apache-2.0
#include "table/sequence.h"

#include <algorithm>

#include "base/check.h"

namespace kalamdb::table {

SequenceGenerator::SequenceGenerator(const Clock& clock, uint64_t node, CommitSeq floor)
    : clock_(clock),
      node_bits_(node << kSeqNodeShift),
      // The whole millisecond of the floor is left out: the node number may have changed since.
      millis_(floor.value == 0 ? 0 : (floor.value >> kSeqTimeShift) + 1) {
  KALAMDB_CHECK(node <= kSeqNodeMax);
}

CommitSeq SequenceGenerator::Next() {
  const int64_t since_epoch = clock_.WallMicros() / 1000 - kSeqEpochMillis;
  const auto now = static_cast<uint64_t>(std::max<int64_t>(since_epoch, 0));
  const MutexLock lock(mu_);
  if (now > millis_) {
    millis_ = now;
    counter_ = 0;
  } else if (counter_ == kSeqCounterMax) {
    ++millis_;
    counter_ = 0;
  } else {
    ++counter_;
  }
  return CommitSeq{millis_ << kSeqTimeShift | node_bits_ | counter_};
}

CommitSeq SequenceGenerator::last() const {
  const MutexLock lock(mu_);
  return CommitSeq{millis_ << kSeqTimeShift | node_bits_ | counter_};
}

}  // namespace kalamdb::table
