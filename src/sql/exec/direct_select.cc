// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/direct_select.h"

#include <algorithm>
#include <utility>

#include "sql/exec/operand.h"

namespace kalamdb::sql {

namespace {

constexpr size_t kRowsPerBatch = 1'024;

struct Window {
  uint64_t offset = 0;
  uint64_t limit = UINT64_MAX;
};

StatusOr<Window> BindWindow(const DirectSelect& select, const Session& session) {
  Window window;
  if (select.limit.has_value()) {
    KALAMDB_ASSIGN_OR_RETURN(const types::Parameter value,
                             OperandValue(*select.limit, session.parameters));
    KALAMDB_ASSIGN_OR_RETURN(const auto count, RowCountValue(value, "LIMIT"));
    window.limit = count.value_or(UINT64_MAX);
  }
  if (select.offset.has_value()) {
    KALAMDB_ASSIGN_OR_RETURN(const types::Parameter value,
                             OperandValue(*select.offset, session.parameters));
    KALAMDB_ASSIGN_OR_RETURN(const auto count, RowCountValue(value, "OFFSET"));
    window.offset = count.value_or(0);
  }
  return window;
}

// Rows of a scan that match, projected, as they are asked for.
class ScanCursor final : public types::RowCursor {
 public:
  ScanCursor(std::shared_ptr<const table::Relation> relation, std::unique_ptr<table::RowScan> scan,
             BoundFilter filter, RowProjection projection, Window window, CancelTokenPtr cancel)
      : relation_(std::move(relation)),
        scan_(std::move(scan)),
        filter_(std::move(filter)),
        projection_(std::move(projection)),
        window_(window),
        cancel_(std::move(cancel)) {}

  Status Next(std::vector<types::Row>* rows) override {
    rows->clear();
    table::ScannedRow scanned;
    for (uint64_t seen = 0; rows->size() < kRowsPerBatch && window_.limit > 0; ++seen) {
      if (seen % kRowsPerBatch == 0) {
        KALAMDB_RETURN_IF_ERROR(cancel_->Check());
      }
      KALAMDB_ASSIGN_OR_RETURN(const bool has_row, scan_->Next(&scanned));
      if (!has_row) {
        window_.limit = 0;
        break;
      }
      KALAMDB_ASSIGN_OR_RETURN(const types::RowView row,
                               types::RowView::Open(relation_->layout(), scanned.bytes));
      if (!filter_.Matches(row, scanned.seq)) {
        continue;
      }
      if (window_.offset > 0) {
        --window_.offset;
        continue;
      }
      --window_.limit;
      rows->push_back(projection_.Apply(row, scanned.seq));
    }
    return {};
  }

