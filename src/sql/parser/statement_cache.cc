// SPDX-License-Identifier: Apache-2.0
#include "sql/parser/statement_cache.h"

#include <utility>

#include "base/limits.h"

namespace kalamdb::sql {

StatusOr<StatementList> StatementCache::Parse(std::string_view text) {
  {
    const ReaderLock lock(mu_);
    if (const auto found = entries_.find(text); found != entries_.end()) {
      return found->second;
    }
  }
  KALAMDB_ASSIGN_OR_RETURN(std::vector<StatementPtr> parsed, sql::Parse(text));
  auto list = std::make_shared<const std::vector<StatementPtr>>(std::move(parsed));
  if (text.size() <= kCachedTextBytesMax) {
    const WriterLock lock(mu_);
    if (entries_.size() >= limits::kPlanCacheMax) {
      entries_.clear();
    }
    entries_.emplace(text, list);
  }
  return list;
}

size_t StatementCache::size() const {
  const ReaderLock lock(mu_);
  return entries_.size();
}

}  // namespace kalamdb::sql
