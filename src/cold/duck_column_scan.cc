// SPDX-License-Identifier: Apache-2.0
#include "cold/duck_column_scan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "duckdb/common/vector_operations/vector_operations.hpp"
#include "duckdb/planner/table_filter_state.hpp"
#include "duckdb/storage/statistics/numeric_stats.hpp"
#include "duckdb/storage/statistics/string_stats.hpp"
#include "duckdb/storage/table/column_segment.hpp"

#include "base/mutex.h"
#include "cold/duck_parquet_file.h"
#include "vectors/types.h"

namespace kalamdb::cold {

namespace {

using duckdb::idx_t;
using vectors::ColumnSource;

// Where the column of the reading schema at `position` is in the file; nothing when its rows are
// older than the column.
std::optional<size_t> FileColumn(const Segment& segment, const types::Schema& reading,
                                 size_t position) {
  const uint32_t id = reading.columns[position].id;
  const std::vector<types::Column>& written = segment.written->columns;
  for (size_t i = 0; i < written.size(); ++i) {
    if (written[i].id == id) {
      return i;
    }
  }
  return std::nullopt;
}

// One output column: from a column that is read, or the same in all rows.
struct Output {
  std::optional<size_t> read;             // Position among the columns that are read.
  bool is_updated = false;                // The time in `_seq`, which `read` is.
  std::optional<duckdb::Value> constant;  // Otherwise.
  duckdb::LogicalType type;
};

class Scan final : public ColumnScan {
 public:
  Scan(Engine& engine, SegmentPtr segment, const ColumnScanSpec& spec,
       std::shared_ptr<const std::vector<uint64_t>> dead)
      : engine_(engine), segment_(std::move(segment)), spec_(spec), dead_(std::move(dead)) {
    for (size_t i = 0; i < spec.sources.size(); ++i) {
      outputs_.push_back(MakeOutput(spec.sources[i]));
    }
    const bool checks_seq = !dead_->empty() || spec.seq_begin > segment_->meta.min_seq ||
                            spec.seq_end <= segment_->meta.max_seq;
    if (checks_seq) {
      seq_ = Read(ParquetFile::SeqColumn(*segment_));
    }
    if (!spec.is_including_deleted && segment_->meta.tombstone_count > 0) {
      deleted_ = Read(ParquetFile::DeletedColumn(*segment_));
    }
    if (columns_.empty() && spec.filters != nullptr && !spec.filters->filters.empty()) {
      Read(ParquetFile::DeletedColumn(*segment_));  // Something to filter.
    }
    SortFilters();
  }

  Status Prepare() {
    if (columns_.empty()) {
      // Only the number of rows is asked for, and the footer tells it.
      KALAMDB_ASSIGN_OR_RETURN(footer_, ReadFooter(engine_, *segment_));
      group_count_ = footer_->metadata->row_groups.size();
      return {};
    }
    KALAMDB_ASSIGN_OR_RETURN(first_, OpenFile());
    group_count_ = first_->group_count();
    return {};
  }
  // Rows of a group when no column is read.
  idx_t RowsOf(size_t group) const {
    return static_cast<idx_t>(footer_->metadata->row_groups[group].num_rows);
  }

  size_t group_count() const override { return group_count_; }
  StatusOr<std::unique_ptr<ColumnScan::Cursor>> NewCursor() override;

  // Null when no column is read.
  StatusOr<std::unique_ptr<ParquetFile>> TakeFile() {
    if (columns_.empty()) {
      return nullptr;
    }
    {
      const MutexLock lock(mu_);
      if (first_ != nullptr) {
        return std::move(first_);
      }
    }
    return OpenFile();
  }

  const Segment& segment() const { return *segment_; }
  const ColumnScanSpec& spec() const { return spec_; }
  const std::vector<uint64_t>& dead() const { return *dead_; }
  const std::vector<Output>& outputs() const { return outputs_; }
  const std::optional<size_t>& seq() const { return seq_; }
  const std::optional<size_t>& deleted() const { return deleted_; }
  // Positions in the output whose filter is not the file reader's.
  const std::vector<size_t>& late_filters() const { return late_filters_; }

 private:
  size_t Read(size_t file_column) {
    const auto found = std::find(columns_.begin(), columns_.end(), file_column);
    if (found != columns_.end()) {
      return static_cast<size_t>(found - columns_.begin());
    }
    columns_.push_back(file_column);
    return columns_.size() - 1;
  }

