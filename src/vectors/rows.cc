// SPDX-License-Identifier: Apache-2.0
#include "vectors/rows.h"

#include <string_view>

#include "duckdb/common/types/hugeint.hpp"
#include "duckdb/common/types/string_type.hpp"

#include "vectors/types.h"

namespace kalamdb::vectors {

namespace {

using duckdb::idx_t;
using duckdb::UnifiedVectorFormat;
using types::Row;
using types::TypeId;
using types::Value;

// Sets column `column` of every row to make(element), NULL where the vector has NULL.
template <class T, class Make>
void Fill(const UnifiedVectorFormat& format, size_t column, std::vector<Row>* rows, Make&& make) {
  const T* elements = UnifiedVectorFormat::GetData<T>(format);
  for (size_t i = 0; i < rows->size(); ++i) {
    const idx_t index = format.sel->get_index(i);
    if (format.validity.RowIsValid(index)) {
      (*rows)[i][column] = make(elements[index]);
    }
  }
}

template <class T>
void FillIntegers(const UnifiedVectorFormat& format, size_t column, std::vector<Row>* rows) {
  Fill<T>(format, column, rows, [](T element) { return Value(static_cast<int64_t>(element)); });
}

void FillDecimals(const UnifiedVectorFormat& format, duckdb::PhysicalType physical, size_t column,
                  std::vector<Row>* rows) {
  const auto widen = [](auto element) { return Value(types::Int128{element}); };
  switch (physical) {
    case duckdb::PhysicalType::INT16:
      return Fill<int16_t>(format, column, rows, widen);
    case duckdb::PhysicalType::INT32:
      return Fill<int32_t>(format, column, rows, widen);
    case duckdb::PhysicalType::INT64:
      return Fill<int64_t>(format, column, rows, widen);
    default:
      return Fill<duckdb::hugeint_t>(format, column, rows, [](const duckdb::hugeint_t& element) {
        return Value(FromHugeint(element));
      });
  }
}

void FillEmbeddings(duckdb::Vector& vector, uint32_t dimension, size_t column,
                    std::vector<Row>* rows) {
  vector.Flatten(rows->size());
  duckdb::Vector& child = duckdb::ArrayVector::GetEntry(vector);
  child.Flatten(rows->size() * dimension);
  const auto* elements = reinterpret_cast<const char*>(duckdb::FlatVector::GetData<float>(child));
  const size_t bytes = dimension * sizeof(float);
  for (size_t i = 0; i < rows->size(); ++i) {
    if (!duckdb::FlatVector::IsNull(vector, i)) {
      (*rows)[i][column] = Value(std::string_view(elements + i * bytes, bytes));
    }
  }
}

}  // namespace

void FillColumn(duckdb::Vector& vector, const types::DataType& type, size_t column,
                std::vector<Row>* rows) {
  if (type.id == TypeId::kEmbedding) {
    return FillEmbeddings(vector, type.dimension, column, rows);
  }
  UnifiedVectorFormat format;
  vector.ToUnifiedFormat(rows->size(), format);
  switch (type.id) {
    case TypeId::kBoolean:
      return Fill<bool>(format, column, rows, [](bool element) { return Value(element); });
    case TypeId::kSmallInt:
      return FillIntegers<int16_t>(format, column, rows);
    case TypeId::kInt:
    case TypeId::kDate:
      return FillIntegers<int32_t>(format, column, rows);
    case TypeId::kBigInt:
    case TypeId::kTimestamp:
    case TypeId::kDateTime:
    case TypeId::kTime:
      return FillIntegers<int64_t>(format, column, rows);
    case TypeId::kFloat:
      return Fill<float>(format, column, rows,
                         [](float element) { return Value(static_cast<double>(element)); });
    case TypeId::kDouble:
      return Fill<double>(format, column, rows, [](double element) { return Value(element); });
    case TypeId::kHugeInt:
      return Fill<duckdb::hugeint_t>(format, column, rows, [](const duckdb::hugeint_t& element) {
        return Value(FromHugeint(element));
      });
    case TypeId::kUuid:
      return Fill<duckdb::hugeint_t>(format, column, rows, [](const duckdb::hugeint_t& element) {
        return Value(UuidFromHugeint(element));
      });
    case TypeId::kDecimal:
      return FillDecimals(format, vector.GetType().InternalType(), column, rows);
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kFile:
    case TypeId::kBytes:
      return Fill<duckdb::string_t>(format, column, rows, [](const duckdb::string_t& element) {
        return Value(std::string_view(element.GetData(), element.GetSize()));
      });
    case TypeId::kEmbedding:
      return;
  }
}

}  // namespace kalamdb::vectors
