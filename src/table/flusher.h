// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "table/scope_changes.h"

namespace kalamdb::table {

struct FlushResult {
  uint64_t scopes = 0;
  uint64_t rows = 0;
  uint64_t segments = 0;
  uint64_t bytes = 0;
  CommitSeq up_to;  // Of the last scope: no row up to here is hot.
};

struct HotRows {
  uint64_t count = 0;
  CommitSeq first_seq;
};

// Moves hot rows into segments. Thread-safe.
class Flusher {
 public:
  Flusher(const MaintenanceParts& parts, ScopeLocks& locks, MaintenanceStats& stats)
      : parts_(parts), locks_(locks), stats_(stats) {}

  // Everything hot in one scope, as of now. Nothing hot: no change. Before the last step nothing
  // has changed for anyone: an error, also Cancelled, leaves the rows where they were. Writers are
  // held up for no longer than a commit.
  StatusOr<FlushResult> FlushScope(const catalog::TableDefPtr& table, const Scope& scope,
                                   const CancelToken* cancel, const ReportRows& report);
  // Scopes with hot rows, and the number of scopes is all that this costs.
  StatusOr<std::vector<Scope>> HotScopes(const catalog::TableDef& table) const;
  // Hot rows of a scope, tombstones included: counts keys.
  StatusOr<HotRows> CountHot(const catalog::TableDef& table, const Scope& scope) const;

 private:
  struct Attempt;
  StatusOr<Attempt> Begin(const catalog::TableDefPtr& table, const std::string& prefix);
  Status WriteRows(const std::string& prefix, const Attempt& attempt, const CancelToken* cancel,
                   const ReportRows& report, NewSegments* segments);
  StatusOr<cold::Manifest> Commit(const std::string& prefix, const Attempt& attempt,
                                  NewSegments* segments);
  Status Abort(const std::string& prefix, const Attempt& attempt);

  const MaintenanceParts parts_;
  ScopeLocks& locks_;
  MaintenanceStats& stats_;
};

}  // namespace kalamdb::table
