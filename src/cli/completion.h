// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kalamdb::cli {

// The names that exist in the server. Lists may be empty when it cannot be asked now.
class NameSource {
 public:
  virtual ~NameSource() = default;
  virtual const std::vector<std::string>& Namespaces() = 0;
  virtual const std::vector<std::string>& TablesOf(const std::string& name_space) = 0;
  virtual const std::vector<std::string>& ColumnsOf(const std::string& name_space,
                                                    const std::string& table) = 0;
  // Where unqualified names are looked up.
  virtual std::string CurrentNamespace() = 0;
};

struct Completion {
  size_t replaced_bytes = 0;            // Of the text before the cursor, the start of a word.
  std::vector<std::string> candidates;  // Sorted, without duplicates; each replaces that start.
};

// What the word before the cursor can become. `before` and `after` are the statement so far and
// what is behind the cursor; a line that is not inside a statement may be a backslash command.
// Offers what fits the place: tables after FROM, columns after "table." and so on.
Completion Complete(std::string_view before, std::string_view after, NameSource& names);

// The longest text that all candidates begin with.
std::string CommonStart(const std::vector<std::string>& candidates);

}  // namespace kalamdb::cli
