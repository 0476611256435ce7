// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sql/parser/statement.h"
#include "table/relation.h"

namespace kalamdb::sql {

// A simple predicate tied to a schema: constants are of the column's type.
struct BoundPredicate {
  std::optional<types::SystemColumn> system;  // Or a column of the schema:
  size_t column = 0;
  types::DataType type;
  CompareOp op = CompareOp::kEq;
  std::vector<types::Value> constants;  // Without NULLs.
  bool is_never_true = false;           // Compared with NULL.
};

// A conjunction of simple predicates, evaluated row by row with the engine's meaning: NULL compares
// as unknown, NaN above all numbers. Immutable after binding.
class BoundFilter {
 public:
  // Nothing when a predicate is not simple on these types: the engine runs the statement then.
  // InvalidSql for an unknown column, InvalidParameter for a missing parameter.
  static StatusOr<std::optional<BoundFilter>> Bind(const types::Schema& schema,
                                                   std::span<const Predicate> conjuncts,
                                                   std::span<const types::Parameter> parameters);

  bool Matches(const types::RowView& row, CommitSeq seq) const;
  // Whether `_deleted` is named: then tombstones are rows like others.
  bool names_deleted() const { return names_deleted_; }

  std::span<const BoundPredicate> predicates() const { return predicates_; }

  // The encoded primary keys that every matching row has one of, when the filter fixes all key
  // columns by equality (or a single one by IN); without duplicates.
  std::optional<std::vector<std::string>> Keys(const types::Schema& schema) const;
  // Key bounds and `_seq` bounds that the filter implies.
  table::ScanRange Range(const types::Schema& schema) const;

 private:
  const BoundPredicate* FindOn(size_t column, CompareOp op) const;
  std::vector<BoundPredicate> predicates_;
  bool names_deleted_ = false;
};

// "column `x` of table t does not exist", with the nearest name when there is one.
Status UnknownColumn(const types::Schema& schema, std::string_view name);

}  // namespace kalamdb::sql
