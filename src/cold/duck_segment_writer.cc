// SPDX-License-Identifier: Apache-2.0
#include "cold/segment_writer.h"

#include <future>
#include <utility>
#include <vector>

#include "duckdb/common/types/column/column_data_collection.hpp"
#include "duckdb/common/vector_operations/vector_operations.hpp"
#include "duckdb/storage/statistics/base_statistics.hpp"
#include "duckdb/storage/statistics/numeric_stats.hpp"
#include "parquet_reader.hpp"
#include "parquet_writer.hpp"

#include "cold/duck_engine.h"
#include "vectors/column_decoder.h"
#include "vectors/types.h"

namespace kalamdb::cold {

namespace {

using duckdb::idx_t;
using types::TypeId;
using vectors::ColumnSource;

// Small groups are what a look-up by key reads; a scan does not mind them.
constexpr idx_t kRowGroupRows = 10 * STANDARD_VECTOR_SIZE;
constexpr int64_t kZstdLevel = 1;
constexpr double kBloomFalsePositives = 0.01;
constexpr idx_t kDictionaryEntriesMax = kRowGroupRows / 5;
constexpr idx_t kStringDictionaryBytesMax = 1u << 20;
// Field ids of the columns that every table has: far above those of columns.
constexpr int32_t kSeqFieldId = 1'000'000'000;
constexpr int32_t kDeletedFieldId = 1'000'000'001;
// Longer texts are cut in the manifest.
constexpr size_t kBoundBytesMax = 64;

// How a column is written. A file has the same bytes for an array as for a list, but for a NULL:
// the engine's writer gives a NULL array as many entries as it would have elements, which readers
// other than the engine's take for further rows.
duckdb::LogicalType InFile(const duckdb::LogicalType& type) {
  return type.id() == duckdb::LogicalTypeId::ARRAY
             ? duckdb::LogicalType::LIST(duckdb::ArrayType::GetChildType(type))
             : type;
}

class Writer final : public SegmentWriter {
 public:
  // Throws.
  Writer(Engine& engine, const std::string& path, const types::Schema& schema)
      : path_(path), schema_(schema), connection_(*engine.rep().database) {
    duckdb::vector<duckdb::LogicalType> types;
    duckdb::vector<std::string> names;
    duckdb::ChildFieldIDs ids;
    const auto add = [&](const std::string& name, duckdb::LogicalType type, int32_t id) {
      (*ids.ids)[name] = duckdb::FieldID(id);
      names.push_back(name);
      types.push_back(std::move(type));
    };
    duckdb::vector<duckdb::LogicalType> decoded;
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      const types::Column& column = schema.columns[i];
      decoded.push_back(vectors::ToLogicalType(column.type));
      add(column.name, InFile(decoded.back()), static_cast<int32_t>(column.id));
      decoders_.emplace_back(ColumnSource{.kind = ColumnSource::Kind::kColumn, .position = i},
                             column.type);
    }
    add(std::string(types::kSeqName), duckdb::LogicalType::BIGINT, kSeqFieldId);
    decoders_.emplace_back(ColumnSource{.kind = ColumnSource::Kind::kSeq}, types::DataType());
    add(std::string(types::kDeletedName), duckdb::LogicalType::BOOLEAN, kDeletedFieldId);
    decoders_.emplace_back(ColumnSource{.kind = ColumnSource::Kind::kDeleted}, types::DataType());
    duckdb::ClientContext& context = *connection_.context;
    decoded.insert(decoded.end(), types.begin() + static_cast<ptrdiff_t>(decoded.size()),
                   types.end());
    chunk_.Initialize(context, decoded);
    file_chunk_.Initialize(context, types);
    group_ = duckdb::make_uniq<duckdb::ColumnDataCollection>(context, types);
    group_->InitializeAppend(append_);
    flushing_ = duckdb::make_uniq<duckdb::ColumnDataCollection>(context, types);
    writer_ = duckdb::make_uniq<duckdb::ParquetWriter>(
        context, duckdb::FileSystem::GetFileSystem(context), path, types, names,
        duckdb_parquet::CompressionCodec::ZSTD, std::move(ids),
        duckdb::vector<std::pair<std::string, std::string>>(), nullptr, kDictionaryEntriesMax,
        kStringDictionaryBytesMax, /*enable_bloom_filters=*/true, kBloomFalsePositives, kZstdLevel,
        /*debug_use_openssl=*/false, duckdb::ParquetVersion::V2, duckdb::GeoParquetVersion::NONE);
    BeginChunk();
  }

  Status Add(CommitSeq seq, const types::RowView& row) override {
    for (vectors::ColumnDecoder& decoder : decoders_) {
      decoder.Put(seq, row, chunk_rows_);
    }
    ++chunk_rows_;
    if (meta_.row_count == 0) {
      meta_.min_seq = seq;
    }
    meta_.max_seq = seq;
    ++meta_.row_count;
    meta_.tombstone_count += row.is_deleted() ? 1 : 0;
    if (chunk_rows_ < STANDARD_VECTOR_SIZE) {
      return {};
    }
    return CallEngine(path_, [&]() -> Status {
      EndChunk();
      if (group_->Count() >= kRowGroupRows) {
        FlushGroup();
      }
      return {};
    });
  }

  StatusOr<SegmentMeta> Finish() override {
    return CallEngine(path_, [&]() -> StatusOr<SegmentMeta> {
      EndChunk();
      FlushGroup();
      WaitForGroup();
      writer_->Finalize();
      writer_.reset();
      ReadBounds();
      meta_.schema_version = schema_.version;
      return meta_;
    });
  }

