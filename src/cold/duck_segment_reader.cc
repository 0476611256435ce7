// SPDX-License-Identifier: Apache-2.0
#include "cold/segment_reader.h"

#include <algorithm>
#include <utility>

#include "duckdb/planner/filter/conjunction_filter.hpp"
#include "duckdb/planner/filter/constant_filter.hpp"

#include "cold/duck_parquet_file.h"
#include "vectors/rows.h"
#include "vectors/types.h"

namespace kalamdb::cold {

namespace {

std::vector<size_t> AllColumns(const Segment& segment) {
  std::vector<size_t> columns(segment.written->columns.size() + 2);
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i] = i;
  }
  return columns;
}

// first <= _seq <= last
duckdb::unique_ptr<duckdb::TableFilterSet> SeqFilter(const Segment& segment, CommitSeq first,
                                                     CommitSeq last) {
  using duckdb::ExpressionType;
  const auto bound = [](ExpressionType type, CommitSeq seq) {
    return duckdb::make_uniq<duckdb::ConstantFilter>(
        type, duckdb::Value::BIGINT(static_cast<int64_t>(seq.value)));
  };
  auto filters = duckdb::make_uniq<duckdb::TableFilterSet>();
  duckdb::unique_ptr<duckdb::TableFilter>& filter =
      filters->filters[ParquetFile::SeqColumn(segment)];
  if (first == last) {
    filter = bound(ExpressionType::COMPARE_EQUAL, first);
  } else {
    auto both = duckdb::make_uniq<duckdb::ConjunctionAndFilter>();
    both->child_filters.push_back(bound(ExpressionType::COMPARE_GREATERTHANOREQUALTO, first));
    both->child_filters.push_back(bound(ExpressionType::COMPARE_LESSTHANOREQUALTO, last));
    filter = std::move(both);
  }
  return filters;
}

// The type that a column has in the file, when it is not the engine's type for ours: lists of floats
// for EMBEDDING, and text without the alias that tells JSON.
duckdb::Vector& AsOurs(duckdb::ClientContext& context, duckdb::Vector& vector,
                       const duckdb::LogicalType& wanted, duckdb::idx_t count,
                       duckdb::Vector& scratch) {
  if (vector.GetType().InternalType() == wanted.InternalType()) {
    return vector;
  }
  duckdb::VectorOperations::Cast(context, vector, scratch, count);
  return scratch;
}

// Appends the rows of the file's chunk for which wants(seq) is true.
template <class Wants>
Status AppendRows(const Segment& segment, ParquetFile& file, Wants&& wants,
                  std::vector<SegmentRow>* out) {
  return CallEngine(segment.file, [&]() -> Status {
    duckdb::DataChunk& chunk = file.chunk();
    chunk.Flatten();
    const types::Schema& schema = *segment.written;
    const auto* seqs =
        duckdb::FlatVector::GetData<int64_t>(chunk.data[ParquetFile::SeqColumn(segment)]);
    const auto* deleted =
        duckdb::FlatVector::GetData<bool>(chunk.data[ParquetFile::DeletedColumn(segment)]);
    duckdb::SelectionVector wanted(chunk.size());
    duckdb::idx_t count = 0;
    for (duckdb::idx_t i = 0; i < chunk.size(); ++i) {
      if (wants(CommitSeq{static_cast<uint64_t>(seqs[i])})) {
        wanted.set_index(count++, i);
      }
    }
    std::vector<types::Row> rows(count, types::Row(schema.columns.size()));
    for (size_t column = 0; column < schema.columns.size() && count > 0; ++column) {
      const types::DataType& type = schema.columns[column].type;
      const duckdb::LogicalType engine_type = vectors::ToLogicalType(type);
      duckdb::Vector part(chunk.data[column], wanted, count);
      part.Flatten(count);
      duckdb::Vector scratch(engine_type, count);
      vectors::FillColumn(AsOurs(file.context(), part, engine_type, count, scratch), type, column,
                          &rows);
    }
    for (duckdb::idx_t i = 0; i < count; ++i) {
      const auto at = wanted.get_index(i);
      SegmentRow& row = out->emplace_back();
      row.seq = CommitSeq{static_cast<uint64_t>(seqs[at])};
      types::EncodeRow(schema, rows[i], deleted[at], &row.bytes);
    }
    return {};
  });
}

