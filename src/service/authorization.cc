// SPDX-License-Identifier: Apache-2.0
#include "service/authorization.h"

#include <variant>
#include <vector>

#include <fmt/format.h>

#include "catalog/names.h"
#include "service/bootstrap.h"
#include "service/name_rules.h"
#include "service/table_rules.h"
#include "service/user_rules.h"

namespace kalamdb::service {

namespace {

using catalog::AccessLevel;
using catalog::RoleTitle;
using catalog::TableDef;
using catalog::TableKind;

Status SystemTableDenied(std::string_view table, Role role) {
  return PermissionDenied(
      fmt::format("Access denied: Role '{}' cannot access table '{}'. System tables require 'dba' "
                  "or 'system' role.",
                  RoleTitle(role), table));
}

Status TableDenied(const TableDef& table, Role role, std::string_view action) {
  if (table.kind != TableKind::kShared) {
    return PermissionDenied(fmt::format("Access denied: Role '{}' cannot {} table '{}'.",
                                        RoleTitle(role), action, table.QualifiedName()));
  }
  return PermissionDenied(fmt::format(
      "Access denied: Role '{}' cannot {} table '{}' with access level '{}'.", RoleTitle(role),
      action, table.QualifiedName(), catalog::AccessLevelName(table.options.access_level)));
}

// The least role that may read rows of the table.
Role LeastReader(const TableDef& table) {
  if (table.kind != TableKind::kShared) {
    return Role::kUser;
  }
  switch (table.options.access_level) {
    case AccessLevel::kPublic:
      return Role::kAnonymous;
    case AccessLevel::kPrivate:
    case AccessLevel::kRestricted:
      return Role::kService;
    case AccessLevel::kDba:
      return Role::kDba;
  }
  return Role::kSystem;
}

Role LeastWriter(const TableDef& table) {
  if (table.kind != TableKind::kShared) {
    return Role::kUser;
  }
  return table.options.access_level == AccessLevel::kDba ? Role::kDba : Role::kService;
}

bool MayActAs(Role actor, Role target) {
  switch (actor) {
    case Role::kSystem:
      return true;
    case Role::kDba:
      return target <= Role::kDba;
    case Role::kService:
      return target <= Role::kService;
    default:
      return false;
  }
}

// One statement of one caller. Each kind of statement has its line in the matrix of docs/sql.md.
class Authorizer {
 public:
  Authorizer(const Caller& caller, std::string_view default_namespace,
             const catalog::Catalog& catalog, const catalog::SystemTables& system_tables)
      : caller_(caller),
        default_namespace_(default_namespace),
        catalog_(catalog),
        system_tables_(system_tables) {}

  Status operator()(const sql::SelectStatement& query) const {
    if (query.is_explain || query.is_explain_analyze) {
      KALAMDB_RETURN_IF_ERROR(RequireAdmin("EXPLAIN"));
    }
    return CheckReads(query.tables);
  }
  Status operator()(const sql::InsertStatement& insert) const {
    KALAMDB_RETURN_IF_ERROR(CheckChange("insert", insert.table));
    return CheckReads(insert.tables_read);
  }
  Status operator()(const sql::UpdateStatement& update) const {
    KALAMDB_RETURN_IF_ERROR(CheckChange("update", update.table));
    return CheckReads(update.tables_read);
  }
  Status operator()(const sql::DeleteStatement& remove) const {
    KALAMDB_RETURN_IF_ERROR(CheckChange("delete", remove.table));
    return CheckReads(remove.tables_read);
  }

  Status operator()(const sql::CreateNamespace&) const { return RequireAdmin("CREATE NAMESPACE"); }
  Status operator()(const sql::DropNamespace&) const { return RequireAdmin("DROP NAMESPACE"); }
  Status operator()(const sql::UseNamespace&) const { return {}; }

  Status operator()(const sql::CreateTable& create) const {
    const QualifiedName name = Qualify(create.table, default_namespace_);
    if (name.namespace_id == kDbaNamespace) {
      return RequireAdmin("CREATE TABLE in the namespace dba");
    }
    if (KindOfNewTable(create, name.namespace_id, caller_) == TableKind::kShared) {
      return Require(Role::kService, "CREATE SHARED TABLE");
    }
    return Require(Role::kUser, "CREATE TABLE");
  }
  Status operator()(const sql::DropTable&) const { return RequireAdmin("DROP TABLE"); }

