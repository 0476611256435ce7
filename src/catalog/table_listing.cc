// SPDX-License-Identifier: Apache-2.0
#include "catalog/table_listing.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "catalog/system_tables.h"
#include "types/text_format.h"

namespace kalamdb::catalog {

namespace {

// 'it''s'; numbers and true and false without quotes.
std::string LiteralText(const types::Value& value, const types::DataType& type) {
  std::string text = types::FormatValue(value, type);
  const bool is_bare = value.is_null() || value.is_bool() || types::IsInteger(type.id) ||
                       types::IsFloating(type.id) || type.id == types::TypeId::kDecimal;
  if (is_bare) {
    return text;
  }
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c;
    if (c == '\'') {
      quoted += '\'';
    }
  }
  return quoted + "'";
}

}  // namespace

std::string ListedTable::Id() const {
  std::string id(namespace_id);
  id += ':';
  id += name;
  return id;
}

bool IsVisible(const TableDef& table, Role role) {
  return IsAdmin(role) || table.kind != TableKind::kShared ||
         table.options.access_level != AccessLevel::kDba;
}

ListedTable ListedOf(const TableDefPtr& table) {
  return {.namespace_id = table->namespace_id,
          .name = table->name,
          .kind = TableKindName(table->kind),
          .schema = &table->schema(),
          .stored = table};
}

ListedTable ListedOf(const SystemTable& table) {
  return {.namespace_id = table.namespace_id,
          .name = table.name,
          .kind = "system",
          .schema = &table.schema,
          .stored = nullptr};
}

std::vector<ListedTable> ListVisibleTables(const Catalog& catalog, const SystemTables& computed,
                                           Role role) {
  std::vector<ListedTable> all;
  for (const TableDefPtr& table : catalog.ListTables()) {
    if (IsVisible(*table, role)) {
      all.push_back(ListedOf(table));
    }
  }
  for (const SystemTable& table : computed.tables()) {
    if (!table.is_admin_only || IsAdmin(role)) {
      all.push_back(ListedOf(table));
    }
  }
  std::ranges::sort(
      all, {}, [](const ListedTable& table) { return std::tie(table.namespace_id, table.name); });
  return all;
}

std::vector<ListedColumn> ListColumns(const types::Schema& schema, bool is_stored,
                                      bool is_with_updated) {
  std::vector<ListedColumn> all;
  all.reserve(schema.columns.size() + 3);
  const auto add = [&all](ListedColumn column) {
    column.ordinal = static_cast<uint32_t>(all.size() + 1);
    all.push_back(column);
  };
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const types::Column& column = schema.columns[i];
    const auto in_key = std::ranges::find(schema.key, static_cast<uint32_t>(i));
    add({.name = column.name,
         .type = column.type,
         .id = column.id,
         .is_nullable = column.is_nullable,
         .key_position = in_key == schema.key.end()
                             ? 0
                             : static_cast<uint32_t>(in_key - schema.key.begin() + 1),
         .declared = &column});
  }
  if (!is_stored) {
    return all;
  }
  add({.name = types::kSeqName,
       .type = types::TypeOf(types::TypeId::kBigInt),
       .id = kSeqColumnId,
       .is_nullable = false});
  add({.name = types::kDeletedName,
       .type = types::TypeOf(types::TypeId::kBoolean),
       .id = kDeletedColumnId,
       .is_nullable = false});
  if (is_with_updated) {
    add({.name = types::kUpdatedName,
         .type = types::TypeOf(types::TypeId::kTimestamp),
         .id = kUpdatedColumnId,
         .is_nullable = false});
  }
  return all;
}

std::optional<std::string> DefaultText(const ListedColumn& column) {
  if (column.declared == nullptr) {
    return column.name == types::kDeletedName ? std::optional<std::string>("false") : std::nullopt;
  }
  const types::ColumnDefault& value = column.declared->default_value;
  switch (value.kind) {
    case types::DefaultKind::kNone:
      return std::nullopt;
    case types::DefaultKind::kLiteral:
      return LiteralText(value.literal, column.type);
    case types::DefaultKind::kNow:
      return "NOW()";
    case types::DefaultKind::kSnowflakeId:
      return "SNOWFLAKE_ID()";
    case types::DefaultKind::kUuidV7:
      return "UUID_V7()";
    case types::DefaultKind::kUlid:
      return "ULID()";
    case types::DefaultKind::kCurrentUser:
      return "CURRENT_USER()";
    case types::DefaultKind::kSerial:
      return "SERIAL";
    case types::DefaultKind::kExpression:
      return value.expression;
  }
  return std::nullopt;
}

}  // namespace kalamdb::catalog
