// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "types/json_codec.h"
#include "types/row_codec.h"

namespace kalamdb::types {
namespace {

Schema SchemaOf(uint32_t version, const std::vector<std::pair<uint32_t, DataType>>& columns) {
  Schema schema;
  schema.version = version;
  for (const auto& [id, type] : columns) {
    Column& column = schema.columns.emplace_back();
    column.id = id;
    column.name = "c" + std::to_string(id);
    column.type = type;
  }
  schema.key = {0};
  return schema;
}

// Two versions, so that rows of the first are widened, converted and completed while they are read.
std::vector<Schema> Versions() {
  const DataType decimal = {TypeId::kDecimal, 10, 2, 0};
  const DataType wider = {TypeId::kDecimal, 20, 4, 0};
  const DataType embedding = {TypeId::kEmbedding, 0, 0, 2};
  std::vector<Schema> versions;
  versions.push_back(SchemaOf(1, {{1, TypeOf(TypeId::kInt)},
                                  {2, TypeOf(TypeId::kText)},
                                  {3, decimal},
                                  {4, TypeOf(TypeId::kDate)},
                                  {5, TypeOf(TypeId::kFloat)},
                                  {6, TypeOf(TypeId::kUuid)},
                                  {7, embedding},
                                  {8, TypeOf(TypeId::kBytes)},
                                  {9, TypeOf(TypeId::kBoolean)}}));
  versions.push_back(SchemaOf(2, {{1, wider},
                                  {2, TypeOf(TypeId::kText)},
                                  {3, wider},
                                  {4, TypeOf(TypeId::kTimestamp)},
                                  {5, TypeOf(TypeId::kDouble)},
                                  {6, TypeOf(TypeId::kUuid)},
                                  {7, embedding},
                                  {10, TypeOf(TypeId::kJson)},
                                  {9, TypeOf(TypeId::kBoolean)}}));
  versions.back().columns[7].default_value = {DefaultKind::kLiteral, Value("{}"), "'{}'"};
  return versions;
}

void ReadRow(std::string_view bytes) {
  static const std::vector<Schema> kVersions = Versions();
  static const TableLayout kLayout(kVersions);
  const Schema& schema = kVersions.back();
  const auto view = RowView::Open(kLayout, bytes);
  if (!view.has_value()) {
    KALAMDB_CHECK(view.error().code() == StatusCode::kCorruption);
    return;
  }
  // The texts are lengths within the row: all of them together cannot be longer than it.
  const Row row = view->ToRow();
  KALAMDB_CHECK(row.size() == schema.columns.size());
  std::string json;
  for (size_t i = 0; i < row.size(); ++i) {
    KALAMDB_CHECK(row[i].is_null() == view->IsNull(i));
    KALAMDB_CHECK(!row[i].is_string() || row[i].AsString().size() <= bytes.size());
    AppendJsonColumn(*view, i, schema.columns[i].type, &json);
  }
  KALAMDB_CHECK(RowView::Open(kLayout, AsTombstone(bytes)).value().is_deleted());
}

}  // namespace
}  // namespace kalamdb::types

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  kalamdb::types::ReadRow(input);
  if (const auto schema = kalamdb::types::DecodeSchema(input); schema.has_value()) {
    std::string again;
    kalamdb::types::EncodeSchema(*schema, &again);  // Aborts on a schema that is not sound.
    KALAMDB_CHECK(kalamdb::types::DecodeSchema(again).has_value());
  }
  return 0;
}
