// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "types/schema.h"

namespace kalamdb::catalog {

// A table whose rows are computed when a query asks: system.* and information_schema.*. One file a
// table. Immutable and thread-safe.
struct SystemTable {
  std::string namespace_id;  // "system" or "information_schema".
  std::string name;
  types::Schema schema;
  bool is_admin_only = true;
  // The rows, each with one value a column of the column's type. `role` masks secrets.
  std::function<std::vector<types::Row>(Role role)> rows;
};

}  // namespace kalamdb::catalog
