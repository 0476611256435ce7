// SPDX-License-Identifier: Apache-2.0
#include "catalog/table_json.h"

#include <algorithm>

#include <fmt/format.h>

#include "types/json_codec.h"
#include "types/text_format.h"

namespace kalamdb::catalog {

namespace {

using types::DefaultKind;
using types::TypeId;

std::string Quoted(std::string_view text) {
  std::string json;
  types::AppendJsonString(text, &json);
  return json;
}

std::string_view Bool(bool value) { return value ? "true" : "false"; }

std::string FunctionCall(std::string_view name) {
  return fmt::format(R"({{"FunctionCall":{{"name":"{}","args":[]}}}})", name);
}

std::string DefaultJson(const ListedColumn& column) {
  if (column.declared == nullptr) {
    return column.name == types::kDeletedName ? R"({"Literal":false})" : R"("None")";
  }
  const types::ColumnDefault& value = column.declared->default_value;
  switch (value.kind) {
    case DefaultKind::kNone:
      return R"("None")";
    case DefaultKind::kLiteral: {
      std::string json = R"({"Literal":)";
      types::AppendJsonValue(value.literal, column.type, &json);
      return json + "}";
    }
    case DefaultKind::kNow:
      return FunctionCall("NOW");
    case DefaultKind::kSnowflakeId:
      return FunctionCall("SNOWFLAKE_ID");
    case DefaultKind::kUuidV7:
      return FunctionCall("UUID_V7");
    case DefaultKind::kUlid:
      return FunctionCall("ULID");
    case DefaultKind::kCurrentUser:
      return FunctionCall("CURRENT_USER");
    case DefaultKind::kSerial:
      return FunctionCall("SERIAL");
    case DefaultKind::kExpression:
      return R"({"Expression":)" + Quoted(value.expression) + "}";
  }
  return R"("None")";
}

std::string ArrowType(const types::DataType& type) {
  switch (type.id) {
    case TypeId::kBoolean:
      return R"("Boolean")";
    case TypeId::kSmallInt:
      return R"("Int16")";
    case TypeId::kInt:
      return R"("Int32")";
    case TypeId::kBigInt:
      return R"("Int64")";
    case TypeId::kFloat:
      return R"("Float32")";
    case TypeId::kDouble:
      return R"("Float64")";
    case TypeId::kText:
    case TypeId::kJson:
    case TypeId::kFile:
      return R"("Utf8")";
    case TypeId::kTimestamp:
      return R"({"Timestamp":["Microsecond",null]})";
    case TypeId::kDateTime:
      return R"({"Timestamp":["Microsecond","UTC"]})";
    case TypeId::kDate:
      return R"("Date32")";
    case TypeId::kTime:
      return R"({"Time64":"Microsecond"})";
    case TypeId::kBytes:
      return R"("Binary")";
    case TypeId::kUuid:
      return R"({"FixedSizeBinary":16})";
    case TypeId::kDecimal:
      return fmt::format(R"({{"Decimal128":[{},{}]}})", type.precision, type.scale);
    case TypeId::kHugeInt:
      return R"({"Decimal128":[38,0]})";
    case TypeId::kEmbedding:
      return fmt::format(
          R"({{"FixedSizeList":[{{"name":"item","data_type":"Float32","nullable":false,"metadata":{{}}}},{}]}})",
          type.dimension);
  }
  return R"("Utf8")";
}

// "5m" for 300: in the largest unit that divides it.
std::string Duration(int64_t seconds) {
  struct Unit {
    int64_t seconds;
    char letter;
  };
  for (const Unit unit : {Unit{86'400, 'd'}, Unit{3'600, 'h'}, Unit{60, 'm'}}) {
    if (seconds % unit.seconds == 0) {
      return fmt::format("{}{}", seconds / unit.seconds, unit.letter);
    }
  }
  return fmt::format("{}s", seconds);
}

std::string MaxBufferJson(const StreamOptions& stream) {
  return stream.max_buffer.has_value() ? std::to_string(*stream.max_buffer) : "null";
}

std::string FlushOption(const FlushPolicy& policy) {
  if (policy.rows && policy.interval_seconds) {
    return fmt::format(R"({{"type":"combined","row_limit":{},"interval_seconds":{}}})",
                       *policy.rows, *policy.interval_seconds);
  }
  if (policy.rows) {
    return fmt::format(R"({{"type":"row_limit","row_limit":{}}})", *policy.rows);
  }
  if (policy.interval_seconds) {
    return fmt::format(R"({{"type":"time_interval","interval_seconds":{}}})",
                       *policy.interval_seconds);
  }
  return "null";
}

const types::Column* FindById(const types::Schema& schema, uint32_t id) {
  const auto found = std::ranges::find(schema.columns, id, &types::Column::id);
  return found == schema.columns.end() ? nullptr : &*found;
}

void AppendChange(std::string_view operation, std::string_view column, std::string_view more,
                  std::string* out) {
  *out += out->size() > 1 ? "," : "";
  *out += fmt::format(R"({{"operation":"{}","column":{}{}}})", operation, Quoted(column), more);
}

void AppendColumnChanges(const types::Column& was, const types::Column& is, std::string* out) {
  if (was.name != is.name) {
    AppendChange("rename_column", is.name, R"(,"from":)" + Quoted(was.name), out);
  }
  if (was.type != is.type) {
    AppendChange(
        "change_type", is.name,
        fmt::format(R"(,"from":{},"to":{})", types::WireName(was.type), types::WireName(is.type)),
        out);
  }
  if (was.is_nullable != is.is_nullable) {
    AppendChange(is.is_nullable ? "drop_not_null" : "set_not_null", is.name, "", out);
  }
  const types::ColumnDefault& before = was.default_value;
  const types::ColumnDefault& after = is.default_value;
  if (before.kind != after.kind || !(before.literal == after.literal) ||
      before.expression != after.expression) {
    AppendChange(after.kind == DefaultKind::kNone ? "drop_default" : "set_default", is.name, "",
                 out);
  }
}

}  // namespace

std::string ColumnsJson(const types::Schema& schema, bool is_stored) {
  std::string json = "[";
  for (const ListedColumn& column : ListColumns(schema, is_stored)) {
    json += json.size() > 1 ? "," : "";
    json += fmt::format(
        R"({{"column_id":{},"column_name":{},"column_comment":null,"data_type":{},"default_value":{},)"
        R"("ordinal_position":{},"is_nullable":{},"is_primary_key":{},"is_partition_key":false}})",
        column.id, Quoted(column.name), types::WireName(column.type), DefaultJson(column),
        column.ordinal, Bool(column.is_nullable), Bool(column.key_position > 0));
  }
  return json + "]";
}

std::string OptionsJson(const ListedTable& table) {
  if (table.stored == nullptr) {
    return R"({"table_type":"SYSTEM","read_only":true})";
  }
  const TableOptions& options = table.stored->options;
  if (table.stored->is_stream()) {
    const StreamOptions& stream = options.stream;
    return fmt::format(R"({{"table_type":"STREAM","ttl_seconds":{},"ephemeral":{},"max_buffer":{},)"
                       R"("eviction_strategy":"time_based"}})",
                       stream.ttl_seconds, Bool(stream.is_ephemeral), MaxBufferJson(stream));
  }
  std::string json = fmt::format(R"({{"table_type":"{}","storage_id":{})",
                                 table.stored->kind == TableKind::kUser ? "USER" : "SHARED",
                                 Quoted(options.storage_id));
  if (table.stored->kind == TableKind::kUser) {
    json += fmt::format(R"(,"use_user_storage":{})", Bool(options.use_user_storage));
  } else {
    json += fmt::format(R"(,"access_level":"{}")", AccessLevelName(options.access_level));
  }
  return json + fmt::format(R"(,"flush_policy":{},"compression":"zstd"}})",
                            FlushOption(options.flush_policy));
}

std::optional<std::string> FlushPolicyJson(const FlushPolicy& policy) {
  if (policy == FlushPolicy{}) {
    return std::nullopt;
  }
  std::string json = "{";
  if (policy.rows) {
    json += fmt::format(R"("rows":{})", *policy.rows);
  }
  if (policy.interval_seconds) {
    json += policy.rows ? "," : "";
    json += fmt::format(R"("interval":"{}")", Duration(*policy.interval_seconds));
  }
  return json + "}";
}

std::optional<std::string> StreamConfigJson(const TableDef& table) {
  if (!table.is_stream()) {
    return std::nullopt;
  }
  const StreamOptions& stream = table.options.stream;
  return fmt::format(R"({{"retention":"{}","ephemeral":{},"max_buffer":{}}})",
                     Duration(stream.ttl_seconds), Bool(stream.is_ephemeral),
                     MaxBufferJson(stream));
}

std::optional<std::string> RetentionText(const TableOptions& options) {
  if (!options.deleted_retention_seconds.has_value()) {
    return std::nullopt;
  }
  return *options.deleted_retention_seconds == 0 ? "off"
                                                 : Duration(*options.deleted_retention_seconds);
}

std::string ArrowSchemaJson(const types::Schema& schema, bool is_stored) {
  std::string json = R"({"fields":[)";
  bool is_first = true;
  for (const ListedColumn& column : ListColumns(schema, is_stored, /*is_with_updated=*/is_stored)) {
    json += is_first ? "" : ",";
    is_first = false;
    json += fmt::format(R"({{"name":{},"data_type":{},"nullable":{},"metadata":{{}}}})",
                        Quoted(column.name), ArrowType(column.type), Bool(column.is_nullable));
  }
  return json + R"(],"metadata":{}})";
}

std::string SchemaChangesJson(const types::Schema* previous, const types::Schema& next) {
  if (previous == nullptr) {
    return R"([{"operation":"create_table"}])";
  }
  std::string json = "[";
  for (const types::Column& was : previous->columns) {
    if (const types::Column* is = FindById(next, was.id)) {
      AppendColumnChanges(was, *is, &json);
    } else {
      AppendChange("drop_column", was.name, "", &json);
    }
  }
  for (const types::Column& is : next.columns) {
    if (FindById(*previous, is.id) == nullptr) {
      AppendChange("add_column", is.name, R"(,"data_type":)" + types::WireName(is.type), &json);
    }
  }
  return json + "]";
}

}  // namespace kalamdb::catalog
