// SPDX-License-Identifier: Apache-2.0
#include "vectors/column_decoder.h"

#include <cstring>
#include <string_view>

#include "duckdb/common/types/hugeint.hpp"
#include "duckdb/common/types/string_type.hpp"

#include "vectors/types.h"

namespace kalamdb::vectors {

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

void ColumnDecoder::Put(CommitSeq seq, const types::RowView& row, duckdb::idx_t index) {
  switch (source_.kind) {
    case ColumnSource::Kind::kColumn:
      if (row.IsNull(source_.position)) {
        duckdb::FlatVector::SetNull(*vector_, index, true);
      } else {
        PutStored(row, index);
      }
      return;
    case ColumnSource::Kind::kSeq:
      Store(index, static_cast<int64_t>(seq.value));
      return;
    case ColumnSource::Kind::kDeleted:
      Store(index, row.is_deleted());
      return;
    case ColumnSource::Kind::kUpdated:
      Store(index, SeqTimeMicros(seq));
      return;
    case ColumnSource::Kind::kNothing:
      return;
  }
}

void ColumnDecoder::PutStored(const types::RowView& row, duckdb::idx_t index) {
  const size_t column = source_.position;
  switch (type_.id) {
    case TypeId::kBoolean:
      Store(index, row.Bool(column));
      return;
    case TypeId::kSmallInt:
      Store(index, static_cast<int16_t>(row.Int(column)));
      return;
    case TypeId::kInt:
    case TypeId::kDate:
      Store(index, static_cast<int32_t>(row.Int(column)));
      return;
    case TypeId::kBigInt:
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
    case TypeId::kTime:
      Store(index, row.Int(column));
      return;
    case TypeId::kFloat:
      Store(index, static_cast<float>(row.Double(column)));
      return;
    case TypeId::kDouble:
      Store(index, row.Double(column));
      return;
    case TypeId::kDecimal:
      PutDecimal(row.Decimal(column), index);
      return;
    case TypeId::kHugeInt:
      Store(index, ToHugeint(row.Decimal(column)));
      return;
    case TypeId::kUuid:
      Store(index, UuidToHugeint(row.Bytes(column)));
      return;
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kFile:
    case TypeId::kBytes: {
      const std::string_view bytes = row.Bytes(column);
      const auto size = static_cast<uint32_t>(bytes.size());
      Store(index, size <= duckdb::string_t::INLINE_LENGTH
                       ? duckdb::string_t(bytes.data(), size)
                       : duckdb::StringVector::AddStringOrBlob(*vector_, bytes.data(), size));
      return;
    }
    case TypeId::kEmbedding: {
      const std::string_view bytes = row.Bytes(column);
      std::memcpy(data_ + index * bytes.size(), bytes.data(), bytes.size());
      return;
    }
  }
}

void ColumnDecoder::PutDecimal(types::Int128 value, duckdb::idx_t index) {
  // The engine keeps a DECIMAL in the narrowest integer that fits its digits.
  if (type_.precision <= 4) {
    Store(index, static_cast<int16_t>(value));
  } else if (type_.precision <= 9) {
    Store(index, static_cast<int32_t>(value));
  } else if (type_.precision <= 18) {
    Store(index, static_cast<int64_t>(value));
  } else {
    Store(index, ToHugeint(value));
  }
}

}  // namespace kalamdb::vectors
