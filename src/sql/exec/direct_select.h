// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "sql/exec/duck_engine.h"
#include "sql/exec/predicate.h"
#include "sql/exec/session.h"
#include "table/reader.h"

namespace kalamdb::sql {

// Columns that a result row is made of.
class RowProjection {
 public:
  // `*` is the columns of the schema that are not hidden, then _seq and _deleted.
  // ExecutionError for an unknown column.
  static StatusOr<RowProjection> Bind(const types::Schema& schema,
                                      const std::vector<SelectItem>& items);
  const std::vector<types::ResultColumn>& columns() const { return columns_; }
  types::Row Apply(const types::RowView& row, CommitSeq seq) const;

 private:
  struct Source {
    std::optional<types::SystemColumn> system;  // Or a column of the schema:
    size_t column = 0;
  };
  std::vector<Source> sources_;
  std::vector<types::ResultColumn> columns_;
};

// Runs a SELECT on one table without the engine, in a few microseconds. Nothing when the statement
// needs the engine after all: predicates on mixed types, an order that no index gives.
StatusOr<std::optional<QueryResult>> RunDirectSelect(const DirectSelect& select,
                                                     const catalog::TableDefPtr& table,
                                                     const SessionPtr& session,
                                                     const table::TableReader& reader,
                                                     const table::ReadView& view);

}  // namespace kalamdb::sql
