// SPDX-License-Identifier: Apache-2.0
#include "cold/segment_reader.h"

#include <algorithm>
#include <utility>

#include "duckdb/common/vector_operations/vector_operations.hpp"

#include "cold/duck_parquet_file.h"
#include "types/byte_order.h"
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

Status LacksRow(const Segment& segment) {
  return Corruption("segment " + segment.file + " lacks a row that the index names");
}

CommitSeq LastSeqOf(const FooterPtr& footer, duckdb::idx_t group) {
  const auto& columns = footer->metadata->row_groups[group].columns;
  const std::string& last = columns[columns.size() - 2].meta_data.statistics.max_value;
  return CommitSeq{last.size() == sizeof(uint64_t) ? types::LoadLittle<uint64_t>(last.data())
                                                   : UINT64_MAX};
}

// A row group as it is kept. Throws what the engine throws.
StatusOr<std::shared_ptr<const DecodedGroup>> DecodeGroup(const Segment& segment,
                                                          ParquetFile& file, uint64_t* bytes) {
  auto group = std::make_shared<DecodedGroup>();
  duckdb::vector<duckdb::LogicalType> types;
  for (const types::Column& column : segment.written->columns) {
    types.push_back(vectors::ToLogicalType(column.type));
  }
  types.push_back(duckdb::LogicalType::BIGINT);
  types.push_back(duckdb::LogicalType::BOOLEAN);
  while (true) {
    KALAMDB_ASSIGN_OR_RETURN(const bool has_rows, file.Next());
    if (!has_rows) {
      return group;
    }
    duckdb::DataChunk& read = file.chunk();
    auto chunk = std::make_unique<duckdb::DataChunk>();
    chunk->Initialize(duckdb::Allocator::DefaultAllocator(), types, read.size());
    for (size_t i = 0; i < types.size(); ++i) {
      duckdb::Vector scratch(types[i], read.size());
      duckdb::Vector& source = AsOurs(file.context(), read.data[i], types[i], read.size(), scratch);
      duckdb::VectorOperations::Copy(source, chunk->data[i], read.size(), 0, 0);
    }
    chunk->SetCardinality(read.size());
    *bytes += chunk->GetAllocationSize();
    const auto* seqs =
        duckdb::FlatVector::GetData<int64_t>(chunk->data[ParquetFile::SeqColumn(segment)]);
    group->first_seqs.push_back(static_cast<uint64_t>(seqs[0]));
    group->chunks.push_back(std::move(chunk));
  }
}

// From the cache, or decoded for it. `*file` is opened when it is needed.
StatusOr<std::shared_ptr<const DecodedGroup>> FindGroup(Engine& engine, const Segment& segment,
                                                        duckdb::idx_t group,
                                                        std::unique_ptr<ParquetFile>* file) {
  const std::string key = segment.file + '\0' + std::to_string(segment.meta.checksum) + '/' +
                          std::to_string(group);
  if (auto cached = engine.rep().groups.Find(key); cached.has_value()) {
    return *std::move(cached);
  }
  if (*file == nullptr) {
    KALAMDB_ASSIGN_OR_RETURN(
        *file, ParquetFile::Open(engine, segment, AllColumns(segment), nullptr));
  }
  KALAMDB_RETURN_IF_ERROR((*file)->Begin({group}));
  return CallEngine(
      segment.file, [&]() -> StatusOr<std::shared_ptr<const DecodedGroup>> {
        uint64_t bytes = 0;
        KALAMDB_ASSIGN_OR_RETURN(auto decoded, DecodeGroup(segment, **file, &bytes));
        engine.rep().groups.Put(key, decoded, bytes);
        return decoded;
      });
}

// Appends the row at `seq` if it is there.
void AppendRow(const Segment& segment, const DecodedGroup& group, CommitSeq seq,
               std::vector<SegmentRow>* out) {
  const auto after =
      std::upper_bound(group.first_seqs.begin(), group.first_seqs.end(), seq.value);
  if (after == group.first_seqs.begin()) {
    return;
  }
  const duckdb::DataChunk& chunk =
      *group.chunks[static_cast<size_t>(after - group.first_seqs.begin()) - 1];
  const auto* seqs =
      duckdb::FlatVector::GetData<int64_t>(chunk.data[ParquetFile::SeqColumn(segment)]);
  const auto* end = seqs + chunk.size();
  const auto* found = std::lower_bound(seqs, end, static_cast<int64_t>(seq.value));
  if (found == end || *found != static_cast<int64_t>(seq.value)) {
    return;
  }
  const auto at = static_cast<duckdb::idx_t>(found - seqs);
  const types::Schema& schema = *segment.written;
  std::vector<types::Row> rows(1, types::Row(schema.columns.size()));
  for (size_t column = 0; column < schema.columns.size(); ++column) {
    duckdb::Vector one(chunk.data[column], at, at + 1);
    vectors::FillColumn(one, schema.columns[column].type, column, &rows);
  }
  const bool is_deleted =
      duckdb::FlatVector::GetData<bool>(chunk.data[ParquetFile::DeletedColumn(segment)])[at];
  SegmentRow& row = out->emplace_back();
  row.seq = seq;
  types::EncodeRow(schema, rows[0], is_deleted, &row.bytes);
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
  const size_t wanted = seqs.size();
  KALAMDB_ASSIGN_OR_RETURN(const FooterPtr footer, ReadFooter(engine, segment));
  std::unique_ptr<ParquetFile> file;  // Opened when a group is not in the cache.
  for (const duckdb::idx_t group : GroupsWith(footer, seqs.front(), seqs.back())) {
    const CommitSeq last = LastSeqOf(footer, group);
    const auto end = std::upper_bound(seqs.begin(), seqs.end(), last);
    if (end == seqs.begin()) {
      continue;
    }
    KALAMDB_ASSIGN_OR_RETURN(const auto decoded, FindGroup(engine, segment, group, &file));
    KALAMDB_RETURN_IF_ERROR(CallEngine(segment.file, [&]() -> Status {
      for (const CommitSeq seq : seqs.first(static_cast<size_t>(end - seqs.begin()))) {
        AppendRow(segment, *decoded, seq, &rows);
      }
      return {};
    }));
    seqs = seqs.subspan(static_cast<size_t>(end - seqs.begin()));
  }
  if (rows.size() != wanted) {
    return Error(LacksRow(segment));
  }
  return rows;
}

StatusOr<std::string> ReadRow(Engine& engine, const Segment& segment, CommitSeq seq) {
  KALAMDB_ASSIGN_OR_RETURN(std::vector<SegmentRow> rows, ReadRows(engine, segment, {&seq, 1}));
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
