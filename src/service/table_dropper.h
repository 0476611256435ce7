// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/status.h"
#include "catalog/table_def.h"

namespace kalamdb::service {

// Removes a table and its rows on the commit thread, so that no write slips in behind the drop.
// Implemented over the table engine, which calls Catalog::DropTable() with the range deletes.
// Thread-safe.
class TableDropper {
 public:
  virtual ~TableDropper() = default;
  // Returns when the drop is durable. NotFound when `table` is no longer what its name means.
  virtual Status Drop(const catalog::TableDefPtr& table) = 0;
};

}  // namespace kalamdb::service
