// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "sql/parser/parser.h"

namespace kalamdb::sql {

using StatementList = std::shared_ptr<const std::vector<StatementPtr>>;

// Parsed requests by their exact text: clients send the same statements with other parameters again
// and again. Parsing depends on nothing but the text, so entries never go stale. Texts beyond
// kCachedTextBytesMax are parsed anew each time. At limits::kPlanCacheMax entries the cache is
// emptied. Thread-safe.
class StatementCache {
 public:
  StatusOr<StatementList> Parse(std::string_view text);
  size_t size() const;

 private:
  static constexpr size_t kCachedTextBytesMax = 4'096;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  mutable SharedMutex mu_;
  std::unordered_map<std::string, StatementList, Hash, std::equal_to<>> entries_
      KALAMDB_GUARDED_BY(mu_);
};

}  // namespace kalamdb::sql
