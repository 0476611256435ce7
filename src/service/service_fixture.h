// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/rng.h"
#include "catalog/catalog.h"
#include "catalog/system_tables.h"
#include "catalog/temp_store.h"
#include "service/bootstrap.h"
#include "service/password.h"
#include "service/sql_service.h"
#include "service/table_dropper.h"

// For tests.
namespace kalamdb::service {

// Drops a table without a table engine: there are no rows.
class RecordDropper final : public TableDropper {
 public:
  RecordDropper(catalog::Catalog& catalog, store::KvStore& store)
      : catalog_(catalog), store_(store) {}
  Status Drop(const catalog::TableDefPtr& table) override {
    return catalog_.DropTable(table, store::WriteBatch(store_));
  }
  Status DropNamespace(const std::string& name) override {
    return catalog_.DropNamespaceAndTables(name, [](const auto&, store::WriteBatch*) {});
  }

 private:
  catalog::Catalog& catalog_;
  store::KvStore& store_;
};

inline Caller CallerOf(std::string user, Role role) {
  return {.user = {std::move(user)}, .role = role};
}

inline types::Column MakeColumn(uint32_t id, std::string name, types::TypeId type) {
  types::Column column;
  column.id = id;
  column.name = std::move(name);
  column.type = types::TypeOf(type);
  return column;
}

// id BIGINT PRIMARY KEY, title TEXT.
inline types::Schema NotesSchema() {
  types::Schema schema;
  schema.columns = {MakeColumn(1, "id", types::TypeId::kBigInt),
                    MakeColumn(2, "title", types::TypeId::kText)};
  schema.key = {0};
  return schema;
}

// A server's catalog after its first start, with cheap password hashes.
class ServiceFixture {
 protected:
  static constexpr int64_t kStart = 1'777'902'000'000'000;

  ServiceFixture() { Start(); }

  void Start() {
    catalog_ = catalog::Catalog::Open(*store_, clock_).value();
    BootstrapOptions options;
    options.storage_directory = (folder_.path() / "storage").string();
    KALAMDB_CHECK(Bootstrap(*catalog_, hasher_, options).ok());
    dropper_ = std::make_unique<RecordDropper>(*catalog_, *store_);
    computed_ =
        std::make_unique<catalog::SystemTables>(*catalog_, std::vector<catalog::SystemTable>());
  }
  void Restart() {
    computed_.reset();
    dropper_.reset();
    catalog_.reset();
    store_.Reopen();
    Start();
  }

  catalog::TableDefPtr MakeTable(std::string space, std::string name,
                                 catalog::TableKind kind = catalog::TableKind::kShared,
                                 catalog::AccessLevel level = catalog::AccessLevel::kPrivate) {
    catalog::TableDef def;
    def.namespace_id = std::move(space);
    def.name = std::move(name);
    def.kind = kind;
    def.options.access_level = level;
    def.versions.push_back(NotesSchema());
    return catalog_->CreateTable(std::move(def)).value();
  }
  void MakeUser(std::string id, Role role) {
    catalog::UserDef user;
    user.id = {std::move(id)};
    user.role = role;
    KALAMDB_CHECK(catalog_->CreateUser(std::move(user)).ok());
  }
  void MakeNamespace(std::string name) {
    catalog::NamespaceDef def;
    def.name = std::move(name);
    KALAMDB_CHECK(catalog_->CreateNamespace(std::move(def)).ok());
  }

  const Caller root_ = CallerOf(kRootUser, Role::kSystem);
  const Caller admin_ = CallerOf("admin", Role::kDba);
  const Caller worker_ = CallerOf("worker", Role::kService);
  const Caller alice_ = CallerOf("alice", Role::kUser);

  ManualClock clock_{kStart};
  Rng rng_{1};
  PasswordHasher hasher_{4};
  catalog::TempFolder folder_;
  catalog::TempStore store_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<RecordDropper> dropper_;
  std::unique_ptr<catalog::SystemTables> computed_;
};

}  // namespace kalamdb::service
