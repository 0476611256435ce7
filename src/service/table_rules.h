// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "catalog/table_def.h"
#include "service/sql_service.h"
#include "sql/parser/statement.h"

// What a CREATE TABLE statement means, and what it may say. Pure.
namespace kalamdb::service {

// As declared; else USER for a user or service in the namespace called like them, else SHARED.
catalog::TableKind KindOfNewTable(const sql::CreateTable& statement, std::string_view namespace_id,
                                  const Caller& caller);

// The schema to store: names, types, defaults and key checked, key columns made NOT NULL, and the
// hidden key `_id BIGINT` added when none was declared. InvalidArgument names the column.
StatusOr<types::Schema> SchemaOfNewTable(const types::Schema& declared);

// InvalidArgument for a value out of range, InvalidOperation for an option that tables of this kind
// do not have. Whether the storage exists is the catalog's to say.
StatusOr<catalog::TableOptions> OptionsOfNewTable(const sql::TableOptions& declared,
                                                  catalog::TableKind kind);

}  // namespace kalamdb::service