  Status operator()(const sql::Describe& describe) const { return CheckShown(describe.table); }
  Status operator()(const sql::Show& show) const {
    switch (show.kind) {
      case sql::ShowKind::kColumns:
        return RequireAdmin("SHOW COLUMNS");
      case sql::ShowKind::kSettings:
        return RequireAdmin("SHOW SETTINGS");
      case sql::ShowKind::kUsers:
        return RequireAdmin("SHOW USERS");
      case sql::ShowKind::kStats:
        return CheckShown(show.table);
      case sql::ShowKind::kNamespaces:
      case sql::ShowKind::kTables:
      case sql::ShowKind::kStorages:
        return {};
    }
    return {};
  }

  Status operator()(const sql::Begin&) const { return {}; }
  Status operator()(const sql::Commit&) const { return {}; }
  Status operator()(const sql::Rollback&) const { return {}; }

  Status operator()(const sql::CreateUser&) const { return RequireAdmin("CREATE USER"); }
  Status operator()(const sql::AlterUser& alter) const {
    const bool is_own_password = alter.name == caller_.user.value && alter.password.has_value() &&
                                 !alter.role.has_value() && !alter.email.has_value();
    return is_own_password ? Require(Role::kUser, "ALTER USER") : RequireAdmin("ALTER USER");
  }
  Status operator()(const sql::DropUser&) const { return RequireAdmin("DROP USER"); }

  Status operator()(const sql::CreateStorage&) const { return RequireAdmin("CREATE STORAGE"); }
  Status operator()(const sql::AlterStorage&) const { return RequireAdmin("ALTER STORAGE"); }
  Status operator()(const sql::DropStorage&) const { return RequireAdmin("DROP STORAGE"); }

  Status operator()(const sql::KillJob&) const { return RequireAdmin("KILL JOB"); }
  Status operator()(const sql::KillLiveQuery&) const { return RequireAdmin("KILL LIVE QUERY"); }
  Status operator()(const sql::Subscribe& subscribe) const {
    KALAMDB_RETURN_IF_ERROR(Require(Role::kUser, "SUBSCRIBE TO"));
    return CheckReadable(subscribe.table);
  }
  Status operator()(const sql::StorageCommand& command) const {
    return Require(Role::kService, command.action == sql::StorageAction::kFlush
                                       ? "STORAGE FLUSH"
                                       : "STORAGE COMPACT");
  }

  Status operator()(const sql::ExecuteAs& execute) const {
    KALAMDB_ASSIGN_OR_RETURN(const Caller target, EffectiveCaller(execute, caller_, catalog_));
    KALAMDB_RETURN_IF_ERROR(CheckInner(*execute.inner));
    return Authorize(*execute.inner, target, default_namespace_, catalog_, system_tables_);
  }

 private:
  Status Require(Role least, std::string_view what) const {
    if (caller_.role >= least) {
      return {};
    }
    return PermissionDenied(
        fmt::format("Access denied: Role '{}' cannot run {}.", RoleTitle(caller_.role), what));
  }
  Status RequireAdmin(std::string_view what) const {
    if (IsAdmin(caller_.role)) {
      return {};
    }
    return PermissionDenied(
        fmt::format("Access denied: Role '{}' cannot run {}. It requires 'dba' or 'system' role.",
                    RoleTitle(caller_.role), what));
  }

  Status CheckReadable(const sql::TableName& table) const {
    const QualifiedName name = Qualify(table, default_namespace_);
    if (IsSystemNamespace(name.namespace_id)) {
      return CheckComputed(name);
    }
    const catalog::TableDefPtr def = catalog_.FindTable(name.namespace_id, name.name);
    return def == nullptr ? Status() : CheckRead(*def, caller_);
  }
  Status CheckReads(const std::vector<sql::TableName>& tables) const {
    for (const sql::TableName& table : tables) {
      KALAMDB_RETURN_IF_ERROR(CheckReadable(table));
    }
    return {};
  }

  // Whether there is such a table is not for everyone to know.
  Status CheckComputed(const QualifiedName& name) const {
    const catalog::SystemTable* table = system_tables_.Find(name.namespace_id, name.name);
    if (table != nullptr) {
      return CheckRead(*table, caller_);
    }
    const bool is_open = name.namespace_id == "information_schema";
    return is_open || IsAdmin(caller_.role) ? Status()
                                            : SystemTableDenied(name.Text(), caller_.role);
  }

