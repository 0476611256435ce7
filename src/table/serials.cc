// SPDX-License-Identifier: Apache-2.0
#include "table/serials.h"

#include "table/committer.h"
#include "types/key_codec.h"

namespace kalamdb::table {

StatusOr<int64_t> Serials::Next(const catalog::TableDef& table, int64_t max) {
  const MutexLock lock(mu_);
  auto last = last_.find(table.id);
  if (last == last_.end()) {
    std::string bytes;
    KALAMDB_ASSIGN_OR_RETURN(
        const bool is_found,
        store_.Get(store::Family::kMeta, Committer::SerialKey(table.id), nullptr, &bytes));
    int64_t stored = 0;
    if (is_found) {
      KALAMDB_ASSIGN_OR_RETURN(const uint64_t value, types::KeyReader(bytes).ReadU64());
      stored = static_cast<int64_t>(value);
    }
    last = last_.emplace(table.id, stored).first;
  }
  if (last->second >= max) {
    return Error(ConstraintViolation("the serial counter of table " + table.QualifiedName() +
                                     " has reached its highest value " + std::to_string(max)));
  }
  return ++last->second;
}

}  // namespace kalamdb::table