class BlockScan final : public SegmentScan {
 public:
  BlockScan(SegmentPtr segment, std::unique_ptr<ParquetFile> file, CommitSeq begin, CommitSeq end,
       std::vector<duckdb::idx_t> groups, bool is_descending)
      : segment_(std::move(segment)),
        file_(std::move(file)),
        begin_(begin),
        end_(end),
        groups_(std::move(groups)),
        is_descending_(is_descending) {
    if (is_descending_) {
      std::reverse(groups_.begin(), groups_.end());
    }
  }

  StatusOr<std::vector<SegmentRow>> Next() override {
    std::vector<SegmentRow> rows;
    while (rows.empty()) {
      if (!is_in_group_) {
        if (next_group_ == groups_.size()) {
          return rows;
        }
        KALAMDB_RETURN_IF_ERROR(file_->Begin({groups_[next_group_]}));
        ++next_group_;
        is_in_group_ = true;
      }
      KALAMDB_ASSIGN_OR_RETURN(const bool has_rows, file_->Next());
      if (!has_rows) {
        is_in_group_ = false;
        continue;
      }
      const auto wants = [this](CommitSeq seq) { return seq >= begin_ && seq < end_; };
      KALAMDB_RETURN_IF_ERROR(AppendRows(*segment_, *file_, wants, &rows));
      if (!is_descending_) {
        continue;
      }
      // Backwards: a row group as a whole.
      while (true) {
        KALAMDB_ASSIGN_OR_RETURN(const bool has_more, file_->Next());
        if (!has_more) {
          break;
        }
        KALAMDB_RETURN_IF_ERROR(AppendRows(*segment_, *file_, wants, &rows));
      }
      is_in_group_ = false;
      std::reverse(rows.begin(), rows.end());
    }
    return rows;
  }

 private:
  const SegmentPtr segment_;
  const std::unique_ptr<ParquetFile> file_;
  const CommitSeq begin_;
  const CommitSeq end_;
  std::vector<duckdb::idx_t> groups_;
  const bool is_descending_;
  size_t next_group_ = 0;
  bool is_in_group_ = false;
};

}  // namespace

StatusOr<std::vector<SegmentRow>> ReadRows(Engine& engine, const Segment& segment,
                                           std::span<const CommitSeq> seqs) {
  std::vector<SegmentRow> rows;
  if (seqs.empty()) {
    return rows;
  }
  KALAMDB_ASSIGN_OR_RETURN(const auto file,
                           ParquetFile::Open(engine, segment, AllColumns(segment),
                                             SeqFilter(segment, seqs.front(), seqs.back())));
  const std::vector<duckdb::idx_t> groups = file->GroupsWith(seqs.front(), seqs.back());
  KALAMDB_RETURN_IF_ERROR(
      file->Begin(duckdb::vector<duckdb::idx_t>(groups.begin(), groups.end())));
  while (rows.size() < seqs.size()) {
    KALAMDB_ASSIGN_OR_RETURN(const bool has_rows, file->Next());
    if (!has_rows) {
      break;
    }
    KALAMDB_RETURN_IF_ERROR(AppendRows(
        segment, *file,
        [&](CommitSeq seq) { return std::binary_search(seqs.begin(), seqs.end(), seq); }, &rows));
  }
  if (rows.size() != seqs.size()) {
    return Error(Corruption("segment " + segment.file + " lacks a row that the index names"));
  }
  return rows;
}

StatusOr<std::string> ReadRow(Engine& engine, const Segment& segment, CommitSeq seq) {
  const std::string key = segment.file + '\0' + std::to_string(seq.value);
  if (auto cached = engine.rep().rows.Find(key); cached.has_value()) {
    return *std::move(cached);
  }
  KALAMDB_ASSIGN_OR_RETURN(std::vector<SegmentRow> rows, ReadRows(engine, segment, {&seq, 1}));
  engine.rep().rows.Put(key, rows[0].bytes, rows[0].bytes.size());
  return std::move(rows[0].bytes);
}

StatusOr<std::unique_ptr<SegmentScan>> SegmentScan::Open(Engine& engine, SegmentPtr segment,
                                                         CommitSeq begin, CommitSeq end,
                                                         bool is_descending) {
  const CommitSeq last{end.value == 0 ? 0 : end.value - 1};
  KALAMDB_ASSIGN_OR_RETURN(auto file,
                           ParquetFile::Open(engine, *segment, AllColumns(*segment), nullptr));
  std::vector<duckdb::idx_t> groups = file->GroupsWith(begin, last);
  return std::make_unique<BlockScan>(std::move(segment), std::move(file), begin, end, std::move(groups),
                                is_descending);
}

}  // namespace kalamdb::cold
