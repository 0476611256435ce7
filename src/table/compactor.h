// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "table/scope_changes.h"

namespace kalamdb::table {

struct CompactionOptions {
  // Everything that can be made better, instead of what is worth it now.
  bool is_full = false;
  // Neighbours of about the same size that are merged: each row is rewritten once for every factor of
  // this that its scope grows by.
  size_t merge_segments = 8;
  // Tombstones that are older go; nothing: they stay.
  std::optional<CommitSeq> tombstones_before;
};

struct CompactionResult {
  uint64_t segments_before = 0;  // Of those that were rewritten.
  uint64_t segments_after = 0;
  uint64_t rows_removed = 0;
  uint64_t bytes_before = 0;
  uint64_t bytes_after = 0;
};

// Rewrites segments of a scope: neighbours become one, dead rows and old tombstones disappear.
// Thread-safe.
class Compactor {
 public:
  Compactor(const MaintenanceParts& parts, ScopeLocks& locks, MaintenanceStats& stats)
      : parts_(parts), locks_(locks), stats_(stats) {}

  // Nothing worth it: no change. Readers and writers do not notice it.
  StatusOr<CompactionResult> CompactScope(const catalog::TableDefPtr& table, const Scope& scope,
                                          const CompactionOptions& options,
                                          const CancelToken* cancel, const ReportRows& report);

 private:
  struct Run;
  StatusOr<std::optional<Run>> ChooseRun(const ColdScope& cold, const std::string& prefix,
                                         const CompactionOptions& options,
                                         const store::SnapshotPtr& snapshot) const;
  StatusOr<CompactionResult> Rewrite(const catalog::TableDefPtr& table, const Scope& scope,
                                     const std::string& prefix, const ColdScope& cold,
                                     const Run& run, const CompactionOptions& options,
                                     const CancelToken* cancel, const ReportRows& report);
  Status Forget(const catalog::TableDefPtr& table, const std::string& prefix,
                const std::vector<std::pair<std::string, CommitSeq>>& tombstones);
  Status PutForgotten(const std::string& prefix,
                      const std::vector<std::pair<std::string, CommitSeq>>& tombstones,
                      store::WriteBatch* batch) const;

  const MaintenanceParts parts_;
  ScopeLocks& locks_;
  MaintenanceStats& stats_;
};

}  // namespace kalamdb::table
