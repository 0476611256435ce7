// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

SystemTable MakeSystemStorages(const Catalog& catalog) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "storages";
  table.schema = SystemSchema({{"storage_id", kText, kKey},
                               {"storage_name", kText, kNotNull},
                               {"description", kText},
                               {"storage_type", kText, kNotNull},
                               {"base_directory", kText, kNotNull},
                               {"credentials", kJson},
                               {"config_json", kJson},
                               {"shared_tables_template", kText, kNotNull},
                               {"user_tables_template", kText, kNotNull},
                               {"created_at", kTimestamp, kNotNull},
                               {"updated_at", kTimestamp, kNotNull}});
  table.rows = [&catalog](Role role) {
    std::vector<types::Row> rows;
    for (const StorageDefPtr& storage : catalog.ListStorages()) {
      rows.push_back({TextValue(storage->id), TextValue(storage->name),
                      OptionalText(storage->description), TextValue(storage->type),
                      TextValue(storage->base_directory), SecretValue(storage->credentials, role),
                      OptionalText(storage->config), TextValue(storage->shared_tables_template),
                      TextValue(storage->user_tables_template), IntValue(storage->created_at),
                      IntValue(storage->updated_at)});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
