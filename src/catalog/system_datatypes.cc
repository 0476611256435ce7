// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

namespace {

struct DatatypeRow {
  const char* arrow_type;
  const char* kalam_type;
  const char* sql_name;
  const char* description;
};

// Every name that CREATE TABLE takes, and what comes of it.
constexpr DatatypeRow kDatatypes[] = {
    {"Boolean", "Boolean", "BOOLEAN", "true or false"},
    {"Boolean", "Boolean", "BOOL", "Same as BOOLEAN"},
    {"Int16", "SmallInt", "SMALLINT", "16-bit integer"},
    {"Int16", "SmallInt", "INT2", "Same as SMALLINT"},
    {"Int32", "Int", "INT", "32-bit integer"},
    {"Int32", "Int", "INTEGER", "Same as INT"},
    {"Int32", "Int", "INT4", "Same as INT"},
    {"Int64", "BigInt", "BIGINT", "64-bit integer"},
    {"Int64", "BigInt", "INT8", "Same as BIGINT"},
    {"Float32", "Float", "FLOAT", "32-bit floating-point number"},
    {"Float32", "Float", "REAL", "Same as FLOAT"},
    {"Float64", "Double", "DOUBLE", "64-bit floating-point number"},
    {"Float64", "Double", "DOUBLE PRECISION", "Same as DOUBLE"},
    {"Decimal128(p, s)", "Decimal", "DECIMAL(p,s)",
     "Exact number of p digits (1 to 38), s of them after the point"},
    {"Decimal128(p, s)", "Decimal", "NUMERIC(p,s)", "Same as DECIMAL"},
    {"Utf8", "Text", "TEXT", "UTF-8 text"},
    {"Utf8", "Text", "VARCHAR", "Same as TEXT; a length is not enforced"},
    {"Utf8", "Text", "STRING", "Same as TEXT"},
    {"Binary", "Bytes", "BYTES", "Bytes"},
    {"Binary", "Bytes", "BYTEA", "Same as BYTES"},
    {"Binary", "Bytes", "BLOB", "Same as BYTES"},
    {"Utf8", "Json", "JSON", "A JSON document, checked when it is stored"},
    {"Utf8", "Json", "JSONB", "Same as JSON"},
    {"Timestamp(Microsecond)", "Timestamp", "TIMESTAMP", "Date and time without a zone"},
    {"Timestamp(Microsecond, UTC)", "DateTime", "DATETIME", "Moment in time, kept in UTC"},
    {"Date32", "Date", "DATE", "Calendar day"},
    {"Time64(Microsecond)", "Time", "TIME", "Time of day"},
    {"FixedSizeBinary(16)", "Uuid", "UUID", "128-bit identifier"},
    {"FixedSizeList(Float32, n)", "Embedding", "EMBEDDING(n)", "Vector of n 32-bit numbers"},
    {"Utf8", "File", "FILE", "Reference to an attached file"},
    {"Int16", "SmallInt", "SMALLSERIAL", "SMALLINT that counts by itself"},
    {"Int32", "Int", "SERIAL", "INT that counts by itself"},
    {"Int64", "BigInt", "BIGSERIAL", "BIGINT with a new snowflake id by itself"},
};

}  // namespace

SystemTable MakeSystemDatatypes() {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "datatypes";
  table.schema = SystemSchema({{"arrow_type", kText, kNotNull},
                               {"kalam_type", kText, kNotNull},
                               {"sql_name", kText, kKey},
                               {"description", kText, kNotNull}});
  table.rows = [](Role) {
    std::vector<types::Row> rows;
    for (const DatatypeRow& type : kDatatypes) {
      rows.push_back({TextValue(type.arrow_type), TextValue(type.kalam_type),
                      TextValue(type.sql_name), TextValue(type.description)});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
