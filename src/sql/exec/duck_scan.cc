// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_scan.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/execution/partition_info.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "duckdb/planner/table_filter_state.hpp"
#include "duckdb/storage/table/column_segment.hpp"

#include "base/mutex.h"
#include "cold/duck_column_scan.h"
#include "sql/exec/duck_range.h"
#include "sql/exec/duck_state.h"
#include "vectors/column_decoder.h"

namespace kalamdb::sql {

namespace {

using duckdb::idx_t;

// Rows read between two looks at the cancel token while none is produced.
constexpr size_t kRowsPerPoll = 4096;

// A row group of a segment, or a part of the rows that are not in segments.
struct ScanTask {
  cold::ColumnScan* segment = nullptr;
  size_t group = 0;
  const table::ScanRange* hot = nullptr;
  idx_t number = 0;  // In the order of the rows.
};

// Gives out the work of one scan to the engine's threads.
class ScanState final : public duckdb::GlobalTableFunctionState {
 public:
  ScanState(const ScanBind& bind, const duckdb::TableFunctionInitInput& input) : bind_(bind) {
    const types::Schema& schema = bind.relation->schema();
    for (const duckdb::column_t column : input.column_ids) {
      spec_.sources.push_back(bind.entry.SourceOf(column));
    }
    spec_.reading = &schema;
    spec_.layout = &bind.relation->layout();
    spec_.filters = input.filters.get();
    spec_.is_including_deleted = bind.range.is_including_deleted;
    spec_.seq_begin = bind.range.seq_begin;
    spec_.seq_end = bind.range.seq_end;
  }

  Status Open() {
    KALAMDB_ASSIGN_OR_RETURN(is_narrow_, bind_.relation->IsNarrow(bind_.range));
    if (is_narrow_) {
      hot_ = {bind_.range};
      return {};
    }
    table::ScanRange range = bind_.range;
    range.lower.reset();
    range.upper.reset();
    KALAMDB_ASSIGN_OR_RETURN(segment_count_, bind_.relation->CountSegments());
    KALAMDB_ASSIGN_OR_RETURN(parts_, bind_.relation->ColdParts(range));
    std::erase_if(parts_, [this](const table::ColdPart& part) {
      return !cold::MayHaveRows(*part.segment, spec_);
    });
    KALAMDB_ASSIGN_OR_RETURN(hot_, bind_.relation->SplitHot(range));
    return {};
  }

  idx_t MaxThreads() const override {
    idx_t tasks = hot_.size();
    for (const table::ColdPart& part : parts_) {
      tasks += 1 + part.segment->meta.row_count / cold::kRowGroupRows;
    }
    return tasks;
  }

  // Nothing when all is given out.
  StatusOr<std::optional<ScanTask>> NextTask() {
    const MutexLock lock(mu_);
    while (next_part_ < parts_.size()) {
      if (opened_.size() == next_part_) {
        const table::ColdPart& part = parts_[next_part_];
        KALAMDB_ASSIGN_OR_RETURN(auto scan, cold::ColumnScan::Open(*bind_.relation->cold_engine(),
                                                                   part.segment, spec_, part.dead));
        opened_.push_back(std::move(scan));
        next_group_ = 0;
      }
      cold::ColumnScan& scan = *opened_.back();
      if (next_group_ < scan.group_count()) {
        return ScanTask{
            .segment = &scan, .group = next_group_++, .hot = nullptr, .number = next_number_++};
      }
      ++next_part_;
    }
    if (next_hot_ < hot_.size()) {
      return ScanTask{
          .segment = nullptr, .group = 0, .hot = &hot_[next_hot_++], .number = next_number_++};
    }
    return std::nullopt;
  }

  const ScanBind& bind() const { return bind_; }
  const cold::ColumnScanSpec& spec() const { return spec_; }
  bool is_narrow() const { return is_narrow_; }
  // "2 of 20" segments that the bounds in the manifest do not rule out; empty when there are none.
  std::string DescribeSegments() const {
    return segment_count_ == 0 || is_narrow_
               ? std::string()
               : std::to_string(parts_.size()) + " of " + std::to_string(segment_count_);
  }

