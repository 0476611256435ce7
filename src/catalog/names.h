// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.h"

// Enumerators as clients see them. Those of tables are in catalog/table_def.h.
namespace kalamdb::catalog {

enum class AuthType : uint8_t;

std::string_view RoleName(Role role);          // "anonymous", "user", "service", "dba", "system"
std::string_view RoleTitle(Role role);         // "Anonymous", "User", ...: in messages.
std::string_view AuthTypeName(AuthType type);  // "Password", "OAuth", "Internal"

}  // namespace kalamdb::catalog