 private:
  std::shared_ptr<const table::Relation> relation_;
  std::unique_ptr<table::RowScan> scan_;
  BoundFilter filter_;
  RowProjection projection_;
  Window window_;
  CancelTokenPtr cancel_;
};

// Whether the primary key index yields rows in the order asked for.
bool IsKeyOrder(const types::Schema& schema, const std::vector<OrderItem>& order) {
  if (order.size() > schema.key.size()) {
    return false;
  }
  for (size_t i = 0; i < order.size(); ++i) {
    if (!types::EqualsIgnoreCase(order[i].column, schema.columns[schema.key[i]].name) ||
        order[i].is_descending != order[0].is_descending) {
      return false;
    }
  }
  return true;
}

StatusOr<std::vector<types::Row>> ReadKeys(const std::vector<std::string>& keys,
                                           const BoundFilter& filter,
                                           const RowProjection& projection, Window window,
                                           const catalog::TableDefPtr& table,
                                           const Session& session,
                                           const table::TableReader& reader,
                                           const table::ReadView& view) {
  std::vector<types::Row> rows;
  const table::Scope scope = ScopeOf(*table, session.user);
  for (const std::string& key : keys) {
    if (window.limit == 0) {
      break;
    }
    KALAMDB_ASSIGN_OR_RETURN(const auto stored, reader.FindByKey(*table, scope, key, view));
    if (!stored.has_value() || (stored->is_tombstone && !filter.names_deleted())) {
      continue;
    }
    const CommitSeq seq = stored->is_staged ? CommitSeq{INT64_MAX} : stored->seq;
    KALAMDB_ASSIGN_OR_RETURN(const types::RowView row,
                             types::RowView::Open(*table->layout, stored->bytes));
    if (!filter.Matches(row, seq)) {
      continue;
    }
    if (window.offset > 0) {
      --window.offset;
      continue;
    }
    --window.limit;
    rows.push_back(projection.Apply(row, seq));
  }
  return rows;
}

}  // namespace

StatusOr<RowProjection> RowProjection::Bind(const types::Schema& schema,
                                            const std::vector<SelectItem>& items) {
  RowProjection projection;
  const auto add_column = [&](size_t position, std::string_view name) {
    const types::Column& column = schema.columns[position];
    projection.sources_.push_back({.system = {}, .column = position});
    projection.columns_.push_back({.name = std::string(name.empty() ? column.name : name),
                                   .type = column.type,
                                   .is_key = schema.IsKey(position),
                                   .is_not_null = !column.is_nullable});
  };
  const auto add_system = [&](types::SystemColumn system, std::string_view name) {
    projection.sources_.push_back({.system = system, .column = 0});
    types::ResultColumn column{.name = std::string(name), .type = {}, .is_not_null = true};
    switch (system) {
      case types::SystemColumn::kSeq: column.type = types::TypeOf(types::TypeId::kBigInt); break;
      case types::SystemColumn::kDeleted:
        column.type = types::TypeOf(types::TypeId::kBoolean);
        break;
      case types::SystemColumn::kUpdated:
        column.type = types::TypeOf(types::TypeId::kTimestamp);
        break;
    }
    projection.columns_.push_back(std::move(column));
  };
  for (const SelectItem& item : items) {
    if (item.is_star) {
      for (size_t i = 0; i < schema.columns.size(); ++i) {
        if (!schema.columns[i].is_hidden) {
          add_column(i, {});
        }
      }
      add_system(types::SystemColumn::kSeq, types::kSeqName);
      add_system(types::SystemColumn::kDeleted, types::kDeletedName);
    } else if (const auto position = schema.Find(item.column); position.has_value()) {
      add_column(*position, item.output_name);
    } else if (const auto system = types::FindSystemColumn(item.column); system.has_value()) {
      add_system(*system, item.output_name.empty() ? item.column : item.output_name);
    } else {
      return Error(UnknownColumn(schema, item.column));
    }
  }
  return projection;
}

types::Row RowProjection::Apply(const types::RowView& row, CommitSeq seq) const {
  types::Row values;
  values.reserve(sources_.size());
  for (const Source& source : sources_) {
    if (!source.system.has_value()) {
      values.push_back(row.ToValue(source.column));
      continue;
    }
    switch (*source.system) {
      case types::SystemColumn::kSeq:
        values.emplace_back(static_cast<int64_t>(seq.value));
        break;
      case types::SystemColumn::kDeleted: values.emplace_back(row.is_deleted()); break;
      case types::SystemColumn::kUpdated: values.emplace_back(SeqTimeMicros(seq)); break;
    }
  }
  return values;
}

StatusOr<std::optional<QueryResult>> RunDirectSelect(const DirectSelect& select,
                                                     const catalog::TableDefPtr& table,
                                                     const SessionPtr& session,
                                                     const table::TableReader& reader,
                                                     const table::ReadView& view) {
  const types::Schema& schema = table->schema();
  KALAMDB_ASSIGN_OR_RETURN(RowProjection projection, RowProjection::Bind(schema, select.items));
  KALAMDB_ASSIGN_OR_RETURN(std::optional<BoundFilter> filter,
                           BoundFilter::Bind(schema, select.where, session->parameters));
  // Naming `_deleted` in the list alone asks for tombstones too: left to the engine.
  const bool lists_deleted = std::any_of(
      select.items.begin(), select.items.end(), [](const SelectItem& item) {
        return !item.is_star && types::EqualsIgnoreCase(item.column, types::kDeletedName);
      });
  if (!filter.has_value() || (lists_deleted && !filter->names_deleted())) {
    return std::nullopt;
  }
  KALAMDB_ASSIGN_OR_RETURN(const Window window, BindWindow(select, *session));
  QueryResult result;
  result.columns = projection.columns();
  const std::optional<std::vector<std::string>> keys = filter->Keys(schema);
  if (keys.has_value() && (keys->size() <= 1 || select.order.empty())) {
    // Several keys are read one after the other: only a snapshot makes that one moment.
    table::ReadView at = view;
    if (at.snapshot == nullptr && keys->size() > 1) {
      at.snapshot = reader.TakeSnapshot();
    }
    KALAMDB_ASSIGN_OR_RETURN(std::vector<types::Row> rows,
                             ReadKeys(*keys, *filter, projection, window, table, *session, reader,
                                      at));
    result.rows = std::make_unique<types::VectorCursor>(std::move(rows));
    return result;
  }
  table::ScanRange range = filter->Range(schema);
  const table::Scope scope = ScopeOf(*table, session->user);
  if (!select.order.empty()) {
    const bool has_staged = view.staged != nullptr && view.staged->Find(table->id, scope) != nullptr;
    if (!IsKeyOrder(schema, select.order) || has_staged) {
      return std::nullopt;
    }
    range.is_descending = select.order[0].is_descending;
    if (!range.lower.has_value() && !range.upper.has_value()) {
      range.lower = table::KeyBound{};  // Every key, in key order.
    }
  }
  table::ReadView at = view;
  if (at.snapshot == nullptr) {
    at.snapshot = reader.TakeSnapshot();
  }
  std::shared_ptr<const table::Relation> relation = reader.Open(table, scope, std::move(at));
  KALAMDB_ASSIGN_OR_RETURN(std::unique_ptr<table::RowScan> scan, relation->Scan(range));
  result.rows = std::make_unique<ScanCursor>(std::move(relation), std::move(scan),
                                             std::move(*filter), std::move(projection), window,
                                             session->cancel);
  return result;
}

}  // namespace kalamdb::sql
