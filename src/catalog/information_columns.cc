// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"
#include "catalog/table_listing.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

namespace {

// What PostgreSQL's information_schema says about a type.
struct StandardType {
  const char* data_type = "USER-DEFINED";
  const char* udt_name = "";
  types::Value precision = {};  // Of numbers, in `radix`.
  types::Value radix = {};
  types::Value scale = {};
  types::Value time_digits = {};
};

StandardType Number(const char* data_type, const char* udt_name, int64_t bits) {
  return {.data_type = data_type,
          .udt_name = udt_name,
          .precision = types::Value(bits),
          .radix = types::Value(int64_t{2})};
}

StandardType Integer(const char* data_type, const char* udt_name, int64_t bits) {
  StandardType type = Number(data_type, udt_name, bits);
  type.scale = types::Value(int64_t{0});
  return type;
}

StandardType Time(const char* data_type, const char* udt_name, int64_t digits) {
  return {.data_type = data_type, .udt_name = udt_name, .time_digits = types::Value(digits)};
}

StandardType Decimal(int64_t precision, int64_t scale) {
  return {.data_type = "numeric",
          .udt_name = "numeric",
          .precision = types::Value(precision),
          .radix = types::Value(int64_t{10}),
          .scale = types::Value(scale)};
}

StandardType StandardTypeOf(const types::DataType& type) {
  switch (type.id) {
    case kBoolean:
      return {.data_type = "boolean", .udt_name = "bool"};
    case kSmallInt:
      return Integer("smallint", "int2", 16);
    case kInt:
      return Integer("integer", "int4", 32);
    case kBigInt:
      return Integer("bigint", "int8", 64);
    case kFloat:
      return Number("real", "float4", 24);
    case kDouble:
      return Number("double precision", "float8", 53);
    case kDecimal:
      return Decimal(type.precision, type.scale);
    case kHugeInt:
      return Decimal(38, 0);
    case kText:
      return {.data_type = "text", .udt_name = "text"};
    case kJson:
      return {.data_type = "json", .udt_name = "json"};
    case kBytes:
      return {.data_type = "bytea", .udt_name = "bytea"};
    case kTimestamp:
      return Time("timestamp without time zone", "timestamp", 6);
    case kDateTime:
      return Time("timestamp with time zone", "timestamptz", 6);
    case kDate:
      return Time("date", "date", 0);
    case kTime:
      return Time("time without time zone", "time", 6);
    case kUuid:
      return {.data_type = "uuid", .udt_name = "uuid"};
    case kEmbedding:
      return {.udt_name = "embedding"};
    case kFile:
      return {.udt_name = "file"};
  }
  return {};
}

types::Row RowOf(const ListedTable& table, const ListedColumn& column) {
  StandardType type = StandardTypeOf(column.type);
  const bool is_writable = table.stored != nullptr && column.declared != nullptr;
  return {TextValue(kCatalogName),
          TextValue(table.namespace_id),
          TextValue(table.name),
          TextValue(column.name),
          IntValue(static_cast<int64_t>(column.ordinal)),
          OptionalText(DefaultText(column)),
          YesNoValue(column.is_nullable),
          TextValue(type.data_type),
          types::Value(),
          std::move(type.precision),
          std::move(type.radix),
          std::move(type.scale),
          std::move(type.time_digits),
          TextValue(type.udt_name),
          YesNoValue(is_writable)};
}

}  // namespace

SystemTable MakeInformationColumns(const Catalog& catalog, const SystemTables& computed) {
  SystemTable table;
  table.namespace_id = "information_schema";
  table.name = "columns";
  table.is_admin_only = false;
  table.schema = SystemSchema({{"table_catalog", kText, kNotNull},
                               {"table_schema", kText, kKey},
                               {"table_name", kText, kKey},
                               {"column_name", kText, kKey},
                               {"ordinal_position", kInt, kNotNull},
                               {"column_default", kText},
                               {"is_nullable", kText, kNotNull},
                               {"data_type", kText, kNotNull},
                               {"character_maximum_length", kInt},
                               {"numeric_precision", kInt},
                               {"numeric_precision_radix", kInt},
                               {"numeric_scale", kInt},
                               {"datetime_precision", kInt},
                               {"udt_name", kText, kNotNull},
                               {"is_updatable", kText, kNotNull}});
  table.rows = [&catalog, &computed](Role role) {
    std::vector<types::Row> rows;
    for (const ListedTable& listed : ListVisibleTables(catalog, computed, role)) {
      for (const ListedColumn& column : ListColumns(*listed.schema, listed.stored != nullptr)) {
        rows.push_back(RowOf(listed, column));
      }
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
