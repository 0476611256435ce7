// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/system_table.h"

namespace kalamdb::catalog {

// All computed tables of a server, by name. Immutable after construction, thread-safe.
//
// Tables that describe tables (system.tables, information_schema.columns, ...) list the computed
// ones too: they refer to this object, which is neither copied nor moved.
class SystemTables {
 public:
  // Makes the tables that describe the catalog. `others`: those that describe anything else, such
  // as system.settings and system.stats (catalog/system_table_makers.h); their names must differ.
  SystemTables(const Catalog& catalog, std::vector<SystemTable> others);
  SystemTables(const SystemTables&) = delete;
  SystemTables& operator=(const SystemTables&) = delete;

  // Null when there is none.
  const SystemTable* Find(std::string_view namespace_id, std::string_view name) const;
  // By namespace and name.
  const std::vector<SystemTable>& tables() const { return tables_; }

 private:
  std::vector<SystemTable> tables_;
};

}  // namespace kalamdb::catalog
