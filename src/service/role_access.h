// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "service/authorization.h"
#include "sql/exec/session.h"

namespace kalamdb::service {

// The rules of authorization.h for the SQL layer. Thread-safe.
class RoleAccess final : public sql::AccessPolicy {
 public:
  Status CheckRead(const catalog::TableDef& table, Role role) const override {
    return service::CheckRead(table, Caller{{}, role});
  }
  Status CheckWrite(const catalog::TableDef& table, Role role) const override {
    return service::CheckWrite(table, Caller{{}, role});
  }
  Status CheckRead(const catalog::SystemTable& table, Role role) const override {
    return service::CheckRead(table, Caller{{}, role});
  }
};

}  // namespace kalamdb::service
