// SPDX-License-Identifier: Apache-2.0
#include "vectors/column_decoder.h"

#include <cstring>
#include <string_view>

#include "duckdb/common/types/hugeint.hpp"
#include "duckdb/common/types/string_type.hpp"

#include "vectors/types.h"

namespace kalamdb::vectors {

using duckdb::idx_t;
using types::RowView;
using types::TypeId;

void ColumnDecoder::Begin(duckdb::Vector& vector) {
  vector_ = &vector;
  if (source_.kind == ColumnSource::Kind::kNothing) {
    return;
  }
  data_ = type_.id == TypeId::kEmbedding && source_.kind == ColumnSource::Kind::kColumn
              ? duckdb::FlatVector::GetData(duckdb::ArrayVector::GetEntry(vector))
              : duckdb::FlatVector::GetData(vector);
}

template <class T, class Make>
void ColumnDecoder::Fill(std::span<const PlacedRow> rows, idx_t index, Make&& make) {
  T* elements = reinterpret_cast<T*>(data_) + index;
  for (const PlacedRow& placed : rows) {
    *elements++ = make(placed);
  }
}

template <class T, class Make>
void ColumnDecoder::FillStored(std::span<const PlacedRow> rows, idx_t index, Make&& make) {
  T* elements = reinterpret_cast<T*>(data_) + index;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].row.IsNull(source_.position)) {
      duckdb::FlatVector::SetNull(*vector_, index + i, true);
    } else {
      elements[i] = make(rows[i].row);
    }
  }
}

void ColumnDecoder::Put(std::span<const PlacedRow> rows, idx_t index) {
  switch (source_.kind) {
    case ColumnSource::Kind::kColumn:
      return PutStored(rows, index);
    case ColumnSource::Kind::kSeq:
      return Fill<int64_t>(rows, index, [](const PlacedRow& placed) {
        return static_cast<int64_t>(placed.seq.value);
      });
    case ColumnSource::Kind::kDeleted:
      return Fill<bool>(rows, index,
                        [](const PlacedRow& placed) { return placed.row.is_deleted(); });
    case ColumnSource::Kind::kUpdated:
      return Fill<int64_t>(rows, index,
                           [](const PlacedRow& placed) { return SeqTimeMicros(placed.seq); });
    case ColumnSource::Kind::kNothing:
      return;
  }
}

void ColumnDecoder::PutStored(std::span<const PlacedRow> rows, idx_t index) {
  const size_t column = source_.position;
  switch (type_.id) {
    case TypeId::kBoolean:
      return FillStored<bool>(rows, index, [&](const RowView& row) { return row.Bool(column); });
    case TypeId::kSmallInt:
      return FillStored<int16_t>(
          rows, index, [&](const RowView& row) { return static_cast<int16_t>(row.Int(column)); });
    case TypeId::kInt:
    case TypeId::kDate:
      return FillStored<int32_t>(
          rows, index, [&](const RowView& row) { return static_cast<int32_t>(row.Int(column)); });
    case TypeId::kBigInt:
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
    case TypeId::kTime:
      return FillStored<int64_t>(rows, index, [&](const RowView& row) { return row.Int(column); });
    case TypeId::kFloat:
      return FillStored<float>(
          rows, index, [&](const RowView& row) { return static_cast<float>(row.Double(column)); });
    case TypeId::kDouble:
      return FillStored<double>(rows, index,
                                [&](const RowView& row) { return row.Double(column); });
    case TypeId::kDecimal:
      return PutDecimals(rows, index);
    case TypeId::kHugeInt:
      return FillStored<duckdb::hugeint_t>(
          rows, index, [&](const RowView& row) { return ToHugeint(row.Decimal(column)); });
    case TypeId::kUuid:
      return FillStored<duckdb::hugeint_t>(
          rows, index, [&](const RowView& row) { return UuidToHugeint(row.Bytes(column)); });
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kFile:
    case TypeId::kBytes:
      return FillStored<duckdb::string_t>(rows, index, [&](const RowView& row) {
        const std::string_view bytes = row.Bytes(column);
        const auto size = static_cast<uint32_t>(bytes.size());
        return size <= duckdb::string_t::INLINE_LENGTH
                   ? duckdb::string_t(bytes.data(), size)
                   : duckdb::StringVector::AddStringOrBlob(*vector_, bytes.data(), size);
      });
    case TypeId::kEmbedding:
      return PutEmbeddings(rows, index);
  }
}

// The engine keeps a DECIMAL in the narrowest integer that fits its digits.
void ColumnDecoder::PutDecimals(std::span<const PlacedRow> rows, idx_t index) {
  const auto fill = [&]<class T>(T) {
    FillStored<T>(rows, index, [&](const RowView& row) {
      return static_cast<T>(row.Decimal(source_.position));
    });
  };
  if (type_.precision <= 4) {
    fill(int16_t{});
  } else if (type_.precision <= 9) {
    fill(int32_t{});
  } else if (type_.precision <= 18) {
    fill(int64_t{});
  } else {
    FillStored<duckdb::hugeint_t>(
        rows, index, [&](const RowView& row) { return ToHugeint(row.Decimal(source_.position)); });
  }
}

void ColumnDecoder::PutEmbeddings(std::span<const PlacedRow> rows, idx_t index) {
  for (const PlacedRow& placed : rows) {
    if (placed.row.IsNull(source_.position)) {
      duckdb::FlatVector::SetNull(*vector_, index, true);
    } else {
      const std::string_view bytes = placed.row.Bytes(source_.position);
      std::memcpy(data_ + index * bytes.size(), bytes.data(), bytes.size());
    }
    ++index;
  }
}

}  // namespace kalamdb::vectors
