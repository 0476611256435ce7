// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_tables.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace kalamdb::catalog {

namespace {

auto NameOf(const SystemTable& table) { return std::tie(table.namespace_id, table.name); }

}  // namespace

SystemTables::SystemTables([[maybe_unused]] const Catalog& catalog, std::vector<SystemTable> others)
    : tables_(std::move(others)) {
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
