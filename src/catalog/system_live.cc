// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

// Today's columns, then those of October 2025 that have other names, then what waits.
SystemTable MakeSystemLive(std::string name, LiveSource live) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = std::move(name);
  table.schema = SystemSchema({{"live_id", kText, kKey},
                               {"connection_id", kText, kNotNull},
                               {"subscription_id", kText, kNotNull},
                               {"namespace_id", kText, kNotNull},
                               {"table_name", kText, kNotNull},
                               {"user_id", kText, kNotNull},
                               {"query", kText, kNotNull},
                               {"options", kJson},
                               {"status", kText, kNotNull},
                               {"created_at", kTimestamp, kNotNull},
                               {"last_update", kTimestamp, kNotNull},
                               {"changes", kBigInt, kNotNull},
                               {"node_id", kBigInt, kNotNull},
                               {"last_ping_at", kTimestamp, kNotNull},
                               {"query_id", kText, kNotNull},
                               {"updated_at", kTimestamp, kNotNull},
                               {"node", kText, kNotNull},
                               {"bytes", kBigInt, kNotNull},
                               {"queue_length", kBigInt, kNotNull},
                               {"queue_bytes", kBigInt, kNotNull},
                               {"lag_ms", kBigInt, kNotNull},
                               {"resyncs", kBigInt, kNotNull}});
  table.rows = [live = std::move(live)](Role) {
    std::vector<types::Row> rows;
    for (const LiveRow& row : live()) {
      rows.push_back({TextValue(row.live_id),
                      TextValue(row.connection_id),
                      TextValue(row.subscription_id),
                      TextValue(row.namespace_id),
                      TextValue(row.table_name),
                      TextValue(row.user_id),
                      TextValue(row.query),
                      OptionalText(row.options),
                      TextValue(row.status),
                      IntValue(row.created_at),
                      IntValue(row.last_update),
                      IntValue(row.changes),
                      IntValue(row.node_id),
                      IntValue(row.last_ping_at),
                      TextValue(row.subscription_id),
                      IntValue(row.last_update),
                      TextValue(std::to_string(row.node_id)),
                      IntValue(row.bytes),
                      IntValue(row.queue_length),
                      IntValue(row.queue_bytes),
                      IntValue(row.lag_ms),
                      IntValue(row.resyncs)});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
