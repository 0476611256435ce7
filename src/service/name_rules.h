// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "sql/parser/statement.h"

// What namespaces, tables and columns may be called, and what a name in SQL text means.
namespace kalamdb::service {

// A table's full name as the catalog has it.
struct QualifiedName {
  std::string namespace_id;
  std::string name;
  std::string Text() const { return namespace_id + "." + name; }
};

// Lower case, with `default_namespace` (empty: `default`) for a name without one.
QualifiedName Qualify(const sql::TableName& name, std::string_view default_namespace);

// `system` and `information_schema`: tables that are computed, and no others.
bool IsSystemNamespace(std::string_view name);

// Letters, digits and `_`, at most 64, not starting with `_` or a digit. InvalidArgument.
// `what` is "namespace" or "table".
Status CheckName(std::string_view what, std::string_view name);
// The same, and not reserved by the server or by SQL. InvalidArgument.
Status CheckNamespaceName(std::string_view name);
// Letters, digits and `_`, at most 64, not starting with `_`. InvalidArgument.
Status CheckColumnName(std::string_view name);
// Letters, digits, `_` and `-`, at most 64. InvalidArgument.
Status CheckStorageId(std::string_view id);

}  // namespace kalamdb::service
