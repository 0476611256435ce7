// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_tables.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "catalog/system_table_makers.h"

namespace kalamdb::catalog {

namespace {

auto NameOf(const SystemTable& table) { return std::tie(table.namespace_id, table.name); }

}  // namespace

SystemTables::SystemTables(const Catalog& catalog, std::vector<SystemTable> others)
    : tables_(std::move(others)) {
  tables_.push_back(MakeSystemNamespaces(catalog));
  tables_.push_back(MakeSystemUsers(catalog));
  tables_.push_back(MakeSystemStorages(catalog));
  tables_.push_back(MakeSystemStorageLocations(catalog));
  tables_.push_back(MakeSystemDatatypes());
  tables_.push_back(MakeSystemTablesTable(catalog, *this));
  tables_.push_back(MakeSystemSchemas(catalog, *this));
  tables_.push_back(MakeSystemTableSchemas(catalog, *this));
  tables_.push_back(MakeSystemColumns(catalog, *this));
  tables_.push_back(MakeInformationTables(catalog, *this));
  tables_.push_back(MakeInformationColumns(catalog, *this));
  tables_.push_back(MakeInformationSchemata(catalog, *this));
  tables_.push_back(MakeInformationTableConstraints(catalog, *this));
  tables_.push_back(MakeInformationKeyColumnUsage(catalog, *this));
  std::ranges::sort(tables_, {}, NameOf);
  KALAMDB_CHECK(std::ranges::adjacent_find(tables_, {}, NameOf) == tables_.end());
}

const SystemTable* SystemTables::Find(std::string_view namespace_id, std::string_view name) const {
  const auto found = std::ranges::find_if(tables_, [&](const SystemTable& table) {
    return table.namespace_id == namespace_id && table.name == name;
  });
  return found == tables_.end() ? nullptr : &*found;
}

}  // namespace kalamdb::catalog
