// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/settings.h"
#include "catalog/catalog.h"
#include "catalog/job_row.h"
#include "catalog/live_row.h"
#include "catalog/manifest_row.h"
#include "catalog/system_table.h"

// One function a computed table. What is passed in has to outlive the table.
namespace kalamdb::catalog {

class SystemTables;

SystemTable MakeSystemNamespaces(const Catalog& catalog);
SystemTable MakeSystemUsers(const Catalog& catalog);
SystemTable MakeSystemStorages(const Catalog& catalog);
SystemTable MakeSystemStorageLocations(const Catalog& catalog);
SystemTable MakeSystemDatatypes();

using SettingsSource = std::function<std::vector<SettingInfo>()>;
SystemTable MakeSystemSettings(SettingsSource settings);

// Numbers about the server, each with its name; a module that has some gives a source. Names are
// unique over all sources.
using Metric = std::pair<std::string, std::string>;
using MetricSource = std::function<std::vector<Metric>()>;
SystemTable MakeSystemStats(std::vector<MetricSource> sources);
// total_users, total_namespaces, total_tables and total_storages.
MetricSource CatalogMetrics(const Catalog& catalog);

// Background jobs: those that wait or run, and the history.
SystemTable MakeSystemJobs(JobSource jobs);

// Live queries, under both names: "live" and "live_queries".
SystemTable MakeSystemLive(std::string name, LiveSource live);

// The segments of each scope.
SystemTable MakeSystemManifest(ManifestSource manifests);

// Tables about tables, computed ones included.
SystemTable MakeSystemTablesTable(const Catalog& catalog, const SystemTables& computed);
SystemTable MakeSystemSchemas(const Catalog& catalog, const SystemTables& computed);
SystemTable MakeSystemTableSchemas(const Catalog& catalog, const SystemTables& computed);
SystemTable MakeSystemColumns(const Catalog& catalog, const SystemTables& computed);
SystemTable MakeInformationTables(const Catalog& catalog, const SystemTables& computed);
SystemTable MakeInformationColumns(const Catalog& catalog, const SystemTables& computed);
SystemTable MakeInformationSchemata(const Catalog& catalog, const SystemTables& computed);
SystemTable MakeInformationTableConstraints(const Catalog& catalog, const SystemTables& computed);
SystemTable MakeInformationKeyColumnUsage(const Catalog& catalog, const SystemTables& computed);

// The one catalog name of a server, in information_schema.
inline constexpr const char* kCatalogName = "kalam";

}  // namespace kalamdb::catalog
