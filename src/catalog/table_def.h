// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "types/row_codec.h"

namespace kalamdb::catalog {

// The numbers are stored.
enum class TableKind : uint8_t { kUser = 0, kShared = 1, kStream = 2 };
enum class AccessLevel : uint8_t { kPublic = 0, kPrivate = 1, kRestricted = 2, kDba = 3 };

std::string_view TableKindName(TableKind kind);       // "user", "shared", "stream"
std::string_view AccessLevelName(AccessLevel level);  // "public", "private", "restricted", "dba"

// When a scope is flushed by itself; neither set: never.
struct FlushPolicy {
  std::optional<uint32_t> rows;              // 1 to 999,999.
  std::optional<uint32_t> interval_seconds;  // 1 to 86,399.
  bool operator==(const FlushPolicy&) const = default;
};

// What STREAM tables have besides.
struct StreamOptions {
  uint32_t ttl_seconds = 0;            // At least 1: events older than this do not exist.
  std::optional<uint32_t> max_buffer;  // Events that a scope keeps, at least 1; nothing: all.
  bool is_ephemeral = false;           // An event that nobody subscribes to is not stored.
  bool operator==(const StreamOptions&) const = default;
};

struct TableOptions {
  std::string storage_id = "local";
  bool is_storage_reference = false;  // Declared with LOCATION REFERENCE.
  bool use_user_storage = false;
  AccessLevel access_level = AccessLevel::kPrivate;  // SHARED tables.
  FlushPolicy flush_policy;
  std::optional<int64_t> deleted_retention_seconds;  // Nothing: the server's default. 0: for ever.
  StreamOptions stream;                              // STREAM tables.
};

// A table as of one moment. Immutable: a change makes a new one. Shared by the catalog and by every
// statement that works with the table.
struct TableDef {
  TableId id;
  std::string namespace_id;
  std::string name;
  TableKind kind = TableKind::kShared;
  TableOptions options;
  std::string comment;
  int64_t created_at = 0;  // Microseconds since 1970.
  int64_t updated_at = 0;
  std::vector<types::Schema> versions;               // Ascending; the last is the current one.
  std::vector<int64_t> version_times;                // When each version was made.
  std::shared_ptr<const types::TableLayout> layout;  // Of `versions`.

  // Shared by all definitions of one table id. Set on the commit thread when the table is dropped;
  // read there before every write, so that no write slips in behind a drop.
  std::shared_ptr<std::atomic<bool>> is_dropped;
  // Shared likewise. Set before the first flush of the table begins: until then nobody has to look
  // for segments.
  std::shared_ptr<std::atomic<bool>> has_segments;

  const types::Schema& schema() const { return versions.back(); }
  bool is_stream() const { return kind == TableKind::kStream; }
  std::string QualifiedName() const { return namespace_id + "." + name; }
};
using TableDefPtr = std::shared_ptr<const TableDef>;

}  // namespace kalamdb::catalog
