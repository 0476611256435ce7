// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_scan.h"

#include <string>
#include <utility>
#include <vector>

#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/planner/operator/logical_get.hpp"

#include "base/mutex.h"
#include "sql/exec/duck_decode.h"
#include "sql/exec/duck_range.h"
#include "sql/exec/duck_state.h"

namespace kalamdb::sql {

namespace {

// Rows read between two looks at the cancel token while none is produced.
constexpr size_t kRowsPerPoll = 4096;

struct ScanState final : public duckdb::GlobalTableFunctionState {
  // The engine may call from several threads, one after the other.
  Mutex mu;
  std::unique_ptr<table::RowScan> rows KALAMDB_GUARDED_BY(mu);
  std::vector<ColumnDecoder> decoders KALAMDB_GUARDED_BY(mu);
  bool is_finished KALAMDB_GUARDED_BY(mu) = false;
};

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> OpenScan(
    duckdb::ClientContext&, duckdb::TableFunctionInitInput& input) {
  const auto& bind = input.bind_data->Cast<ScanBind>();
  bind.state.CheckCancelled();
  auto state = duckdb::make_uniq<ScanState>();
  const MutexLock lock(state->mu);
  const types::Schema& schema = bind.relation->schema();
  for (const duckdb::column_t column : input.column_ids) {
    const ColumnSource source = bind.entry.SourceOf(column);
    const bool is_stored = source.kind == ColumnSource::Kind::kColumn;
    state->decoders.emplace_back(
        source, is_stored ? schema.columns[source.position].type : types::DataType());
  }
  StatusOr<std::unique_ptr<table::RowScan>> rows = bind.relation->Scan(bind.range);
  if (!rows.has_value()) {
    bind.state.Throw(std::move(rows).error());
  }
  state->rows = *std::move(rows);
  return state;
}

// Fills `output`; false at the end of the rows.
bool ReadRows(const ScanBind& bind, table::RowScan& rows, std::vector<ColumnDecoder>& decoders,
              duckdb::DataChunk& output) {
  const types::TableLayout& layout = bind.relation->layout();
  for (size_t i = 0; i < decoders.size(); ++i) {
    decoders[i].Begin(output.data[i]);
  }
  duckdb::idx_t count = 0;
  table::ScannedRow row;
  for (size_t read = 1; count < STANDARD_VECTOR_SIZE; ++read) {
    if (read % kRowsPerPoll == 0) {
      bind.state.CheckCancelled();
    }
    const StatusOr<bool> has_row = rows.Next(&row);
    if (!has_row.has_value()) {
      bind.state.Throw(has_row.error());
    }
    if (!*has_row) {
      output.SetCardinality(count);
      return false;
    }
    const StatusOr<types::RowView> view = types::RowView::Open(layout, row.bytes);
    if (!view.has_value()) {
      bind.state.Throw(view.error());
    }
    if (view->is_deleted() && !bind.range.is_including_deleted) {
      continue;
    }
    for (ColumnDecoder& decoder : decoders) {
      decoder.Put(row.seq, *view, count);
    }
    ++count;
  }
  output.SetCardinality(count);
  return true;
}

void ScanChunk(duckdb::ClientContext&, duckdb::TableFunctionInput& input,
               duckdb::DataChunk& output) {
  const auto& bind = input.bind_data->Cast<ScanBind>();
  auto& state = input.global_state->Cast<ScanState>();
  bind.state.CheckCancelled();
  const MutexLock lock(state.mu);
  if (state.is_finished) {
    return;
  }
  if (!ReadRows(bind, *state.rows, state.decoders, output)) {
    state.is_finished = true;
    state.rows.reset();  // Whatever the scan pins is free before the query ends.
  }
}

duckdb::unique_ptr<duckdb::NodeStatistics> EstimateRows(duckdb::ClientContext&,
                                                        const duckdb::FunctionData* data) {
  const auto& bind = data->Cast<ScanBind>();
  uint64_t rows = bind.relation->EstimateRows();
  if (IsPointRange(bind.relation->schema(), bind.range)) {
    rows = 1;
  }
  return duckdb::make_uniq<duckdb::NodeStatistics>(rows);
}

void InspectFilters(duckdb::ClientContext& context, duckdb::LogicalGet& get,
                    duckdb::FunctionData* data,
                    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters) {
  auto& bind = data->Cast<ScanBind>();
  NarrowRange(context, get, bind.entry, filters, &bind.range);
}

duckdb::BindInfo DescribeBind(const duckdb::optional_ptr<duckdb::FunctionData> data) {
  return duckdb::BindInfo(data->Cast<ScanBind>().entry);
}

// What EXPLAIN shows.
duckdb::InsertionOrderPreservingMap<std::string> DescribeScan(
    duckdb::TableFunctionToStringInput& input) {
  const auto& bind = input.bind_data->Cast<ScanBind>();
  duckdb::InsertionOrderPreservingMap<std::string> lines;
  const std::string& space = bind.entry.ParentSchema().name;
  lines["Table"] = (space == "$default" ? bind.state.scope().default_namespace() : space) + "." +
                   bind.entry.name;
  if (const std::string range = DescribeRange(bind.relation->schema(), bind.range);
      !range.empty()) {
    lines["Range"] = range;
  }
  return lines;
}

// The optimiser copies plans by writing and reading them; where that does not work it leaves the
// plan as it is. A scan belongs to its query and is never written.
void RefuseToSerialize(duckdb::Serializer&, const duckdb::optional_ptr<duckdb::FunctionData>,
                       const duckdb::TableFunction&) {
  throw duckdb::NotImplementedException("a scan cannot be written");
}

}  // namespace

bool ScanBind::Equals(const duckdb::FunctionData& other) const {
  // Two readings of one table with unequal bounds are unequal; the same bounds are not looked for.
  return this == &other;
}

duckdb::TableFunction MakeScan(duckdb::ClientContext& context, RelationEntry& entry,
                               const ScanOptions& options,
                               duckdb::unique_ptr<duckdb::FunctionData>* bind) {
  auto data = duckdb::make_uniq<ScanBind>(QueryState::Get(context), entry);
  data->range.is_including_deleted = options.is_including_deleted;
  *bind = std::move(data);

  duckdb::TableFunction function(kScanFunction, {}, ScanChunk);
  function.init_global = OpenScan;
  function.cardinality = EstimateRows;
  function.pushdown_complex_filter = InspectFilters;
  function.get_bind_info = DescribeBind;
  function.to_string = DescribeScan;
  function.serialize = RefuseToSerialize;
  function.projection_pushdown = true;
  return function;
}

}  // namespace kalamdb::sql
