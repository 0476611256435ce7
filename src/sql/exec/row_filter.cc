// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/row_filter.h"

#include <cstring>
#include <utility>

#include "sql/exec/predicate.h"

namespace kalamdb::sql {

namespace {

class EveryRow final : public RowFilter {
 public:
  StatusOr<bool> Matches(const types::RowView&, CommitSeq) override { return true; }
};

class SimpleRowFilter final : public RowFilter {
 public:
  explicit SimpleRowFilter(BoundFilter filter) : filter_(std::move(filter)) {}
  StatusOr<bool> Matches(const types::RowView& row, CommitSeq seq) override {
    return filter_.Matches(row, seq);
  }

 private:
  BoundFilter filter_;
};

// The table as the engine's binder needs it: columns and no rows.
class ColumnsOnly final : public table::Relation {
 public:
  explicit ColumnsOnly(catalog::TableDefPtr table) : table_(std::move(table)) {}
  const types::Schema& schema() const override { return table_->schema(); }
  const types::TableLayout& layout() const override { return *table_->layout; }
  bool has_system_columns() const override { return true; }
  uint64_t EstimateRows() const override { return 1; }
  StatusOr<std::unique_ptr<table::RowScan>> Scan(const table::ScanRange&) const override {
    return Error(Internal("a filter reads no rows"));
  }

 private:
  catalog::TableDefPtr table_;
};

class FilterScope final : public QueryScope {
 public:
  FilterScope(catalog::TableDefPtr table, SessionPtr session)
      : table_(std::move(table)), session_(std::move(session)) {}
  const std::string& default_namespace() const override { return session_->default_namespace; }
  StatusOr<std::shared_ptr<const table::Relation>> Resolve(const TableName&) override {
    return std::make_shared<ColumnsOnly>(table_);
  }
  const UserId& user() const override { return session_->user; }
  Role role() const override { return session_->role; }
  int64_t statement_micros() const override { return session_->statement_micros; }

 private:
  catalog::TableDefPtr table_;
  SessionPtr session_;
};

bool IsIndexable(types::TypeId type) {
  switch (type) {
    case types::TypeId::kBoolean:
    case types::TypeId::kSmallInt:
    case types::TypeId::kInt:
    case types::TypeId::kBigInt:
    case types::TypeId::kText:
    case types::TypeId::kUuid:
      return true;
    default:
      return false;
  }
}

std::string KeyOfInt(int64_t value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}

std::optional<IndexedEquality> FindEquality(const BoundFilter& equalities) {
  for (const BoundPredicate& predicate : equalities.predicates()) {
    if (predicate.system.has_value() || !IsIndexable(predicate.type.id) ||
        predicate.constants.size() != 1) {
      continue;
    }
    const types::Value& value = predicate.constants.front();
    return IndexedEquality{.column = predicate.column,
                           .value = value.is_bool()     ? KeyOfInt(value.AsBool() ? 1 : 0)
                                    : value.is_string() ? value.AsString()
                                                        : KeyOfInt(value.AsInt())};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> EqualityKey(const types::RowView& row, size_t column,
                                       types::TypeId type) {
  if (row.IsNull(column)) {
    return std::nullopt;
  }
  switch (type) {
    case types::TypeId::kBoolean:
      return KeyOfInt(row.Bool(column) ? 1 : 0);
    case types::TypeId::kText:
    case types::TypeId::kUuid:
      return std::string(row.Bytes(column));
    default:
      return KeyOfInt(row.Int(column));
  }
}

StatusOr<BoundLiveFilter> BindLiveFilter(const LiveQuery& query, const catalog::TableDefPtr& table,
                                         const SessionPtr& session, DuckEngine& duck) {
  BoundLiveFilter bound;
  if (!query.where.has_value()) {
    bound.filter = std::make_unique<EveryRow>();
    return bound;
  }
  const types::Schema& schema = table->schema();
  for (const Predicate& equality : query.equalities) {
    KALAMDB_ASSIGN_OR_RETURN(
        const std::optional<BoundFilter> one,
        BoundFilter::Bind(schema, std::span(&equality, 1), session->parameters));
    if (one.has_value() && !bound.equality.has_value()) {
      bound.equality = FindEquality(*one);
    }
  }
  if (query.where->conjuncts.has_value()) {
    KALAMDB_ASSIGN_OR_RETURN(
        std::optional<BoundFilter> simple,
        BoundFilter::Bind(schema, *query.where->conjuncts, session->parameters));
    if (simple.has_value()) {
      bound.keys = simple->Keys(schema);
      bound.filter = std::make_unique<SimpleRowFilter>(std::move(*simple));
      return bound;
    }
  }
  DuckEngine::Projection projection;
  projection.items.emplace_back(schema.columns[schema.key[0]].name);
  projection.table = query.table;
  projection.alias = query.alias;
  projection.where = query.where->node;
  const auto scope = std::make_shared<FilterScope>(table, session);
  KALAMDB_ASSIGN_OR_RETURN(bound.filter,
                           duck.BindFilter(projection, {scope, session->parameters, nullptr}));
  return bound;
}

}  // namespace kalamdb::sql
