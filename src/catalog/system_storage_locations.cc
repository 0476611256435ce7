// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

namespace {

// Where tables of users go, as the location tables of October 2025 wrote it. A location there was a
// whole path; the part below the storage's directory stays the template's.
std::string PathOf(const StorageDef& storage) {
  std::string path = storage.base_directory;
  if (!path.ends_with('/')) {
    path += '/';
  }
  return path + storage.user_tables_template;
}

}  // namespace

// The storages under their name of October 2025. usage_count is the number of tables that name the
// storage in any way.
SystemTable MakeSystemStorageLocations(const Catalog& catalog) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "storage_locations";
  table.schema = SystemSchema({{"location_name", kText, kKey},
                               {"location_type", kText, kNotNull},
                               {"path", kText, kNotNull},
                               {"credentials_ref", kText},
                               {"usage_count", kBigInt, kNotNull},
                               {"created_at", kTimestamp, kNotNull},
                               {"updated_at", kTimestamp, kNotNull}});
  table.rows = [&catalog](Role) {
    std::vector<types::Row> rows;
    for (const StorageDefPtr& storage : catalog.ListStorages()) {
      rows.push_back({TextValue(storage->id), TextValue(storage->type), TextValue(PathOf(*storage)),
                      types::Value(), CountValue(catalog.StorageUsage(storage->id)),
                      IntValue(storage->created_at), IntValue(storage->updated_at)});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
