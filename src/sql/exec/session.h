// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/ids.h"
#include "catalog/system_table.h"
#include "catalog/table_def.h"
#include "table/reader.h"
#include "types/result.h"

namespace kalamdb::sql {

// Who may read and write which table; the service's rules. Thread-safe.
class AccessPolicy {
 public:
  virtual ~AccessPolicy() = default;
  virtual Status CheckRead(const catalog::TableDef& table, Role role) const = 0;
  virtual Status CheckWrite(const catalog::TableDef& table, Role role) const = 0;
  virtual Status CheckRead(const catalog::SystemTable& table, Role role) const = 0;
};

// An explicit transaction: a snapshot and the writes staged on top of it. Confined to the thread
// that runs its request.
struct Transaction {
  std::string id;
  store::SnapshotPtr snapshot;
  // Copied before a change while a cursor of the transaction may be reading it.
  std::shared_ptr<table::WriteSet> staged = std::make_shared<table::WriteSet>();
};

// What one statement runs with. Immutable while it runs; shared because a commit may outlive the
// call that began it.
struct Session {
  UserId user;  // The effective user: the scope of USER tables.
  Role role = Role::kAnonymous;
  std::string default_namespace;
  int64_t statement_micros = 0;  // NOW() and its like.
  std::vector<types::Parameter> parameters;
  CancelTokenPtr cancel;
};
using SessionPtr = std::shared_ptr<const Session>;

// The rows a user sees in `table`: their own in USER and STREAM tables, all in SHARED ones.
inline table::Scope ScopeOf(const catalog::TableDef& table, const UserId& user) {
  return table.kind == catalog::TableKind::kShared ? table::Scope{} : table::Scope{user.value};
}

}  // namespace kalamdb::sql
