// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

SystemTable MakeSystemStats(std::vector<MetricSource> sources) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "stats";
  table.schema = SystemSchema({{"metric_name", kText, kKey}, {"metric_value", kText, kNotNull}});
  table.rows = [sources = std::move(sources)](Role) {
    std::vector<Metric> metrics;
    for (const MetricSource& source : sources) {
      std::ranges::move(source(), std::back_inserter(metrics));
    }
    std::ranges::sort(metrics);
    std::vector<types::Row> rows;
    for (const auto& [name, value] : metrics) {
      rows.push_back({TextValue(name), TextValue(value)});
    }
    return rows;
  };
  return table;
}

MetricSource CatalogMetrics(const Catalog& catalog) {
  return [&catalog] {
    size_t tables = 0;
    size_t users = 0;
    const std::vector<NamespaceDefPtr> namespaces = catalog.ListNamespaces();
    for (const NamespaceDefPtr& def : namespaces) {
      tables += catalog.CountTables(def->name);
    }
    for (const UserDefPtr& user : catalog.ListUsers()) {
      users += user->deleted_at.has_value() ? 0 : 1;
    }
    return std::vector<Metric>{{"total_namespaces", std::to_string(namespaces.size())},
                               {"total_storages", std::to_string(catalog.ListStorages().size())},
                               {"total_tables", std::to_string(tables)},
                               {"total_users", std::to_string(users)}};
  };
}

}  // namespace kalamdb::catalog
