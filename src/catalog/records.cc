// SPDX-License-Identifier: Apache-2.0
#include "catalog/records.h"

#include <limits>
#include <utility>

#include "catalog/record_codec.h"
#include "types/byte_order.h"

namespace kalamdb::catalog {

namespace {

constexpr uint32_t kUint32Max = std::numeric_limits<uint32_t>::max();

std::string PrefixedKey(std::string_view prefix, std::string_view rest) {
  std::string key(prefix);
  key += rest;
  return key;
}

template <class E>
int64_t AsInt(E value) {
  return static_cast<int64_t>(value);
}

// Tags of each kind of record. Never reused.
enum NamespaceTag : uint8_t { kNsName = 1, kNsOptions = 2, kNsCreatedAt = 3 };

enum TableTag : uint8_t {
  kTableIdTag = 1,
  kTableNamespace = 2,
  kTableName = 3,
  kTableKind = 4,
  kTableStorage = 5,
  kTableStorageReference = 6,
  kTableUserStorage = 7,
  kTableAccess = 8,
  kTableFlushRows = 9,
  kTableFlushSeconds = 10,
  kTableRetention = 11,
  kTableComment = 12,
  kTableCreatedAt = 13,
  kTableUpdatedAt = 14,
  kTableVersion = 15,  // Once a version, ascending: i64 when it was made, then the schema.
  kTableTtl = 16,      // This and the next two: STREAM tables.
  kTableMaxBuffer = 17,
  kTableEphemeral = 18,
};

enum UserTag : uint8_t {
  kUserIdTag = 1,
  kUserHash = 2,
  kUserRole = 3,
  kUserEmail = 4,
  kUserAuthType = 5,
  kUserAuthData = 6,
  kUserStorage = 7,
  kUserFailed = 8,
  kUserLockedUntil = 9,
  kUserLastLogin = 10,
  kUserCreatedAt = 11,
  kUserUpdatedAt = 12,
  kUserDeletedAt = 13,
};

enum StorageTag : uint8_t {
  kStorageIdTag = 1,
  kStorageName = 2,
  kStorageDescription = 3,
  kStorageType = 4,
  kStorageDirectory = 5,
  kStorageCredentials = 6,
  kStorageConfig = 7,
  kStorageShared = 8,
  kStorageUser = 9,
  kStorageCreatedAt = 10,
  kStorageUpdatedAt = 11,
};

enum CounterTag : uint8_t { kCounterValue = 1 };

Status BadRecord(std::string_view what) {
  return Corruption("the stored record of a " + std::string(what) + " is damaged");
}

std::optional<uint32_t> OptionalUint32(RecordReader& reader, uint8_t tag) {
  if (!reader.OptionalInt(tag).has_value()) {
    return std::nullopt;
  }
  return reader.Small(tag, kUint32Max);
}

Status DecodeVersions(const RecordReader& reader, TableDef* def) {
  for (const std::string_view bytes : reader.All(kTableVersion)) {
    if (bytes.size() < sizeof(uint64_t)) {
      return BadRecord("table");
    }
    KALAMDB_ASSIGN_OR_RETURN(types::Schema schema,
                             types::DecodeSchema(bytes.substr(sizeof(uint64_t))));
    if (!def->versions.empty() && schema.version <= def->versions.back().version) {
      return BadRecord("table");
    }
    def->version_times.push_back(static_cast<int64_t>(types::LoadLittle<uint64_t>(bytes.data())));
    def->versions.push_back(std::move(schema));
  }
  return def->versions.empty() ? BadRecord("table") : Status();
}

}  // namespace

std::string NamespaceKey(std::string_view name) { return PrefixedKey(kNamespacePrefix, name); }
std::string UserKey(const UserId& id) { return PrefixedKey(kUserPrefix, id.value); }
std::string StorageKey(std::string_view id) { return PrefixedKey(kStoragePrefix, id); }

std::string TableKey(TableId id) {
  std::string key(kTablePrefix);
  types::AppendBig(id.value, &key);
  return key;
}

std::string EncodeNamespace(const NamespaceDef& def) {
  RecordWriter writer;
  writer.Text(kNsName, def.name);
  writer.Text(kNsOptions, def.options_json);
  writer.Int(kNsCreatedAt, def.created_at);
  return writer.Take();
}

StatusOr<NamespaceDef> DecodeNamespace(std::string_view bytes) {
  RecordReader reader = RecordReader::Open(bytes);
  NamespaceDef def;
  def.name = reader.RequiredText(kNsName);
  def.options_json = reader.Text(kNsOptions);
  def.created_at = reader.Int(kNsCreatedAt);
  if (!reader.ok()) {
    return Error(BadRecord("namespace"));
  }
  return def;
}

std::string EncodeTable(const TableDef& def) {
  RecordWriter writer;
  writer.Int(kTableIdTag, def.id.value);
  writer.Text(kTableNamespace, def.namespace_id);
  writer.Text(kTableName, def.name);
  writer.Int(kTableKind, AsInt(def.kind));
  writer.Text(kTableStorage, def.options.storage_id);
  writer.Int(kTableStorageReference, AsInt(def.options.is_storage_reference));
  writer.Int(kTableUserStorage, AsInt(def.options.use_user_storage));
  writer.Int(kTableAccess, AsInt(def.options.access_level));
  writer.OptionalInt(kTableFlushRows, def.options.flush_policy.rows);
  writer.OptionalInt(kTableFlushSeconds, def.options.flush_policy.interval_seconds);
  writer.OptionalInt(kTableRetention, def.options.deleted_retention_seconds);
  if (def.is_stream()) {
    writer.Int(kTableTtl, def.options.stream.ttl_seconds);
    writer.OptionalInt(kTableMaxBuffer, def.options.stream.max_buffer);
    writer.Int(kTableEphemeral, AsInt(def.options.stream.is_ephemeral));
  }
  writer.Text(kTableComment, def.comment);
  writer.Int(kTableCreatedAt, def.created_at);
  writer.Int(kTableUpdatedAt, def.updated_at);
  for (size_t i = 0; i < def.versions.size(); ++i) {
    std::string version;
    types::AppendLittle(static_cast<uint64_t>(def.version_times[i]), &version);
    types::EncodeSchema(def.versions[i], &version);
    writer.Text(kTableVersion, version);
  }
  return writer.Take();
}

StatusOr<TableDef> DecodeTable(std::string_view bytes) {
  RecordReader reader = RecordReader::Open(bytes);
  TableDef def;
  def.id = {reader.Small(kTableIdTag, kUint32Max)};
  def.namespace_id = reader.RequiredText(kTableNamespace);
  def.name = reader.RequiredText(kTableName);
  def.kind = static_cast<TableKind>(reader.Small(kTableKind, AsInt(TableKind::kStream)));
  def.options.storage_id = reader.RequiredText(kTableStorage);
  def.options.is_storage_reference = reader.Small(kTableStorageReference, 1) == 1;
  def.options.use_user_storage = reader.Small(kTableUserStorage, 1) == 1;
  def.options.access_level =
      static_cast<AccessLevel>(reader.Small(kTableAccess, AsInt(AccessLevel::kDba)));
  def.options.flush_policy.rows = OptionalUint32(reader, kTableFlushRows);
  def.options.flush_policy.interval_seconds = OptionalUint32(reader, kTableFlushSeconds);
  def.options.deleted_retention_seconds = reader.OptionalInt(kTableRetention);
  if (def.is_stream()) {
    def.options.stream = {.ttl_seconds = reader.Small(kTableTtl, kUint32Max),
                          .max_buffer = OptionalUint32(reader, kTableMaxBuffer),
                          .is_ephemeral = reader.Small(kTableEphemeral, 1) == 1};
  }
  def.comment = reader.Text(kTableComment);
  def.created_at = reader.Int(kTableCreatedAt);
  def.updated_at = reader.Int(kTableUpdatedAt);
  const bool is_without_ttl = def.is_stream() && def.options.stream.ttl_seconds == 0;
  if (!reader.ok() || def.id.value == 0 || is_without_ttl) {
    return Error(BadRecord("table"));
  }
  KALAMDB_RETURN_IF_ERROR(DecodeVersions(reader, &def));
  return def;
}

std::string EncodeUser(const UserDef& def) {
  RecordWriter writer;
  writer.Text(kUserIdTag, def.id.value);
  writer.Text(kUserHash, def.password_hash);
  writer.Int(kUserRole, AsInt(def.role));
  writer.OptionalText(kUserEmail, def.email);
  writer.Int(kUserAuthType, AsInt(def.auth_type));
  writer.OptionalText(kUserAuthData, def.auth_data);
  writer.OptionalText(kUserStorage, def.storage_id);
  writer.Int(kUserFailed, def.failed_login_attempts);
  writer.OptionalInt(kUserLockedUntil, def.locked_until);
  writer.OptionalInt(kUserLastLogin, def.last_login_at);
  writer.Int(kUserCreatedAt, def.created_at);
  writer.Int(kUserUpdatedAt, def.updated_at);
  writer.OptionalInt(kUserDeletedAt, def.deleted_at);
  return writer.Take();
}

StatusOr<UserDef> DecodeUser(std::string_view bytes) {
  RecordReader reader = RecordReader::Open(bytes);
  UserDef def;
  def.id = {reader.RequiredText(kUserIdTag)};
  def.password_hash = reader.Text(kUserHash);
  def.role = static_cast<Role>(reader.Small(kUserRole, AsInt(Role::kSystem)));
  def.email = reader.OptionalText(kUserEmail);
  def.auth_type = static_cast<AuthType>(reader.Small(kUserAuthType, AsInt(AuthType::kInternal)));
  def.auth_data = reader.OptionalText(kUserAuthData);
  def.storage_id = reader.OptionalText(kUserStorage);
  def.failed_login_attempts = reader.Small(kUserFailed, kUint32Max);
  def.locked_until = reader.OptionalInt(kUserLockedUntil);
  def.last_login_at = reader.OptionalInt(kUserLastLogin);
  def.created_at = reader.Int(kUserCreatedAt);
  def.updated_at = reader.Int(kUserUpdatedAt);
  def.deleted_at = reader.OptionalInt(kUserDeletedAt);
  if (!reader.ok()) {
    return Error(BadRecord("user"));
  }
  return def;
}

std::string EncodeStorage(const StorageDef& def) {
  RecordWriter writer;
  writer.Text(kStorageIdTag, def.id);
  writer.Text(kStorageName, def.name);
  writer.OptionalText(kStorageDescription, def.description);
  writer.Text(kStorageType, def.type);
  writer.Text(kStorageDirectory, def.base_directory);
  writer.OptionalText(kStorageCredentials, def.credentials);
  writer.OptionalText(kStorageConfig, def.config);
  writer.Text(kStorageShared, def.shared_tables_template);
  writer.Text(kStorageUser, def.user_tables_template);
  writer.Int(kStorageCreatedAt, def.created_at);
  writer.Int(kStorageUpdatedAt, def.updated_at);
  return writer.Take();
}

StatusOr<StorageDef> DecodeStorage(std::string_view bytes) {
  RecordReader reader = RecordReader::Open(bytes);
  StorageDef def;
  def.id = reader.RequiredText(kStorageIdTag);
  def.name = reader.Text(kStorageName);
  def.description = reader.OptionalText(kStorageDescription);
  def.type = reader.RequiredText(kStorageType);
  def.base_directory = reader.Text(kStorageDirectory);
  def.credentials = reader.OptionalText(kStorageCredentials);
  def.config = reader.OptionalText(kStorageConfig);
  def.shared_tables_template = reader.Text(kStorageShared);
  def.user_tables_template = reader.Text(kStorageUser);
  def.created_at = reader.Int(kStorageCreatedAt);
  def.updated_at = reader.Int(kStorageUpdatedAt);
  if (!reader.ok()) {
    return Error(BadRecord("storage"));
  }
  return def;
}

std::string EncodeNextTableId(uint32_t id) {
  RecordWriter writer;
  writer.Int(kCounterValue, id);
  return writer.Take();
}

StatusOr<uint32_t> DecodeNextTableId(std::string_view bytes) {
  RecordReader reader = RecordReader::Open(bytes);
  const uint32_t id = reader.Small(kCounterValue, kUint32Max);
  if (!reader.ok() || id == 0) {
    return Error(BadRecord("table id counter"));
  }
  return id;
}

}  // namespace kalamdb::catalog
