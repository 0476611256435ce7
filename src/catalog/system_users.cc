// SPDX-License-Identifier: Apache-2.0
#include "catalog/names.h"
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

// `username` and `metadata` are the names of October 2025 for `user_id` and `auth_data`. Times when
// a user was last seen are those of log-ins: nothing else is kept.
SystemTable MakeSystemUsers(const Catalog& catalog) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "users";
  table.schema = SystemSchema({{"user_id", kText, kKey},
                               {"password_hash", kText, kNotNull},
                               {"role", kText, kNotNull},
                               {"email", kText},
                               {"auth_type", kText, kNotNull},
                               {"auth_data", kJson},
                               {"storage_mode", kText, kNotNull},
                               {"storage_id", kText},
                               {"failed_login_attempts", kInt, kNotNull},
                               {"locked_until", kTimestamp},
                               {"last_login_at", kTimestamp},
                               {"created_at", kTimestamp, kNotNull},
                               {"updated_at", kTimestamp, kNotNull},
                               {"last_seen", kTimestamp},
                               {"deleted_at", kTimestamp},
                               {"username", kText, kNotNull},
                               {"metadata", kJson}});
  table.rows = [&catalog](Role role) {
    std::vector<types::Row> rows;
    for (const UserDefPtr& user : catalog.ListUsers()) {
      rows.push_back({TextValue(user->id.value), SecretValue(user->password_hash, role),
                      TextValue(RoleName(user->role)), OptionalText(user->email),
                      TextValue(AuthTypeName(user->auth_type)), OptionalText(user->auth_data),
                      TextValue("Table"), OptionalText(user->storage_id),
                      IntValue(user->failed_login_attempts), OptionalInt(user->locked_until),
                      OptionalInt(user->last_login_at), IntValue(user->created_at),
                      IntValue(user->updated_at), OptionalInt(user->last_login_at),
                      OptionalInt(user->deleted_at), TextValue(user->id.value),
                      OptionalText(user->auth_data)});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
