// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace kalamdb {

// Identifies a table for ever: numbers are never reused, so the bytes of a dropped table can never
// surface in a later one of the same name. 0 is no table.
struct TableId {
  uint32_t value = 0;
  auto operator<=>(const TableId&) const = default;
};

// Position of a row version in commit order: a snowflake (41 bits milliseconds since
// 2024-01-01T00:00:00Z, 10 bits node, 12 bits counter). Strictly increasing on a node, over
// restarts and clock steps too. 0 is before everything.
struct CommitSeq {
  uint64_t value = 0;
  auto operator<=>(const CommitSeq&) const = default;
};

constexpr int64_t kSeqEpochMillis = 1704067200000;  // 2024-01-01T00:00:00Z.
constexpr int kSeqTimeShift = 22;
constexpr int kSeqNodeShift = 12;
constexpr uint64_t kSeqNodeMax = 1023;
constexpr uint64_t kSeqCounterMax = 4095;

// Microseconds since 1970 at which `seq` was assigned, to the millisecond: the value of `_updated`.
constexpr int64_t SeqTimeMicros(CommitSeq seq) {
  return (static_cast<int64_t>(seq.value >> kSeqTimeShift) + kSeqEpochMillis) * 1000;
}

// The login name of a user; also the scope of rows in USER tables. Any bytes but NUL, 1 to 128.
struct UserId {
  std::string value;
  auto operator<=>(const UserId&) const = default;
};

// Roles in ascending power. The numbers are stored.
enum class Role : uint8_t { kAnonymous = 0, kUser = 1, kService = 2, kDba = 3, kSystem = 4 };

constexpr bool IsAdmin(Role role) { return role >= Role::kDba; }

}  // namespace kalamdb

template <>
struct std::hash<kalamdb::TableId> {
  size_t operator()(kalamdb::TableId id) const noexcept { return std::hash<uint32_t>{}(id.value); }
};
template <>
struct std::hash<kalamdb::UserId> {
  size_t operator()(const kalamdb::UserId& id) const noexcept {
    return std::hash<std::string>{}(id.value);
  }
};
