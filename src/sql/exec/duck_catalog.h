// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/main/database.hpp"

#include "table/relation.h"
#include "vectors/column_decoder.h"

namespace kalamdb::sql {

// A relation as the engine's planner sees it. Columns in order: those of the schema that are not
// hidden, then _seq and _deleted for tables that have them. Hidden columns and _updated can be
// named but are not in `*`: virtual columns. Belongs to the query (QueryState::tables).
class RelationEntry final : public duckdb::TableCatalogEntry {
 public:
  RelationEntry(duckdb::Catalog& of_catalog, duckdb::SchemaCatalogEntry& of_schema,
                duckdb::CreateTableInfo& info, std::shared_ptr<const table::Relation> relation);

  const std::shared_ptr<const table::Relation>& relation() const { return relation_; }
  vectors::ColumnSource SourceOf(duckdb::column_t column) const;

  duckdb::unique_ptr<duckdb::BaseStatistics> GetStatistics(duckdb::ClientContext& context,
                                                           duckdb::column_t column) override;
  duckdb::TableFunction GetScanFunction(duckdb::ClientContext& context,
                                        duckdb::unique_ptr<duckdb::FunctionData>& bind) override;
  duckdb::TableFunction GetScanFunction(duckdb::ClientContext& context,
                                        duckdb::unique_ptr<duckdb::FunctionData>& bind,
                                        const duckdb::EntryLookupInfo& lookup) override;
  duckdb::TableStorageInfo GetStorageInfo(duckdb::ClientContext& context) override;
  duckdb::virtual_column_map_t GetVirtualColumns() const override { return virtual_columns_; }
  duckdb::vector<duckdb::column_t> GetRowIdColumns() const override { return {}; }

 private:
  const std::shared_ptr<const table::Relation> relation_;
  std::vector<vectors::ColumnSource> visible_;  // By column number.
  duckdb::virtual_column_map_t virtual_columns_;
};

// Unit of the AT clause that asks for tombstones too (see duck_tree.h). Users cannot write it: the
// tree walk refuses AT clauses.
inline constexpr const char* kWithDeletedUnit = "DELETED";

// Makes ATTACH ... (TYPE kalam) possible: a catalog without tables of its own, that finds schemas
// and tables through the QueryState of the connection. It can be read only.
void RegisterCatalog(duckdb::DBConfig& config);

}  // namespace kalamdb::sql
