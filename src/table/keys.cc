// SPDX-License-Identifier: Apache-2.0
#include "table/keys.h"

#include "base/check.h"
#include "types/text_format.h"

namespace kalamdb::table {

std::string ScopePrefix(TableId table, const Scope& scope) {
  std::string key;
  key.reserve(sizeof(uint32_t) + scope.value.size() + 2);
  types::AppendKeyU32(table.value, &key);
  types::AppendKeyString(scope.value, &key);
  return key;
}

std::string RowKey(std::string_view scope_prefix, CommitSeq seq) {
  std::string key;
  key.reserve(scope_prefix.size() + sizeof(uint64_t));
  key = scope_prefix;
  types::AppendKeyU64(seq.value, &key);
  return key;
}

std::string ManifestKey(std::string_view scope_prefix) {
  std::string key(scope_prefix);
  key.push_back('\0');
  return key;
}

std::string DeadKey(std::string_view scope_prefix, CommitSeq seq) {
  std::string key(scope_prefix);
  key.push_back('\1');
  types::AppendKeyU64(seq.value, &key);
  return key;
}

std::string ForgottenKey(std::string_view scope_prefix) {
  std::string key(scope_prefix);
  key.push_back('\2');
  return key;
}

std::string TableBegin(TableId table) {
  std::string key;
  types::AppendKeyU32(table.value, &key);
  return key;
}

std::string TableEnd(TableId table) { return TableBegin(TableId{table.value + 1}); }

CommitSeq SeqOfRowKey(std::string_view row_key) {
  KALAMDB_CHECK(row_key.size() > sizeof(uint64_t));
  uint64_t seq = 0;
  for (const char byte : row_key.substr(row_key.size() - sizeof(uint64_t))) {
    seq = seq << 8 | static_cast<uint8_t>(byte);
  }
  return CommitSeq{seq};
}

std::string EncodePkEntry(const PkEntry& entry) {
  std::string bytes;
  types::AppendKeyU64(entry.seq.value, &bytes);
  bytes.push_back(entry.is_tombstone ? 1 : 0);
  return bytes;
}

StatusOr<PkEntry> DecodePkEntry(std::string_view bytes) {
  types::KeyReader reader(bytes);
  KALAMDB_ASSIGN_OR_RETURN(const uint64_t seq, reader.ReadU64());
  if (reader.rest().size() != 1) {
    return Error(Corruption("primary key entry of the wrong size"));
  }
  return PkEntry{CommitSeq{seq}, (static_cast<uint8_t>(reader.rest()[0]) & 1u) != 0};
}

std::string KeyText(const types::Schema& schema, std::string_view encoded_key) {
  std::string text;
  types::KeyReader reader(encoded_key);
  for (const uint32_t position : schema.key) {
    const types::DataType& type = schema.columns[position].type;
    const auto value = reader.ReadValue(type.id);
    if (!text.empty()) {
      text += ", ";
    }
    text += value.has_value() ? types::FormatValue(*value, type) : "?";
  }
  return text;
}

std::string DuplicateKeyMessage(const catalog::TableDef& table, std::string_view encoded_key) {
  const types::Schema& schema = table.schema();
  std::string columns;
  for (const uint32_t position : schema.key) {
    columns += (columns.empty() ? "" : ", ") + schema.columns[position].name;
  }
  return "Primary key violation: value '" + KeyText(schema, encoded_key) +
         "' already exists in column '" + columns + "'";
}

}  // namespace kalamdb::table
