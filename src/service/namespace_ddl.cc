// SPDX-License-Identifier: Apache-2.0
#include "service/namespace_ddl.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "service/bootstrap.h"
#include "service/name_rules.h"

namespace kalamdb::service {

namespace {

// Tables that the refusal of DROP NAMESPACE names.
constexpr size_t kTablesNamedMax = 20;

bool IsBuiltIn(std::string_view name) {
  return name == kDefaultNamespace || name == kDbaNamespace || IsSystemNamespace(name);
}

}  // namespace

StatusOr<std::string> NamespaceDdl::Create(const sql::CreateNamespace& statement) {
  const std::string name = types::AsciiLower(statement.name);
  const bool exists = catalog_.FindNamespace(name) != nullptr || IsSystemNamespace(name);
  if (exists && statement.if_not_exists) {
    return "Namespace '" + name + "' already exists";
  }
  if (exists) {
    return Error(AlreadyExists("Namespace '" + name + "' already exists"));
  }
  KALAMDB_RETURN_IF_ERROR(CheckNamespaceName(name));
  catalog::NamespaceDef def;
  def.name = name;
  const Status created = catalog_.CreateNamespace(std::move(def));
  if (created.code() == StatusCode::kAlreadyExists && statement.if_not_exists) {
    return "Namespace '" + name + "' already exists";
  }
  KALAMDB_RETURN_IF_ERROR(created);
  return "Namespace '" + name + "' created successfully";
}

StatusOr<std::string> NamespaceDdl::Use(const sql::UseNamespace& statement) const {
  const std::string name = types::AsciiLower(statement.name);
  if (!IsSystemNamespace(name) && catalog_.FindNamespace(name) == nullptr) {
    return Error(NotFound("Namespace '" + name + "' not found"));
  }
  return "Namespace switched to '" + name + "'";
}

Status NamespaceDdl::RefuseWhileInUse(const std::string& name) const {
  const std::vector<catalog::TableDefPtr> tables = catalog_.ListTables(name);
  if (tables.empty()) {
    return {};
  }
  std::string list;
  for (size_t i = 0; i < std::min(tables.size(), kTablesNamedMax); ++i) {
    list += (i == 0 ? "" : ", ") + tables[i]->name;
  }
  if (tables.size() > kTablesNamedMax) {
    list += ", ...";
  }
  return InvalidOperation(fmt::format(
      "Cannot drop namespace '{}': it holds {} table(s): {}. Drop them first or use CASCADE", name,
      tables.size(), list));
}

StatusOr<std::string> NamespaceDdl::Drop(const sql::DropNamespace& statement) {
  const std::string name = types::AsciiLower(statement.name);
  if (IsBuiltIn(name)) {
    return Error(InvalidOperation("Namespace '" + name + "' is part of the server"));
  }
  if (catalog_.FindNamespace(name) == nullptr) {
    if (statement.if_exists) {
      return "Namespace '" + name + "' does not exist";
    }
    return Error(NotFound("Namespace '" + name + "' not found"));
  }
  if (statement.is_cascade) {
    KALAMDB_RETURN_IF_ERROR(dropper_.DropNamespace(name));
  } else {
    KALAMDB_RETURN_IF_ERROR(RefuseWhileInUse(name));
    KALAMDB_RETURN_IF_ERROR(catalog_.DropNamespace(name));
  }
  return "Namespace '" + name + "' dropped successfully";
}

}  // namespace kalamdb::service
