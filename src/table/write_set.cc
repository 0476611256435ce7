// SPDX-License-Identifier: Apache-2.0
#include "table/write_set.h"

#include <algorithm>

#include "base/limits.h"

namespace kalamdb::table {

const ScopeWrites* WriteSet::Find(TableId table, const Scope& scope) const {
  const auto found = scopes_.find({table.value, scope.value});
  return found == scopes_.end() ? nullptr : &found->second;
}

Status WriteSet::Stage(const catalog::TableDefPtr& table, const Scope& scope, std::string key,
                       StagedRow row) {
  const size_t bytes = key.size() + row.bytes.size();
  if (byte_size_ + bytes > limits::kTransactionBytesMax) {
    return ResourceExhausted("the statement or transaction writes more than " +
                             std::to_string(limits::kTransactionBytesMax >> 20) +
                             " MiB; split it into smaller ones");
  }
  ScopeWrites& writes = scopes_[{table->id.value, scope.value}];
  if (writes.table == nullptr) {
    writes.table = table;
    writes.scope = scope;
  }
  const auto [entry, is_new] = writes.rows.try_emplace(std::move(key));
  if (is_new) {
    if (row.base.has_value()) {
      writes.superseded.insert(row.base->seq.value);
    }
    ++row_count_;
  } else {
    row.base = entry->second.base;
    row.old_row = std::move(entry->second.old_row);
  }
  byte_size_ += bytes;
  entry->second = std::move(row);
  return {};
}

void WriteSet::UseSerial(TableId table, int64_t last_used) {
  int64_t& known = serials_[table.value];
  known = std::max(known, last_used);
}

Status WriteSet::Merge(WriteSet other) {
  for (auto& [id, writes] : other.scopes_) {
    for (auto& [key, row] : writes.rows) {
      KALAMDB_RETURN_IF_ERROR(Stage(writes.table, writes.scope, key, std::move(row)));
    }
  }
  for (const auto& [table, last_used] : other.serials_) {
    UseSerial(TableId{table}, last_used);
  }
  return {};
}

void WriteSet::Clear() {
  scopes_.clear();
  serials_.clear();
  read_seq_ = {};
  row_count_ = 0;
  byte_size_ = 0;
}

}  // namespace kalamdb::table
