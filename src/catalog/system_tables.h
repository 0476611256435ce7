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
// ones too; so this class makes them itself and is neither copied nor moved.
class SystemTables {
 public:
  // `others`: the tables that describe anything else. Their names must differ.
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
