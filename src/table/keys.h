// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "catalog/table_def.h"
#include "types/key_codec.h"

namespace kalamdb::table {

// Whose rows: the user id in USER and STREAM tables, empty in SHARED ones.
struct Scope {
  std::string value;
  auto operator<=>(const Scope&) const = default;
};

// Layout of keys, in both families. Integers big-endian, so byte order is row order.
//   rows   u32 table id, escaped scope, u64 _seq
//   pk     u32 table id, escaped scope, primary key (types/key_codec.h)
std::string ScopePrefix(TableId table, const Scope& scope);
std::string RowKey(std::string_view scope_prefix, CommitSeq seq);
// In the cold family:
//   the scope's prefix, 00            the manifest (cold/manifest.h)
//   the scope's prefix, 01, u64 _seq  a row of a segment that was superseded or removed since; the
//                                     value is empty, or kDeadTombstone when it was a tombstone
//   the scope's prefix, 02            u64 _seq of the newest tombstone that was removed for its age
std::string ManifestKey(std::string_view scope_prefix);
std::string DeadKey(std::string_view scope_prefix, CommitSeq seq);
std::string ForgottenKey(std::string_view scope_prefix);
inline constexpr std::string_view kDeadTombstone = "\x01";
// All keys of a table are in [TableBegin, TableEnd).
std::string TableBegin(TableId table);
std::string TableEnd(TableId table);
// The position of a row from its key in the rows family. Precondition: a key of that family.
CommitSeq SeqOfRowKey(std::string_view row_key);

// Value of the pk family: where the latest version of a key is.
//   0  u64  _seq        8  u8  flags: bit 0 tombstone
struct PkEntry {
  CommitSeq seq;
  bool is_tombstone = false;
};
std::string EncodePkEntry(const PkEntry& entry);
// Corruption when `bytes` is not one.
StatusOr<PkEntry> DecodePkEntry(std::string_view bytes);

// The key as a user wrote it, for messages: "7" or "7, x".
std::string KeyText(const types::Schema& schema, std::string_view encoded_key);
// "Primary key violation: value '7' already exists in column 'id'".
std::string DuplicateKeyMessage(const catalog::TableDef& table, std::string_view encoded_key);

}  // namespace kalamdb::table
