// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "catalog/system_table.h"

// Stored and computed tables seen alike: what system.tables, information_schema and DESCRIBE show.
namespace kalamdb::catalog {

class SystemTables;

// Refers to its table, which `stored` or the SystemTables keep alive.
struct ListedTable {
  std::string_view namespace_id;
  std::string_view name;
  std::string_view kind;  // "user", "shared", "stream", "system"
  const types::Schema* schema = nullptr;
  TableDefPtr stored;  // Null for a computed table.

  std::string Id() const;  // "ns:table"
};

// By namespace and name. `role` decides what is listed: only admins see the namespace `system` and
// tables with the access level dba.
std::vector<ListedTable> ListVisibleTables(const Catalog& catalog, const SystemTables& computed,
                                           Role role);
bool IsVisible(const TableDef& table, Role role);
ListedTable ListedOf(const TableDefPtr& table);
ListedTable ListedOf(const SystemTable& table);

// Ids of the columns that every stored table has besides its own. Column ids of users grow from 1
// and never get here; table formats built on Parquet keep this end of the range for such columns.
inline constexpr uint32_t kSeqColumnId = 2'147'483'645;
inline constexpr uint32_t kDeletedColumnId = 2'147'483'646;
inline constexpr uint32_t kUpdatedColumnId = 2'147'483'647;

// A column as catalogs show it.
struct ListedColumn {
  std::string_view name;
  types::DataType type;
  uint32_t id = 0;
  uint32_t ordinal = 0;  // From 1.
  bool is_nullable = true;
  uint32_t key_position = 0;                // From 1 in the primary key; 0: not in it.
  const types::Column* declared = nullptr;  // Null for `_seq` and its like.
};

// What SELECT * gives and the hidden key: the declared columns, then `_seq` and `_deleted` of a
// stored table, and `_updated` when asked for.
std::vector<ListedColumn> ListColumns(const types::Schema& schema, bool is_stored,
                                      bool is_with_updated = false);

// The default of a column as SQL text; nothing when there is none.
std::optional<std::string> DefaultText(const ListedColumn& column);

}  // namespace kalamdb::catalog