 private:
  const ScanBind& bind_;
  cold::ColumnScanSpec spec_;
  bool is_narrow_ = false;
  size_t segment_count_ = 0;
  std::vector<table::ColdPart> parts_;
  std::vector<table::ScanRange> hot_;
  Mutex mu_;
  std::vector<std::unique_ptr<cold::ColumnScan>> opened_ KALAMDB_GUARDED_BY(mu_);
  size_t next_part_ KALAMDB_GUARDED_BY(mu_) = 0;
  size_t next_group_ KALAMDB_GUARDED_BY(mu_) = 0;
  size_t next_hot_ KALAMDB_GUARDED_BY(mu_) = 0;
  idx_t next_number_ KALAMDB_GUARDED_BY(mu_) = 0;
};

// One thread's part of a scan.
class ScanWorker final : public duckdb::LocalTableFunctionState {
 public:
  ScanWorker(duckdb::ClientContext& context, ScanState& state) : state_(state) {
    const types::Schema& schema = state.bind().relation->schema();
    for (const vectors::ColumnSource& source : state.spec().sources) {
      const bool is_stored = source.kind == vectors::ColumnSource::Kind::kColumn;
      decoders_.emplace_back(source,
                             is_stored ? schema.columns[source.position].type : types::DataType());
    }
    if (state.spec().filters != nullptr) {
      for (const auto& [position, filter] : state.spec().filters->filters) {
        filters_.push_back({.position = position,
                            .filter = filter.get(),
                            .state = duckdb::TableFilterState::Initialize(context, *filter)});
      }
    }
  }

  // Leaves `output` empty at the end of all work.
  Status Read(duckdb::DataChunk& output) {
    while (true) {
      if (!task_.has_value()) {
        KALAMDB_ASSIGN_OR_RETURN(task_, state_.NextTask());
        if (!task_.has_value()) {
          return {};
        }
        number_ = task_->number;
        KALAMDB_RETURN_IF_ERROR(Begin());
      }
      if (task_->segment != nullptr) {
        KALAMDB_RETURN_IF_ERROR(cursor_->Next(output));
      } else {
        KALAMDB_RETURN_IF_ERROR(ReadHot(output));
      }
      if (output.size() > 0) {
        return {};
      }
      task_.reset();
      rows_.reset();  // Whatever the scan pins is free before the query ends.
      output.Reset();
    }
  }

  idx_t number() const { return number_; }

 private:
  struct Filter {
    idx_t position;
    const duckdb::TableFilter* filter;
    duckdb::unique_ptr<duckdb::TableFilterState> state;
  };

  Status Begin() {
    if (task_->segment == nullptr) {
      const table::Relation& relation = *state_.bind().relation;
      KALAMDB_ASSIGN_OR_RETURN(
          rows_, state_.is_narrow() ? relation.Scan(*task_->hot) : relation.ScanHot(*task_->hot));
      return {};
    }
    if (cursor_ == nullptr || cursor_of_ != task_->segment) {
      KALAMDB_ASSIGN_OR_RETURN(cursor_, task_->segment->NewCursor());
      cursor_of_ = task_->segment;
    }
    return cursor_->Begin(task_->group);
  }

  // Fills `output` with rows that pass the filters; empty at the end.
  Status ReadHot(duckdb::DataChunk& output) {
    bool has_more = true;
    while (has_more) {
      KALAMDB_ASSIGN_OR_RETURN(has_more, DecodeRows(output));
      for (Filter& filter : filters_) {
        if (output.size() == 0) {
          break;
        }
        Apply(filter, output);
      }
      if (output.size() > 0) {
        return {};
      }
      output.Reset();
    }
    return {};
  }

