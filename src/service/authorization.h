// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "catalog/catalog.h"
#include "catalog/system_tables.h"
#include "service/sql_service.h"
#include "sql/parser/statement.h"

// Who may run what. Pure functions of the statement, the caller and the catalog; PermissionDenied
// says which role is missing.
namespace kalamdb::service {

// Whether `caller` may run `statement`, as far as that can be told before it runs: every statement
// of a request is asked about first. A table that does not exist yet is let through, because the
// request may create it: whoever opens a table for a statement calls CheckRead() or CheckWrite()
// again. InvalidOperation for a change to a computed table.
Status Authorize(const sql::Statement& statement, const Caller& caller,
                 std::string_view default_namespace, const catalog::Catalog& catalog,
                 const catalog::SystemTables& system_tables);

// Whom the inner statement of EXECUTE AS USER runs for: the target, always with the role `user`.
// system may act as anyone; dba as dba, service and user; service as service and user; everyone as
// themselves. Unknown targets count as users.
StatusOr<Caller> EffectiveCaller(const sql::ExecuteAs& statement, const Caller& actor,
                                 const catalog::Catalog& catalog);

// Rows of USER tables are always those of the caller; this is about the table as such.
Status CheckRead(const catalog::TableDef& table, const Caller& caller);
Status CheckWrite(const catalog::TableDef& table, const Caller& caller);
Status CheckRead(const catalog::SystemTable& table, const Caller& caller);

}  // namespace kalamdb::service
