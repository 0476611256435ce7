// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/status.h"
#include "catalog/table_def.h"

namespace kalamdb::service {

// Removes tables and their rows on the commit thread, so that no write slips in behind the drop.
// Implemented over the table engine, which calls Catalog::DropTable() and
// DropNamespaceAndTables() with the range deletes.
// Thread-safe.
class TableDropper {
 public:
  virtual ~TableDropper() = default;
  // Returns when the drop is durable. NotFound when `table` is no longer what its name means.
  virtual Status Drop(const catalog::TableDefPtr& table) = 0;
  // The namespace and all its tables, or nothing. Returns when the drop is durable. NotFound.
  virtual Status DropNamespace(const std::string& name) = 0;
};

}  // namespace kalamdb::service
