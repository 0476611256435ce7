// SPDX-License-Identifier: Apache-2.0
#include "service/table_rules.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "service/name_rules.h"

namespace kalamdb::service {

namespace {

using catalog::TableKind;
using types::Column;
using types::DefaultKind;
using types::TypeId;

constexpr std::string_view kHiddenKeyName = "_id";
constexpr uint32_t kFlushRowsMax = 999'999;
constexpr uint32_t kFlushSecondsMax = 86'399;
constexpr std::array<std::string_view, 5> kCompressions = {"none", "snappy", "lz4", "gzip", "zstd"};

// Values of these have no one form (-0.0 and 0.0, {"a":1} and { "a": 1 }), or none that a key could
// be compared by.
bool CanBeKey(TypeId type) {
  switch (type) {
    case TypeId::kFloat:
    case TypeId::kDouble:
    case TypeId::kJson:
    case TypeId::kFile:
    case TypeId::kEmbedding:
    case TypeId::kHugeInt:
      return false;
    default:
      return true;
  }
}

Status BadColumn(const Column& column, std::string_view rule) {
  return InvalidArgument(fmt::format("column `{}`: {}", column.name, rule));
}

// What a column of a type takes as a function default.
bool FitsDefault(DefaultKind kind, TypeId type) {
  const bool is_text = type == TypeId::kText;
  switch (kind) {
    case DefaultKind::kNow:
      return types::IsTimestamp(type) || type == TypeId::kDate || type == TypeId::kTime || is_text;
    case DefaultKind::kSnowflakeId:
      return type == TypeId::kBigInt || is_text;
    case DefaultKind::kUuidV7:
      return type == TypeId::kUuid || is_text;
    case DefaultKind::kUlid:
    case DefaultKind::kCurrentUser:
      return is_text;
    case DefaultKind::kSerial:
      return types::IsInteger(type);
    case DefaultKind::kNone:
    case DefaultKind::kLiteral:
    case DefaultKind::kExpression:
      return true;
  }
  return false;
}

std::string_view DefaultName(DefaultKind kind) {
  switch (kind) {
    case DefaultKind::kNow:
      return "NOW()";
    case DefaultKind::kSnowflakeId:
      return "SNOWFLAKE_ID()";
    case DefaultKind::kUuidV7:
      return "UUID_V7()";
    case DefaultKind::kUlid:
      return "ULID()";
    case DefaultKind::kCurrentUser:
      return "CURRENT_USER()";
    case DefaultKind::kSerial:
      return "a counter";
    default:
      return "";
  }
}

Status CheckDefault(const Column& column) {
  const types::ColumnDefault& value = column.default_value;
  if (!FitsDefault(value.kind, column.type.id)) {
    return BadColumn(column, fmt::format("a {} column cannot have {} as its default",
                                         types::SqlName(column.type), DefaultName(value.kind)));
  }
  // The parser has made it a value of the column; what is stored must be one for ever.
  if (value.kind == DefaultKind::kLiteral && !value.literal.is_null() &&
      !types::IsKindOf(value.literal, column.type.id)) {
    return Internal("the default of column `" + column.name + "` is not of its type");
  }
  return {};
}

Status CheckType(const Column& column) {
  const types::DataType& type = column.type;
  if (type.id == TypeId::kHugeInt) {
    return BadColumn(column, "HUGEINT is not a column type: use DECIMAL(38,0)");
  }
  if (type.id == TypeId::kEmbedding &&
      (type.dimension == 0 || type.dimension > limits::kEmbeddingMax)) {
    return BadColumn(column,
                     fmt::format("EMBEDDING takes 1 to {} dimensions", limits::kEmbeddingMax));
  }
  return {};
}

Status CheckKey(types::Schema* schema) {
  std::set<uint32_t> seen;
  for (const uint32_t position : schema->key) {
    if (position >= schema->columns.size()) {
      return Internal("a key column that is not in the table");
    }
    Column& column = schema->columns[position];
    if (!seen.insert(position).second) {
      return BadColumn(column, "named twice in the PRIMARY KEY");
    }
    if (!CanBeKey(column.type.id)) {
      return BadColumn(
          column, fmt::format("a {} column cannot be a PRIMARY KEY", types::SqlName(column.type)));
    }
    const types::ColumnDefault& value = column.default_value;
    if (value.kind == DefaultKind::kLiteral && value.literal.is_null()) {
      return BadColumn(column, "a PRIMARY KEY column cannot have NULL as its default");
    }
    column.is_nullable = false;
  }
  return {};
}

void AddHiddenKey(types::Schema* schema) {
  Column key;
  for (const Column& column : schema->columns) {
    key.id = std::max(key.id, column.id);
  }
  ++key.id;
  key.name = kHiddenKeyName;
  key.type = types::TypeOf(TypeId::kBigInt);
  key.is_nullable = false;
  key.is_hidden = true;
  key.default_value.kind = DefaultKind::kSnowflakeId;
  key.default_value.expression = "SNOWFLAKE_ID()";
  schema->key = {static_cast<uint32_t>(schema->columns.size())};
  schema->columns.push_back(std::move(key));
}

Status NotFor(std::string_view option, TableKind kind) {
  return InvalidOperation(fmt::format("{} is not an option of {} tables", option,
                                      types::AsciiLower(catalog::TableKindName(kind))));
}

Status CheckFlushPolicy(const catalog::FlushPolicy& policy) {
  if (policy.rows && (*policy.rows < 1 || *policy.rows > kFlushRowsMax)) {
    return InvalidArgument(
        fmt::format("flush policy: rows:{} is not within 1 to {}", *policy.rows, kFlushRowsMax));
  }
  if (policy.interval_seconds &&
      (*policy.interval_seconds < 1 || *policy.interval_seconds > kFlushSecondsMax)) {
    return InvalidArgument(fmt::format("flush policy: interval:{} is not within 1 to {} seconds",
                                       *policy.interval_seconds, kFlushSecondsMax));
  }
  return {};
}

StatusOr<catalog::AccessLevel> ParseAccessLevel(std::string_view text) {
  using catalog::AccessLevel;
  for (const AccessLevel level :
       {AccessLevel::kPublic, AccessLevel::kPrivate, AccessLevel::kRestricted, AccessLevel::kDba}) {
    if (types::EqualsIgnoreCase(text, catalog::AccessLevelName(level))) {
      return level;
    }
  }
  return Error(InvalidArgument(
      fmt::format("access level '{}': PUBLIC, PRIVATE, RESTRICTED or DBA is expected", text)));
}

Status CheckStreamOptions(const sql::TableOptions& declared, TableKind kind) {
  if (declared.ttl_seconds) return NotFor("TTL_SECONDS", kind);
  if (declared.is_ephemeral) return NotFor("EPHEMERAL", kind);
  if (declared.max_buffer) return NotFor("MAX_BUFFER", kind);
  return {};
}

// A STREAM table is never written to files, so nothing about files can be said of it.
StatusOr<catalog::TableOptions> OptionsOfNewStream(const sql::TableOptions& declared) {
  const std::pair<std::string_view, bool> others[] = {
      {"STORAGE_ID", declared.storage_id.has_value()},
      {"LOCATION", declared.location_path.has_value()},
      {"USE_USER_STORAGE", declared.use_user_storage.has_value()},
      {"ACCESS_LEVEL", declared.access_level.has_value()},
      {"FLUSH_POLICY", declared.flush_policy.has_value()},
      {"DELETED_RETENTION", declared.deleted_retention_seconds.has_value()},
      {"COMPRESSION", declared.compression.has_value()}};
  for (const auto& [option, is_given] : others) {
    if (is_given) {
      return Error(NotFor(option, TableKind::kStream));
    }
  }
  if (!declared.ttl_seconds) {
    return Error(InvalidArgument(
        "a STREAM table needs the time its events live: WITH (TTL_SECONDS = 60) or RETENTION 60"));
  }
  if (*declared.ttl_seconds < 1) {
    return Error(InvalidArgument("TTL_SECONDS: at least 1 second is expected"));
  }
  if (declared.max_buffer && *declared.max_buffer < 1) {
    return Error(InvalidArgument("MAX_BUFFER: at least 1 event is expected"));
  }
  catalog::TableOptions options;
  options.stream = {.ttl_seconds = *declared.ttl_seconds,
                    .max_buffer = declared.max_buffer,
                    .is_ephemeral = declared.is_ephemeral.value_or(false)};
  return options;
}

Status CheckCompression(const std::string& name) {
  const std::string lower = types::AsciiLower(name);
  if (std::ranges::find(kCompressions, lower) == kCompressions.end()) {
    return InvalidArgument(
        fmt::format("compression '{}': none, snappy, lz4, gzip or zstd is expected", name));
  }
  return {};
}

}  // namespace

TableKind KindOfNewTable(const sql::CreateTable& statement, std::string_view namespace_id,
                         const Caller& caller) {
  if (statement.options.kind) {
    return *statement.options.kind;
  }
  const bool is_own_namespace = (caller.role == Role::kUser || caller.role == Role::kService) &&
                                namespace_id == caller.user.value;
  return is_own_namespace ? TableKind::kUser : TableKind::kShared;
}

StatusOr<types::Schema> SchemaOfNewTable(const types::Schema& declared) {
  types::Schema schema = declared;
  if (schema.columns.empty()) {
    return Error(InvalidArgument("a table needs at least one column"));
  }
  if (schema.columns.size() > limits::kColumnsMax) {
    return Error(InvalidArgument(fmt::format("a table has at most {} columns, not {}",
                                             limits::kColumnsMax, schema.columns.size())));
  }
  std::set<std::string> names;
  for (const Column& column : schema.columns) {
    KALAMDB_RETURN_IF_ERROR(CheckColumnName(column.name));
    if (!names.insert(types::AsciiLower(column.name)).second) {
      return Error(BadColumn(column, "declared twice"));
    }
    KALAMDB_RETURN_IF_ERROR(CheckType(column));
    KALAMDB_RETURN_IF_ERROR(CheckDefault(column));
  }
  if (schema.key.empty()) {
    AddHiddenKey(&schema);
  } else {
    KALAMDB_RETURN_IF_ERROR(CheckKey(&schema));
  }
  return schema;
}

StatusOr<catalog::TableOptions> OptionsOfNewTable(const sql::TableOptions& declared,
                                                  TableKind kind) {
  if (kind == TableKind::kStream) {
    return OptionsOfNewStream(declared);
  }
  if (declared.location_path) {
    return Error(InvalidOperation(
        "LOCATION with a path is not available: create a storage and name it with STORAGE_ID"));
  }
  KALAMDB_RETURN_IF_ERROR(CheckStreamOptions(declared, kind));
  catalog::TableOptions options;
  if (declared.storage_id) {
    KALAMDB_RETURN_IF_ERROR(CheckStorageId(*declared.storage_id));
    options.storage_id = *declared.storage_id;
  }
  if (declared.use_user_storage) {
    if (kind != TableKind::kUser) {
      return Error(NotFor("USE_USER_STORAGE", kind));
    }
    options.use_user_storage = *declared.use_user_storage;
  }
  if (declared.access_level) {
    if (kind != TableKind::kShared) {
      return Error(NotFor("ACCESS_LEVEL", kind));
    }
    KALAMDB_ASSIGN_OR_RETURN(options.access_level, ParseAccessLevel(*declared.access_level));
  }
  if (declared.flush_policy) {
    KALAMDB_RETURN_IF_ERROR(CheckFlushPolicy(*declared.flush_policy));
    options.flush_policy = *declared.flush_policy;
  }
  if (declared.deleted_retention_seconds) {
    if (*declared.deleted_retention_seconds < 0) {
      return Error(InvalidArgument("deleted_retention: a period or 'off' is expected"));
    }
    options.deleted_retention_seconds = declared.deleted_retention_seconds;
  }
  if (declared.compression) {
    KALAMDB_RETURN_IF_ERROR(CheckCompression(*declared.compression));
  }
  return options;
}

}  // namespace kalamdb::service