 private:
  void BeginChunk() {
    chunk_.Reset();
    for (size_t i = 0; i < decoders_.size(); ++i) {
      decoders_[i].Begin(chunk_.data[i]);
    }
    chunk_rows_ = 0;
  }
  void EndChunk() {
    if (chunk_rows_ > 0) {
      file_chunk_.Reset();
      for (idx_t i = 0; i < chunk_.ColumnCount(); ++i) {
        if (chunk_.data[i].GetType() == file_chunk_.data[i].GetType()) {
          file_chunk_.data[i].Reference(chunk_.data[i]);
        } else {
          duckdb::VectorOperations::DefaultCast(chunk_.data[i], file_chunk_.data[i], chunk_rows_);
        }
      }
      file_chunk_.SetCardinality(chunk_rows_);
      group_->Append(append_, file_chunk_);
      BeginChunk();
    }
  }
  // Encodes and compresses the group on another thread while the next one fills.
  void FlushGroup() {
    if (group_->Count() == 0) {
      return;
    }
    WaitForGroup();
    std::swap(group_, flushing_);
    append_ = {};
    group_->Reset();
    group_->InitializeAppend(append_);
    flush_ = std::async(std::launch::async, [this] { writer_->Flush(*flushing_); });
  }
  // Throws what the flush threw.
  void WaitForGroup() {
    if (flush_.valid()) {
      flush_.get();
    }
  }
  void ReadBounds();

  const std::string path_;
  const types::Schema& schema_;
  duckdb::Connection connection_;
  std::vector<vectors::ColumnDecoder> decoders_;
  duckdb::DataChunk chunk_;       // As the rows are decoded.
  duckdb::DataChunk file_chunk_;  // The same with the types of the file.
  idx_t chunk_rows_ = 0;
  duckdb::unique_ptr<duckdb::ColumnDataCollection> group_;     // Being filled.
  duckdb::unique_ptr<duckdb::ColumnDataCollection> flushing_;  // Being written, by `flush_`.
  duckdb::ColumnDataAppendState append_;
  duckdb::unique_ptr<duckdb::ParquetWriter> writer_;
  SegmentMeta meta_;
  std::future<void> flush_;  // Last: its end is waited for before anything it uses goes.
};

bool HasNumericBounds(TypeId type) {
  return type == TypeId::kBoolean || types::IsInt64Backed(type) || types::IsFloating(type) ||
         type == TypeId::kDecimal;
}

// The texts of a column chunk lie between its bounds, cut to kBoundBytesMax: the lower one is still
// below, the upper one is left out when it had to be cut.
void WidenByText(const duckdb_parquet::Statistics& chunk, bool is_first, ColumnBounds* bounds) {
  const auto widen = [&](bool has, const std::string& text, bool is_max,
                         std::optional<types::Value>* bound) {
    if (!has || (is_max && text.size() > kBoundBytesMax) || (!is_first && !bound->has_value())) {
      bound->reset();
      return;
    }
    types::Value value(std::string_view(text).substr(0, kBoundBytesMax));
    if (is_first || (types::Compare(value, **bound) < 0) != is_max) {
      *bound = std::move(value);
    }
  };
  widen(chunk.__isset.min_value, chunk.min_value, false, &bounds->min);
  widen(chunk.__isset.max_value, chunk.max_value, true, &bounds->max);
}

// From the footer that was just written: the same numbers that other readers see.
void Writer::ReadBounds() {
  duckdb::ParquetOptions options;
  duckdb::ParquetReader reader(*connection_.context, duckdb::OpenFileInfo(path_), options);
  const duckdb_parquet::FileMetaData& footer = *reader.GetFileMetadata();
  if (static_cast<uint64_t>(footer.num_rows) != meta_.row_count) {
    throw duckdb::InternalException("the file does not hold the rows that were written");
  }
  meta_.columns.resize(schema_.columns.size());
  for (size_t i = 0; i < schema_.columns.size(); ++i) {
    ColumnBounds& bounds = meta_.columns[i];
    const types::DataType& type = schema_.columns[i].type;
    if (type.id == TypeId::kEmbedding) {
      continue;  // Its leaves are not numbered like its columns.
    }
    if (HasNumericBounds(type.id)) {
      const auto stats = reader.ReadStatistics(schema_.columns[i].name);
      if (stats != nullptr && duckdb::NumericStats::HasMinMax(*stats)) {
        bounds.min = vectors::FromDuckValue(duckdb::NumericStats::Min(*stats), type);
        bounds.max = vectors::FromDuckValue(duckdb::NumericStats::Max(*stats), type);
      }
    }
    bool is_first = true;
    for (const duckdb_parquet::RowGroup& group : footer.row_groups) {
      for (const duckdb_parquet::ColumnChunk& chunk : group.columns) {
        const auto& data = chunk.meta_data;
        if (data.path_in_schema.size() != 1 || data.path_in_schema[0] != schema_.columns[i].name) {
          continue;
        }
        bounds.null_count += static_cast<uint64_t>(data.statistics.null_count);
        const bool is_all_null = data.statistics.null_count == data.num_values;
        if (types::IsUtf8(type.id) && !is_all_null) {
          WidenByText(data.statistics, is_first, &bounds);
          is_first = false;
        }
      }
    }
  }
}

}  // namespace

StatusOr<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(Engine& engine,
                                                               const std::string& path,
                                                               const types::Schema& schema) {
  return CallEngine(path, [&]() -> StatusOr<std::unique_ptr<SegmentWriter>> {
    return std::make_unique<Writer>(engine, path, schema);
  });
}

}  // namespace kalamdb::cold
