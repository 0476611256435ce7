// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "sql/exec/dml.h"

namespace kalamdb::sql {

// Fills a column that a statement leaves to its default. ConstraintViolation and engine errors name
// the column. Adds serial numbers used to `writes`.
StatusOr<types::Value> DefaultValue(const catalog::TableDef& table, const types::Column& column,
                                    const SessionPtr& session, const DmlTools& tools,
                                    table::WriteSet* writes);

// One `column = value` of UPDATE or DO UPDATE.
struct BoundAssignment {
  size_t column = 0;
  enum class Source : uint8_t { kConstant, kDefault, kExcluded, kExpression };
  Source source = Source::kConstant;
  types::Value constant;        // kConstant, coerced to the column.
  size_t excluded_column = 0;   // kExcluded.
  DuckNodePtr expression;       // kExpression.
};

// Assignments of a SET list. Errors: unknown, repeated, key and system columns.
class Assignments {
 public:
  static StatusOr<Assignments> Bind(const catalog::TableDef& table,
                                    const std::vector<Assignment>& list, const Session& session);
  const std::vector<BoundAssignment>& list() const { return list_; }
  // The expressions, in the order in which Apply() takes their values.
  std::vector<DuckNodePtr> Expressions() const;
  // Whether Apply() may run the engine, or takes values that it computed.
  bool NeedsEngine() const { return needs_engine_; }
  // `row` with the assignments made. `excluded` may be null outside DO UPDATE.
  StatusOr<types::Row> Apply(const catalog::TableDef& table, types::Row row,
                             const types::Row* excluded,
                             std::span<const types::Parameter> expression_values,
                             const SessionPtr& session, const DmlTools& tools,
                             table::WriteSet* writes) const;

 private:
  std::vector<BoundAssignment> list_;
  bool needs_engine_ = false;
};

// Encodes a row for storing. ResourceExhausted beyond limits::kRowBytesMax.
StatusOr<std::string> EncodeForStore(const types::Schema& schema, const types::Row& row);
// The encoded key of a row. ConstraintViolation beyond limits::kKeyBytesMax.
StatusOr<std::string> EncodeKey(const types::Schema& schema, const types::Row& row);

}  // namespace kalamdb::sql
