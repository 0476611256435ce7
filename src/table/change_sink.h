// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/table_def.h"
#include "table/keys.h"

namespace kalamdb::table {

// What a commit did to one key.
struct RowChange {
  std::string key;  // Encoded primary key.
  CommitSeq seq;
  bool is_deleted = false;
  std::string row;      // Stored form of the new version; of a delete: the tombstone.
  CommitSeq old_seq;    // 0: there was no living version.
  std::string old_row;  // Stored form of the living version it replaces; empty when there was none.
};

// The changes of one commit to one scope, in the order of `_seq`.
struct ScopeChanges {
  catalog::TableDefPtr table;
  Scope scope;
  std::vector<RowChange> changes;
};

// Learns of every change, in commit order, right after it has become visible. Called on the commit
// thread: must not block, and must bound what it keeps.
class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  // False: nobody wants the changes of this table, and OnCommit() need not be called. Any thread.
  virtual bool IsWanted(TableId table) const = 0;
  virtual void OnCommit(std::vector<ScopeChanges> changes) = 0;
};

}  // namespace kalamdb::table
