// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "catalog/table_def.h"
#include "table/keys.h"

namespace kalamdb::table {

// The version of a key that a write was computed from: what must still be the latest at commit.
struct BaseVersion {
  CommitSeq seq;
  bool is_tombstone = false;
};

// A new version of one key, not yet committed.
struct StagedRow {
  // Nothing: the key must not exist, or be deleted.
  std::optional<BaseVersion> base;
  bool is_deleted = false;
  std::string bytes;  // Stored form, with the `_deleted` flag in it.
  // Stored form of the living base version, for those who learn of the change; empty when the set
  // does not keep it (WriteSet::keeps_old_rows()).
  std::string old_row = {};
  CommitSeq committed_seq;  // Set by the commit.
};

// Staged versions of one scope of one table, by encoded key.
struct ScopeWrites {
  catalog::TableDefPtr table;
  Scope scope;
  std::map<std::string, StagedRow, std::less<>> rows;
  // Base versions that `rows` supersede: a scan over the stored rows leaves them out.
  std::unordered_set<uint64_t> superseded;
};

// The writes of one statement or transaction, over any number of tables. A later write to a key
// replaces the staged one and keeps its base. Confined to one thread at a time.
class WriteSet {
 public:
  // Null when the scope has no staged writes.
  const ScopeWrites* Find(TableId table, const Scope& scope) const;
  // Stages a version. `base` is what was read from the store; when the key is staged already, the
  // base of the first write counts. ResourceExhausted beyond limits::kTransactionBytesMax.
  Status Stage(const catalog::TableDefPtr& table, const Scope& scope, std::string key,
               StagedRow row);
  // Whether rows are staged with the versions they replace: set when somebody wants to know.
  void set_keeps_old_rows(bool keeps) { keeps_old_rows_ = keeps; }
  bool keeps_old_rows() const { return keeps_old_rows_; }
  // Serial counters that rows of this set use, to be made durable with them.
  void UseSerial(TableId table, int64_t last_used);

  // The last commit when the reading for this set began: what was read is no older. 0: unknown.
  void set_read_seq(CommitSeq seq) { read_seq_ = seq; }
  CommitSeq read_seq() const { return read_seq_; }

  bool IsEmpty() const { return scopes_.empty() && serials_.empty(); }
  size_t row_count() const { return row_count_; }
  size_t byte_size() const { return byte_size_; }
  const std::map<std::pair<uint32_t, std::string>, ScopeWrites>& scopes() const { return scopes_; }
  std::map<std::pair<uint32_t, std::string>, ScopeWrites>& mutable_scopes() { return scopes_; }
  const std::map<uint32_t, int64_t>& serials() const { return serials_; }
  // Adds all of `other`, as if its writes had been staged here one after the other.
  Status Merge(WriteSet other);
  void Clear();

 private:
  std::map<std::pair<uint32_t, std::string>, ScopeWrites> scopes_;
  std::map<uint32_t, int64_t> serials_;  // By table id.
  CommitSeq read_seq_;
  size_t row_count_ = 0;
  size_t byte_size_ = 0;
  bool keeps_old_rows_ = false;
};

}  // namespace kalamdb::table