  Output MakeOutput(const ColumnSource& source) {
    Output output;
    switch (source.kind) {
      case ColumnSource::Kind::kColumn: {
        const types::DataType& type = spec_.reading->columns[source.position].type;
        output.type = vectors::ToLogicalType(type);
        if (const auto column = FileColumn(*segment_, *spec_.reading, source.position)) {
          output.read = Read(*column);
        } else {
          const types::RowLayout* layout = spec_.layout->Find(segment_->meta.schema_version);
          output.constant = vectors::ToDuckValue(layout->slots()[source.position].missing, type);
        }
        return output;
      }
      case ColumnSource::Kind::kSeq:
        output.type = duckdb::LogicalType::BIGINT;
        output.read = Read(ParquetFile::SeqColumn(*segment_));
        return output;
      case ColumnSource::Kind::kUpdated:
        output.type = duckdb::LogicalType::TIMESTAMP;
        output.read = Read(ParquetFile::SeqColumn(*segment_));
        output.is_updated = true;
        return output;
      case ColumnSource::Kind::kDeleted:
        output.type = duckdb::LogicalType::BOOLEAN;
        output.read = Read(ParquetFile::DeletedColumn(*segment_));
        return output;
      case ColumnSource::Kind::kNothing:
        break;
    }
    output.type = duckdb::LogicalType::BOOLEAN;
    output.constant = duckdb::Value(output.type);
    return output;
  }

  bool IsSameTypeInFile(const Output& output) const {
    const size_t column = columns_[*output.read];
    return column >= segment_->written->columns.size() ||
           vectors::ToLogicalType(segment_->written->columns[column].type) == output.type;
  }

  void SortFilters() {
    if (spec_.filters == nullptr) {
      return;
    }
    for (const auto& [position, filter] : spec_.filters->filters) {
      const Output& output = outputs_[position];
      const bool is_arrays = output.type.id() == duckdb::LogicalTypeId::ARRAY;
      if (output.read.has_value() && !output.is_updated && !is_arrays && IsSameTypeInFile(output) &&
          !file_filters_.contains(*output.read)) {
        file_filters_[*output.read] = filter.get();
      } else {
        late_filters_.push_back(position);
      }
    }
  }

  StatusOr<std::unique_ptr<ParquetFile>> OpenFile() {
    duckdb::unique_ptr<duckdb::TableFilterSet> filters;
    if (!file_filters_.empty()) {
      filters = duckdb::make_uniq<duckdb::TableFilterSet>();
      for (const auto& [column, filter] : file_filters_) {
        filters->filters[column] = filter->Copy();
      }
    }
    return ParquetFile::Open(engine_, *segment_, columns_, std::move(filters));
  }

  Engine& engine_;
  const SegmentPtr segment_;
  const ColumnScanSpec& spec_;
  const std::shared_ptr<const std::vector<uint64_t>> dead_;
  std::vector<size_t> columns_;  // Of the file, to be read.
  std::vector<Output> outputs_;
  std::optional<size_t> seq_;      // Positions in columns_.
  std::optional<size_t> deleted_;
  std::map<size_t, const duckdb::TableFilter*> file_filters_;  // By position in columns_.
  std::vector<size_t> late_filters_;
  size_t group_count_ = 0;
  FooterPtr footer_;  // When no column is read.
  Mutex mu_;
  std::unique_ptr<ParquetFile> first_ KALAMDB_GUARDED_BY(mu_);  // Until a cursor takes it.
};

class FileCursor final : public ColumnScan::Cursor {
 public:
  FileCursor(Scan& scan, std::unique_ptr<ParquetFile> file) : scan_(scan), file_(std::move(file)) {
    if (file_ == nullptr) {
      return;  // There is nothing to filter by.
    }
    for (const size_t position : scan_.late_filters()) {
      const duckdb::TableFilter& filter = *scan_.spec().filters->filters.at(position);
      filter_states_.push_back(duckdb::TableFilterState::Initialize(file_->context(), filter));
    }
  }

  Status Begin(size_t group) override {
    if (file_ == nullptr) {
      rows_left_ = scan_.RowsOf(group);
      return {};
    }
    return file_->Begin({group});
  }

