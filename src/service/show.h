// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "catalog/catalog.h"
#include "catalog/system_tables.h"
#include "service/name_rules.h"
#include "service/sql_service.h"
#include "sql/parser/statement.h"
#include "types/result.h"

namespace kalamdb::service {

struct ShowResult {
  std::vector<types::ResultColumn> columns;
  std::vector<types::Row> rows;
};

// What SHOW STATS FOR TABLE tells about one table.
struct TableStats {
  uint64_t logical_rows = 0;
  uint64_t flushed_segments = 0;
  uint64_t active_streams = 0;
  uint64_t memory_bytes = 0;  // An estimate.
  uint64_t hot_rows = 0;      // Versions, tombstones included.
  uint64_t cold_rows = 0;     // Tombstones and dead rows included.
  uint64_t dead_rows = 0;
  uint64_t segment_bytes = 0;
  uint64_t files = 0;
};

// SHOW and DESCRIBE. The caller has been authorised. Thread-safe when `stats` is.
class Show {
 public:
  // Counts, which may take seconds: Cancelled when `cancel`, which may be null, says so.
  using StatsSource = std::function<StatusOr<TableStats>(const catalog::TableDef& table,
                                                         const CancelToken* cancel)>;

  Show(const catalog::Catalog& catalog, const catalog::SystemTables& system_tables,
       StatsSource stats)
      : catalog_(catalog), system_tables_(system_tables), stats_(std::move(stats)) {}

  StatusOr<ShowResult> Run(const sql::Show& statement, std::string_view default_namespace,
                           const Caller& caller, const CancelToken* cancel) const;
  StatusOr<ShowResult> Run(const sql::Describe& statement, std::string_view default_namespace,
                           const Caller& caller) const;

 private:
  // All rows of a computed table as `role` sees them.
  ShowResult RowsOf(std::string_view namespace_id, std::string_view name, Role role) const;
  StatusOr<ShowResult> Tables(const std::string& namespace_id, Role role) const;
  StatusOr<ShowResult> Stats(const QualifiedName& name, const CancelToken* cancel) const;
  StatusOr<ShowResult> Columns(const QualifiedName& name) const;

  const catalog::Catalog& catalog_;
  const catalog::SystemTables& system_tables_;
  const StatsSource stats_;
};

}  // namespace kalamdb::service
