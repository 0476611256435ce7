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
// Sweeps of DROP ... CASCADE over tables that others keep creating meanwhile.
constexpr int kSweepsMax = 10;

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

Status NamespaceDdl::DropTables(const std::string& name) {
  for (const catalog::TableDefPtr& table : catalog_.ListTables(name)) {
    // Someone else may have dropped it meanwhile.
    if (Status dropped = dropper_.Drop(table); !dropped.ok() &&
                                               dropped.code() != StatusCode::kNotFound &&
                                               dropped.code() != StatusCode::kTableNotFound) {
      return dropped;
    }
  }
  return {};
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
  Status dropped;
  if (statement.is_cascade) {
    for (int sweep = 0; sweep < kSweepsMax; ++sweep) {
      KALAMDB_RETURN_IF_ERROR(DropTables(name));
      dropped = catalog_.DropNamespace(name);
      if (dropped.code() != StatusCode::kInvalidOperation) {
        break;
      }
    }
  } else {
    KALAMDB_RETURN_IF_ERROR(RefuseWhileInUse(name));
    dropped = catalog_.DropNamespace(name);
  }
  KALAMDB_RETURN_IF_ERROR(std::move(dropped));
  return "Namespace '" + name + "' dropped successfully";
}

}  // namespace kalamdb::service