  Status Next(duckdb::DataChunk& chunk) override {
    if (file_ == nullptr) {
      NextCount(chunk);
      return {};
    }
    while (true) {
      chunk.Reset();
      KALAMDB_ASSIGN_OR_RETURN(const bool has_rows, file_->Next());
      if (!has_rows) {
        return {};
      }
      KALAMDB_RETURN_IF_ERROR(CallEngine(scan_.segment().file, [&]() -> Status {
        Fill(chunk);
        return {};
      }));
      if (chunk.size() > 0) {
        return {};
      }
    }
  }

 private:
  void NextCount(duckdb::DataChunk& chunk) {
    chunk.Reset();
    const idx_t count = std::min<idx_t>(rows_left_, STANDARD_VECTOR_SIZE);
    rows_left_ -= count;
    for (size_t i = 0; i < scan_.outputs().size(); ++i) {
      chunk.data[i].Reference(*scan_.outputs()[i].constant);
    }
    chunk.SetCardinality(count);
  }

  void Fill(duckdb::DataChunk& chunk) {
    duckdb::DataChunk& rows = file_->chunk();
    const idx_t count = rows.size();
    for (size_t i = 0; i < scan_.outputs().size(); ++i) {
      FillOutput(scan_.outputs()[i], rows, chunk.data[i]);
    }
    chunk.SetCardinality(count);
    duckdb::SelectionVector live(count);
    const idx_t kept = SelectLive(rows, live);
    if (kept < count) {
      chunk.Slice(live, kept);
    }
    for (size_t i = 0; i < scan_.late_filters().size() && chunk.size() > 0; ++i) {
      Filter(chunk, scan_.late_filters()[i], *filter_states_[i]);
    }
  }

  void FillOutput(const Output& output, duckdb::DataChunk& rows, duckdb::Vector& vector) {
    if (!output.read.has_value()) {
      vector.Reference(*output.constant);
      return;
    }
    duckdb::Vector& source = rows.data[*output.read];
    if (output.is_updated) {
      source.Flatten(rows.size());
      const auto* seqs = duckdb::FlatVector::GetData<int64_t>(source);
      auto* times = duckdb::FlatVector::GetData<int64_t>(vector);
      for (idx_t i = 0; i < rows.size(); ++i) {
        times[i] = SeqTimeMicros(CommitSeq{static_cast<uint64_t>(seqs[i])});
      }
    } else if (source.GetType() == output.type) {
      vector.Reference(source);
    } else if (source.GetType().InternalType() == output.type.InternalType() &&
               source.GetType().id() == output.type.id()) {
      vector.Reinterpret(source);
    } else {
      duckdb::VectorOperations::Cast(file_->context(), source, vector, rows.size());
    }
  }

  idx_t SelectLive(duckdb::DataChunk& rows, duckdb::SelectionVector& live) {
    const int64_t* seqs = nullptr;
    const bool* deleted = nullptr;
    if (scan_.seq().has_value()) {
      rows.data[*scan_.seq()].Flatten(rows.size());
      seqs = duckdb::FlatVector::GetData<int64_t>(rows.data[*scan_.seq()]);
    }
    if (scan_.deleted().has_value()) {
      rows.data[*scan_.deleted()].Flatten(rows.size());
      deleted = duckdb::FlatVector::GetData<bool>(rows.data[*scan_.deleted()]);
    }
    if (seqs == nullptr && deleted == nullptr) {
      return rows.size();
    }
    const std::vector<uint64_t>& dead = scan_.dead();
    auto next_dead =
        seqs == nullptr
            ? dead.end()
            : std::lower_bound(dead.begin(), dead.end(), static_cast<uint64_t>(seqs[0]));
    idx_t kept = 0;
    for (idx_t i = 0; i < rows.size(); ++i) {
      if (deleted != nullptr && deleted[i]) {
        continue;
      }
      if (seqs != nullptr) {
        const auto seq = static_cast<uint64_t>(seqs[i]);
        while (next_dead != dead.end() && *next_dead < seq) {
          ++next_dead;
        }
        if ((next_dead != dead.end() && *next_dead == seq) ||
            seq < scan_.spec().seq_begin.value || seq >= scan_.spec().seq_end.value) {
          continue;
        }
      }
      live.set_index(kept++, i);
    }
    return kept;
  }

