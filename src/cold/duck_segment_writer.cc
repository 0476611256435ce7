// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <future>
#include <span>
#include <utility>
#include <vector>

#include "duckdb/common/types/column/column_data_collection.hpp"
#include "duckdb/common/vector_operations/vector_operations.hpp"
#include "duckdb/storage/statistics/base_statistics.hpp"
#include "duckdb/storage/statistics/numeric_stats.hpp"

#include "cold/duck_engine.h"
#include "cold/row_batch.h"
#include "cold/segment_writer.h"
#include "parquet_reader.hpp"
#include "parquet_writer.hpp"
#include "vectors/column_decoder.h"
#include "vectors/types.h"

namespace kalamdb::cold {

namespace {

using duckdb::idx_t;
using types::TypeId;
using vectors::ColumnSource;
using vectors::PlacedRow;

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
  Writer(Engine& engine, const std::string& path, const types::Schema& schema,
         const types::TableLayout& layout)
      : path_(path),
        schema_(schema),
        layout_(layout),
        clients_(engine.rep().activity),
        connection_(*engine.rep().database) {
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
    encoding_ = duckdb::make_uniq<duckdb::ColumnDataCollection>(context, types);
    writer_ = duckdb::make_uniq<duckdb::ParquetWriter>(
        context, duckdb::FileSystem::GetFileSystem(context), path, types, names,
        duckdb_parquet::CompressionCodec::ZSTD, std::move(ids),
        duckdb::vector<std::pair<std::string, std::string>>(), nullptr, kDictionaryEntriesMax,
        kStringDictionaryBytesMax, /*enable_bloom_filters=*/true, kBloomFalsePositives, kZstdLevel,
        /*debug_use_openssl=*/false, duckdb::ParquetVersion::V2, duckdb::GeoParquetVersion::NONE);
  }

  Status Add(CommitSeq seq, std::string_view row) override {
    collecting_.Add(seq, row);
    if (!collecting_.IsFull()) {
      return {};
    }
    KALAMDB_RETURN_IF_ERROR(WaitFor(&decode_));
    if (clients_.IsBusy()) {
      return WriteCollected();
    }
    std::swap(collecting_, decoding_);
    collecting_.Clear();
    decode_ = std::async(std::launch::async, [this]() -> Status {
      KALAMDB_RETURN_IF_ERROR(Decode(decoding_));
      // The next group fills while this one is encoded.
      KALAMDB_RETURN_IF_ERROR(WaitFor(&encode_));
      std::swap(group_, encoding_);
      encode_ = std::async(std::launch::async, [this] { return Encode(*encoding_); });
      return {};
    });
    return {};
  }

  StatusOr<SegmentMeta> Finish() override {
    KALAMDB_RETURN_IF_ERROR(WaitFor(&decode_));
    KALAMDB_RETURN_IF_ERROR(WriteCollected());
    return CallEngine(path_, [&]() -> StatusOr<SegmentMeta> {
      writer_->Finalize();
      writer_.reset();
      ReadBounds();
      meta_.schema_version = schema_.version;
      return meta_;
    });
  }

 private:
  static Status WaitFor(std::future<Status>* step) {
    return step->valid() ? step->get() : Status();
  }

  // All steps on this thread.
  Status WriteCollected() {
    KALAMDB_RETURN_IF_ERROR(Decode(collecting_));
    collecting_.Clear();
    KALAMDB_RETURN_IF_ERROR(WaitFor(&encode_));
    return Encode(*group_);
  }
  // Rows to columns, in `group_`.
  Status Decode(const RowBatch& batch) {
    return CallEngine(path_, [&]() -> Status {
      group_->Reset();
      duckdb::ColumnDataAppendState append;
      group_->InitializeAppend(append);
      std::vector<PlacedRow> rows;
      for (size_t begin = 0; begin < batch.size(); begin += rows.size()) {
        rows.clear();
        for (size_t i = begin; i < std::min(batch.size(), begin + STANDARD_VECTOR_SIZE); ++i) {
          KALAMDB_ASSIGN_OR_RETURN(const types::RowView row,
                                   types::RowView::Open(layout_, batch.row(i)));
          meta_.tombstone_count += row.is_deleted() ? 1 : 0;
          rows.push_back({batch.seq(i), row});
        }
        meta_.min_seq = meta_.row_count == 0 ? rows.front().seq : meta_.min_seq;
        meta_.max_seq = rows.back().seq;
        meta_.row_count += rows.size();
        DecodeChunk(rows);
        group_->Append(append, file_chunk_);
      }
      return {};
    });
  }
  // To `file_chunk_`.
  void DecodeChunk(std::span<const PlacedRow> rows) {
    chunk_.Reset();
    file_chunk_.Reset();
    for (idx_t i = 0; i < chunk_.ColumnCount(); ++i) {
      decoders_[i].Begin(chunk_.data[i]);
      decoders_[i].Put(rows, 0);
      if (chunk_.data[i].GetType() == file_chunk_.data[i].GetType()) {
        file_chunk_.data[i].Reference(chunk_.data[i]);
      } else {
        duckdb::VectorOperations::DefaultCast(chunk_.data[i], file_chunk_.data[i], rows.size());
      }
    }
    file_chunk_.SetCardinality(rows.size());
  }
  // Columns to the file, compressed.
  Status Encode(duckdb::ColumnDataCollection& group) {
    return CallEngine(path_, [&]() -> Status {
      if (group.Count() > 0) {
        writer_->Flush(group);
      }
      return {};
    });
  }
  void ReadBounds();

  const std::string path_;
  const types::Schema& schema_;
  const types::TableLayout& layout_;
  ActivityWatch clients_;
  duckdb::Connection connection_;
  RowBatch collecting_;
  // Of the decoding thread, and of the caller's when that has ended.
  RowBatch decoding_;
  std::vector<vectors::ColumnDecoder> decoders_;
  duckdb::DataChunk chunk_;       // As the rows are decoded.
  duckdb::DataChunk file_chunk_;  // The same with the types of the file.
  duckdb::unique_ptr<duckdb::ColumnDataCollection> group_;
  SegmentMeta meta_;
  // Of the encoding thread likewise.
  duckdb::unique_ptr<duckdb::ColumnDataCollection> encoding_;
  duckdb::unique_ptr<duckdb::ParquetWriter> writer_;
  // Last: the end of both is waited for before anything they use goes. The decoding thread sets
  // `encode_`, and ends first.
  std::future<Status> encode_;
  std::future<Status> decode_;
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
                                                               const types::Schema& schema,
                                                               const types::TableLayout& layout) {
  return CallEngine(path, [&]() -> StatusOr<std::unique_ptr<SegmentWriter>> {
    return std::make_unique<Writer>(engine, path, schema, layout);
  });
}

}  // namespace kalamdb::cold