  // False at the end of the rows.
  StatusOr<bool> DecodeRows(duckdb::DataChunk& output) {
    const ScanBind& bind = state_.bind();
    const types::TableLayout& layout = bind.relation->layout();
    for (size_t i = 0; i < decoders_.size(); ++i) {
      decoders_[i].Begin(output.data[i]);
    }
    idx_t count = 0;
    table::ScannedRow row;
    for (size_t read = 1; count < STANDARD_VECTOR_SIZE; ++read) {
      if (read % kRowsPerPoll == 0) {
        bind.state.CheckCancelled();
      }
      KALAMDB_ASSIGN_OR_RETURN(const bool has_row, rows_->Next(&row));
      if (!has_row) {
        output.SetCardinality(count);
        return false;
      }
      KALAMDB_ASSIGN_OR_RETURN(const types::RowView view, types::RowView::Open(layout, row.bytes));
      if (view.is_deleted() && !bind.range.is_including_deleted) {
        continue;
      }
      const vectors::PlacedRow placed{row.seq, view};
      for (vectors::ColumnDecoder& decoder : decoders_) {
        decoder.Put({&placed, 1}, count);
      }
      ++count;
    }
    output.SetCardinality(count);
    return true;
  }

  static void Apply(Filter& filter, duckdb::DataChunk& output) {
    duckdb::UnifiedVectorFormat format;
    duckdb::Vector& vector = output.data[filter.position];
    vector.ToUnifiedFormat(output.size(), format);
    duckdb::SelectionVector passing;
    idx_t count = output.size();
    duckdb::ColumnSegment::FilterSelection(passing, vector, format, *filter.filter, *filter.state,
                                           output.size(), count);
    if (count < output.size()) {
      output.Slice(passing, count);
    }
  }

  ScanState& state_;
  std::vector<vectors::ColumnDecoder> decoders_;
  std::vector<Filter> filters_;
  std::optional<ScanTask> task_;
  idx_t number_ = 0;
  std::unique_ptr<cold::ColumnScan::Cursor> cursor_;
  const cold::ColumnScan* cursor_of_ = nullptr;
  std::unique_ptr<table::RowScan> rows_;
};

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> OpenScan(
    duckdb::ClientContext&, duckdb::TableFunctionInitInput& input) {
  const auto& bind = input.bind_data->Cast<ScanBind>();
  bind.state.CheckCancelled();
  auto state = duckdb::make_uniq<ScanState>(bind, input);
  if (Status status = state->Open(); !status.ok()) {
    bind.state.Throw(std::move(status));
  }
  return state;
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> OpenWorker(
    duckdb::ExecutionContext& context, duckdb::TableFunctionInitInput&,
    duckdb::GlobalTableFunctionState* state) {
  return duckdb::make_uniq<ScanWorker>(context.client, state->Cast<ScanState>());
}

void ScanChunk(duckdb::ClientContext&, duckdb::TableFunctionInput& input,
               duckdb::DataChunk& output) {
  const auto& bind = input.bind_data->Cast<ScanBind>();
  bind.state.CheckCancelled();
  if (Status status = input.local_state->Cast<ScanWorker>().Read(output); !status.ok()) {
    bind.state.Throw(std::move(status));
  }
}

duckdb::OperatorPartitionData PartitionOf(duckdb::ClientContext&,
                                          duckdb::TableFunctionGetPartitionInput& input) {
  if (input.partition_info.RequiresPartitionColumns()) {
    throw duckdb::InternalException("a scan has no partition columns");
  }
  return duckdb::OperatorPartitionData(input.local_state->Cast<ScanWorker>().number());
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

// What EXPLAIN ANALYZE shows besides.
duckdb::InsertionOrderPreservingMap<std::string> DescribeRun(
    duckdb::TableFunctionDynamicToStringInput& input) {
  duckdb::InsertionOrderPreservingMap<std::string> lines;
  if (input.global_state != nullptr) {
    if (const std::string segments = input.global_state->Cast<ScanState>().DescribeSegments();
        !segments.empty()) {
      lines["Segments"] = segments;
    }
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
  function.dynamic_to_string = DescribeRun;
  function.serialize = RefuseToSerialize;
  function.projection_pushdown = true;
  function.filter_pushdown = true;
  function.init_local = OpenWorker;
  function.get_partition_data = PartitionOf;
  return function;
}

}  // namespace kalamdb::sql