  void Filter(duckdb::DataChunk& chunk, size_t position, duckdb::TableFilterState& state) {
    duckdb::UnifiedVectorFormat format;
    chunk.data[position].ToUnifiedFormat(chunk.size(), format);
    duckdb::SelectionVector passing;
    idx_t count = chunk.size();
    duckdb::ColumnSegment::FilterSelection(passing, chunk.data[position], format,
                                           *scan_.spec().filters->filters.at(position), state,
                                           chunk.size(), count);
    if (count < chunk.size()) {
      chunk.Slice(passing, count);
    }
  }

  Scan& scan_;
  const std::unique_ptr<ParquetFile> file_;  // Null when no column is read.
  idx_t rows_left_ = 0;                      // Then.
  duckdb::vector<duckdb::unique_ptr<duckdb::TableFilterState>> filter_states_;
};

StatusOr<std::unique_ptr<ColumnScan::Cursor>> Scan::NewCursor() {
  KALAMDB_ASSIGN_OR_RETURN(std::unique_ptr<ParquetFile> file, TakeFile());
  return std::make_unique<FileCursor>(*this, std::move(file));
}

// What the manifest tells of a column as the engine's statistics; null when it tells nothing.
duckdb::unique_ptr<duckdb::BaseStatistics> StatisticsOf(const ColumnBounds& bounds,
                                                        const types::DataType& type,
                                                        uint64_t row_count) {
  const duckdb::LogicalType engine_type = vectors::ToLogicalType(type);
  const bool is_text = engine_type.id() == duckdb::LogicalTypeId::VARCHAR;
  if (bounds.null_count < row_count && (!bounds.min.has_value() || !bounds.max.has_value())) {
    return nullptr;
  }
  auto stats = duckdb::BaseStatistics::CreateUnknown(engine_type);
  if (bounds.null_count == row_count) {
    stats.Set(duckdb::StatsInfo::CANNOT_HAVE_VALID_VALUES);
    return stats.ToUnique();
  }
  if (bounds.null_count == 0) {
    stats.Set(duckdb::StatsInfo::CANNOT_HAVE_NULL_VALUES);
  }
  if (is_text) {
    auto narrow = duckdb::StringStats::CreateEmpty(engine_type);
    duckdb::StringStats::Update(narrow, duckdb::string_t(bounds.min->AsString()));
    duckdb::StringStats::Update(narrow, duckdb::string_t(bounds.max->AsString()));
    duckdb::StringStats::ResetMaxStringLength(narrow);
    duckdb::StringStats::SetContainsUnicode(narrow);
    narrow.CopyValidity(stats);
    return narrow.ToUnique();
  }
  duckdb::NumericStats::SetMin(stats, vectors::ToDuckValue(*bounds.min, type));
  duckdb::NumericStats::SetMax(stats, vectors::ToDuckValue(*bounds.max, type));
  return stats.ToUnique();
}

}  // namespace

bool MayHaveRows(const Segment& segment, const ColumnScanSpec& spec) {
  if (segment.meta.max_seq < spec.seq_begin || segment.meta.min_seq >= spec.seq_end) {
    return false;
  }
  if (spec.filters == nullptr) {
    return true;
  }
  for (const auto& [position, filter] : spec.filters->filters) {
    const ColumnSource& source = spec.sources[position];
    if (source.kind != ColumnSource::Kind::kColumn) {
      continue;
    }
    const auto column = FileColumn(segment, *spec.reading, source.position);
    const types::DataType& type = spec.reading->columns[source.position].type;
    if (!column.has_value() || *column >= segment.meta.columns.size() ||
        segment.written->columns[*column].type != type) {
      continue;
    }
    const auto stats = StatisticsOf(segment.meta.columns[*column], type, segment.meta.row_count);
    if (stats != nullptr &&
        filter->CheckStatistics(*stats) == duckdb::FilterPropagateResult::FILTER_ALWAYS_FALSE) {
      return false;
    }
  }
  return true;
}

StatusOr<std::unique_ptr<ColumnScan>> ColumnScan::Open(
    Engine& engine, SegmentPtr segment, const ColumnScanSpec& spec,
    std::shared_ptr<const std::vector<uint64_t>> dead) {
  const std::string file = segment->file;
  return CallEngine(file, [&]() -> StatusOr<std::unique_ptr<ColumnScan>> {
    auto scan = std::make_unique<Scan>(engine, std::move(segment), spec, std::move(dead));
    KALAMDB_RETURN_IF_ERROR(scan->Prepare());
    return scan;
  });
}

}  // namespace kalamdb::cold