  Status CheckChange(std::string_view verb, const sql::TableName& table) const {
    const QualifiedName name = Qualify(table, default_namespace_);
    if (IsSystemNamespace(name.namespace_id)) {
      return InvalidOperation(fmt::format("Cannot {} system table '{}'", verb, name.Text()));
    }
    const catalog::TableDefPtr def = catalog_.FindTable(name.namespace_id, name.name);
    return def == nullptr ? Require(Role::kUser, "changes to tables") : CheckWrite(*def, caller_);
  }

  // DESCRIBE and SHOW STATS tell about a table what information_schema tells everyone: all but what
  // is for admins only.
  Status CheckShown(const sql::TableName& table) const {
    const QualifiedName name = Qualify(table, default_namespace_);
    if (IsSystemNamespace(name.namespace_id)) {
      return CheckComputed(name);
    }
    const catalog::TableDefPtr def = catalog_.FindTable(name.namespace_id, name.name);
    return def == nullptr || LeastReader(*def) < Role::kDba ? Status() : CheckRead(*def, caller_);
  }

  Status CheckInner(const sql::Statement& inner) const {
    if (std::holds_alternative<sql::ExecuteAs>(inner.body)) {
      return InvalidOperation("EXECUTE AS USER cannot hold another EXECUTE AS USER");
    }
    if (std::holds_alternative<sql::Begin>(inner.body) ||
        std::holds_alternative<sql::Commit>(inner.body) ||
        std::holds_alternative<sql::Rollback>(inner.body) ||
        std::holds_alternative<sql::UseNamespace>(inner.body)) {
      return InvalidOperation(
          "EXECUTE AS USER takes no BEGIN, COMMIT, ROLLBACK or USE: put them around it");
    }
    // Acting for someone must not become a way to take their account over.
    if (std::holds_alternative<sql::AlterUser>(inner.body)) {
      return InvalidOperation("EXECUTE AS USER takes no ALTER USER");
    }
    if (const sql::TableName* target = ChangedTable(inner)) {
      const QualifiedName name = Qualify(*target, default_namespace_);
      const catalog::TableDefPtr table = catalog_.FindTable(name.namespace_id, name.name);
      if (table != nullptr && table->kind == TableKind::kShared) {
        return PermissionDenied(
            fmt::format("EXECUTE AS USER is not allowed for changes to SHARED tables such as '{}'",
                        name.Text()));
      }
    }
    return {};
  }

  static const sql::TableName* ChangedTable(const sql::Statement& statement) {
    if (const auto* insert = std::get_if<sql::InsertStatement>(&statement.body)) {
      return &insert->table;
    }
    if (const auto* update = std::get_if<sql::UpdateStatement>(&statement.body)) {
      return &update->table;
    }
    const auto* remove = std::get_if<sql::DeleteStatement>(&statement.body);
    return remove == nullptr ? nullptr : &remove->table;
  }

  const Caller& caller_;
  const std::string_view default_namespace_;
  const catalog::Catalog& catalog_;
  const catalog::SystemTables& system_tables_;
};

}  // namespace

Status Authorize(const sql::Statement& statement, const Caller& caller,
                 std::string_view default_namespace, const catalog::Catalog& catalog,
                 const catalog::SystemTables& system_tables) {
  return std::visit(Authorizer(caller, default_namespace, catalog, system_tables), statement.body);
}

StatusOr<Caller> EffectiveCaller(const sql::ExecuteAs& statement, const Caller& actor,
                                 const catalog::Catalog& catalog) {
  KALAMDB_RETURN_IF_ERROR(CheckUserId(statement.user));
  const catalog::UserDefPtr user = catalog.FindUser({statement.user});
  const Role role = user == nullptr ? Role::kUser : user->role;
  const bool is_self = actor.user.value == statement.user && actor.role >= Role::kUser;
  if (!is_self && !MayActAs(actor.role, role)) {
    return Error(PermissionDenied(
        fmt::format("Access denied: Role '{}' cannot execute statements as user '{}'.",
                    RoleTitle(actor.role), statement.user)));
  }
  return Caller{.user = {statement.user}, .role = Role::kUser};
}

Status CheckRead(const TableDef& table, const Caller& caller) {
  return caller.role >= LeastReader(table) ? Status() : TableDenied(table, caller.role, "read");
}

Status CheckWrite(const TableDef& table, const Caller& caller) {
  return caller.role >= LeastWriter(table) ? Status() : TableDenied(table, caller.role, "change");
}

Status CheckRead(const catalog::SystemTable& table, const Caller& caller) {
  return !table.is_admin_only || IsAdmin(caller.role)
             ? Status()
             : SystemTableDenied(table.namespace_id + "." + table.name, caller.role);
}

}  // namespace kalamdb::service
