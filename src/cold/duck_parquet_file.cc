// SPDX-License-Identifier: Apache-2.0
#include "cold/duck_parquet_file.h"

#include <utility>

namespace kalamdb::cold {

StatusOr<std::unique_ptr<ParquetFile>> ParquetFile::Open(
    Engine& engine, const Segment& segment, const std::vector<size_t>& columns,
    duckdb::unique_ptr<duckdb::TableFilterSet> filters) {
  std::unique_ptr<ParquetFile> file(new ParquetFile(engine, segment));
  KALAMDB_ASSIGN_OR_RETURN(FooterPtr footer, ReadFooter(engine, segment));
  return CallEngine(segment.file, [&]() -> StatusOr<std::unique_ptr<ParquetFile>> {
    file->reader_ = duckdb::make_uniq<duckdb::ParquetReader>(
        file->context(), duckdb::OpenFileInfo(segment.file), duckdb::ParquetOptions(),
        std::move(footer));
    if (file->reader_->columns.size() != segment.written->columns.size() + 2) {
      return Error(Corruption("segment " + segment.file + " has other columns than its schema"));
    }
    duckdb::vector<duckdb::LogicalType> types;
    for (const size_t column : columns) {
      file->reader_->column_ids.push_back(duckdb::MultiFileLocalColumnId(column));
      file->reader_->column_indexes.emplace_back(column);
      types.push_back(file->reader_->columns[column].type);
    }
    file->reader_->filters = std::move(filters);
    file->chunk_.Initialize(file->context(), types);
    return std::move(file);
  });
}

Status ParquetFile::Begin(duckdb::vector<duckdb::idx_t> groups) {
  return CallEngine(segment_.file, [&]() -> Status {
    reader_->InitializeScan(context(), state_, std::move(groups));
    return {};
  });
}

StatusOr<bool> ParquetFile::Next() {
  return CallEngine(segment_.file, [&]() -> StatusOr<bool> {
    chunk_.Reset();
    reader_->Scan(context(), state_, chunk_);
    return chunk_.size() > 0;
  });
}

}  // namespace kalamdb::cold
