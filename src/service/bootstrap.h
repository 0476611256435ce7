// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/settings.h"
#include "catalog/catalog.h"
#include "service/password.h"
#include "service/user_rules.h"

namespace kalamdb::service {

inline constexpr const char* kRootUser = "root";
inline constexpr const char* kDefaultNamespace = "default";
inline constexpr const char* kDbaNamespace = "dba";
inline constexpr const char* kLocalStorage = "local";

struct BootstrapOptions {
  std::string storage_directory;  // Absolute: where the storage `local` keeps its files.
  std::string shared_tables_template = "{namespace}/{tableName}";
  std::string user_tables_template = "{namespace}/{tableName}/{userId}";
  Secret root_password;  // Empty: root gets none, and the server asks to be set up.
  PasswordRules password_rules;
};

// Makes what every server has: the namespaces `default` and `dba`, the storage `local`, the user
// `root`. Called at every start, before anyone else uses the catalog; does nothing to what is
// there, but that root gets the configured password while it has none, and that `local` follows the
// data directory when that was moved. InvalidArgument for a password that CREATE USER would refuse,
// before anything is made.
Status Bootstrap(catalog::Catalog& catalog, const PasswordHasher& hasher,
                 const BootstrapOptions& options);

}  // namespace kalamdb::service
