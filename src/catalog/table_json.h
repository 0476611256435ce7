// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "catalog/table_listing.h"

// The JSON documents in columns of system.schemas, system.tables and system.table_schemas.
namespace kalamdb::catalog {

// [{"column_id":1,"column_name":"id",...}, ...]
std::string ColumnsJson(const types::Schema& schema, bool is_stored);
// {"table_type":"USER","storage_id":"local",...}
std::string OptionsJson(const ListedTable& table);
// {"rows":1000,"interval":"5m"}; nothing when the table has none.
std::optional<std::string> FlushPolicyJson(const FlushPolicy& policy);
// {"retention":"10s","ephemeral":false,"max_buffer":1000}; nothing of other than STREAM tables.
std::optional<std::string> StreamConfigJson(const TableDef& table);
// "7d", "36h", "off"; nothing when the server's default holds.
std::optional<std::string> RetentionText(const TableOptions& options);
// An Arrow schema as its JSON form has it, system columns included.
std::string ArrowSchemaJson(const types::Schema& schema, bool is_stored);
// What `next` changed in `previous` (null: the table was created), as a JSON array of objects.
std::string SchemaChangesJson(const types::Schema* previous, const types::Schema& next);

}  // namespace kalamdb::catalog
