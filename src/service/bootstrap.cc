// SPDX-License-Identifier: Apache-2.0
#include "service/bootstrap.h"

#include <utility>

namespace kalamdb::service {

namespace {

Status MakeNamespace(catalog::Catalog& catalog, const char* name) {
  if (catalog.FindNamespace(name) != nullptr) {
    return {};
  }
  catalog::NamespaceDef def;
  def.name = name;
  return catalog.CreateNamespace(std::move(def));
}

Status MakeLocalStorage(catalog::Catalog& catalog, const BootstrapOptions& options) {
  if (const catalog::StorageDefPtr local = catalog.FindStorage(kLocalStorage)) {
    if (local->base_directory == options.storage_directory) {
      return {};
    }
    return catalog.UpdateStorage(kLocalStorage, [&options](catalog::StorageDef& def) {
      def.base_directory = options.storage_directory;
    });
  }
  catalog::StorageDef def;
  def.id = kLocalStorage;
  def.name = "Local storage";
  def.description = "The data directory of this server";
  def.type = "filesystem";
  def.base_directory = options.storage_directory;
  def.shared_tables_template = options.shared_tables_template;
  def.user_tables_template = options.user_tables_template;
  return catalog.CreateStorage(std::move(def));
}

// The configured password is for a root that has none.
bool SetsPassword(const catalog::Catalog& catalog, const BootstrapOptions& options) {
  const catalog::UserDefPtr root = catalog.FindUser({kRootUser});
  return !options.root_password.empty() && (root == nullptr || root->password_hash.empty());
}

Status MakeRoot(catalog::Catalog& catalog, const PasswordHasher& hasher,
                const BootstrapOptions& options) {
  const catalog::UserDefPtr root = catalog.FindUser({kRootUser});
  const bool sets_password = SetsPassword(catalog, options);
  std::string hash;
  if (sets_password) {
    KALAMDB_ASSIGN_OR_RETURN(hash, hasher.Hash(options.root_password.Reveal()));
  }
  if (root == nullptr) {
    catalog::UserDef def;
    def.id = {kRootUser};
    def.role = Role::kSystem;
    def.email = "root@localhost";
    def.auth_type = catalog::AuthType::kInternal;
    def.password_hash = std::move(hash);
    return catalog.CreateUser(std::move(def));
  }
  if (!sets_password) {
    return {};
  }
  return catalog.UpdateUser({kRootUser}, [&hash](catalog::UserDef& user) {
    user.password_hash = std::move(hash);
    return true;
  });
}

}  // namespace

Status Bootstrap(catalog::Catalog& catalog, const PasswordHasher& hasher,
                 const BootstrapOptions& options) {
  if (SetsPassword(catalog, options)) {
    const Status status = CheckPassword(options.root_password.Reveal(), options.password_rules);
    if (!status.ok()) {
      return InvalidArgument("auth.root_password: " + status.message());
    }
  }
  KALAMDB_RETURN_IF_ERROR(MakeNamespace(catalog, kDefaultNamespace));
  KALAMDB_RETURN_IF_ERROR(MakeNamespace(catalog, kDbaNamespace));
  KALAMDB_RETURN_IF_ERROR(MakeLocalStorage(catalog, options));
  return MakeRoot(catalog, hasher, options).WithContext("root user");
}

}  // namespace kalamdb::service
