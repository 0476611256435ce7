// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

SystemTable MakeSystemSettings(SettingsSource settings) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "settings";
  table.schema = SystemSchema({{"name", kText, kKey},
                               {"value", kText, kNotNull},
                               {"description", kText, kNotNull},
                               {"category", kText, kNotNull},
                               {"source", kText, kNotNull}});
  table.rows = [settings = std::move(settings)](Role) {
    std::vector<types::Row> rows;
    for (const SettingInfo& setting : settings()) {
      rows.push_back({TextValue(setting.name), TextValue(setting.value),
                      TextValue(setting.description), TextValue(setting.category),
                      TextValue(setting.source)});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
