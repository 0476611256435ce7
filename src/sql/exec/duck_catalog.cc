// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_catalog.h"

#include <utility>

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/main/attached_database.hpp"
#include "duckdb/parser/parsed_data/attach_info.hpp"
#include "duckdb/parser/parsed_data/create_schema_info.hpp"
#include "duckdb/parser/parsed_data/create_table_info.hpp"
#include "duckdb/planner/tableref/bound_at_clause.hpp"
#include "duckdb/storage/database_size.hpp"
#include "duckdb/storage/storage_extension.hpp"
#include "duckdb/storage/table_storage_info.hpp"
#include "duckdb/transaction/transaction_manager.hpp"

#include "sql/exec/duck_scan.h"
#include "sql/exec/duck_state.h"
#include "vectors/types.h"
#include "sql/parser/duck_node.h"

namespace kalamdb::sql {

namespace {

using duckdb::CatalogEntry;
using duckdb::CatalogTransaction;
using duckdb::ClientContext;
using duckdb::optional_ptr;

// Virtual columns: hidden ones by position, and _updated above them.
constexpr duckdb::column_t kUpdatedOffset = 1u << 20;

[[noreturn]] void Refuse() {
  throw duckdb::PermissionException("the catalog of the SQL engine can only be read");
}

// The columns of `*`.
void AddVisibleColumns(const table::Relation& relation, duckdb::ColumnList* columns,
                       std::vector<vectors::ColumnSource>* sources) {
  const types::Schema& schema = relation.schema();
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    if (!schema.columns[i].is_hidden) {
      columns->AddColumn(
          duckdb::ColumnDefinition(schema.columns[i].name, vectors::ToLogicalType(schema.columns[i].type)));
      sources->push_back({.kind = vectors::ColumnSource::Kind::kColumn, .position = i});
    }
  }
  if (relation.has_system_columns()) {
    columns->AddColumn(
        duckdb::ColumnDefinition(std::string(types::kSeqName), duckdb::LogicalType::BIGINT));
    sources->push_back({.kind = vectors::ColumnSource::Kind::kSeq});
    columns->AddColumn(
        duckdb::ColumnDefinition(std::string(types::kDeletedName), duckdb::LogicalType::BOOLEAN));
    sources->push_back({.kind = vectors::ColumnSource::Kind::kDeleted});
  }
}

duckdb::virtual_column_map_t VirtualColumns(const table::Relation& relation) {
  duckdb::virtual_column_map_t columns;
  // What COUNT(*) reads: no column at all.
  columns.emplace(duckdb::COLUMN_IDENTIFIER_EMPTY,
                  duckdb::TableColumn("", duckdb::LogicalType::BOOLEAN));
  const types::Schema& schema = relation.schema();
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    if (schema.columns[i].is_hidden) {
      columns.emplace(
          duckdb::VIRTUAL_COLUMN_START + i,
          duckdb::TableColumn(schema.columns[i].name, vectors::ToLogicalType(schema.columns[i].type)));
    }
  }
  if (relation.has_system_columns()) {
    columns.emplace(
        duckdb::VIRTUAL_COLUMN_START + kUpdatedOffset,
        duckdb::TableColumn(std::string(types::kUpdatedName), duckdb::LogicalType::TIMESTAMP));
  }
  return columns;
}

class ScopeSchema final : public duckdb::SchemaCatalogEntry {
 public:
  ScopeSchema(duckdb::Catalog& of_catalog, duckdb::CreateSchemaInfo& info)
      : SchemaCatalogEntry(of_catalog, info) {}

  optional_ptr<CatalogEntry> LookupEntry(CatalogTransaction transaction,
                                         const duckdb::EntryLookupInfo& lookup) override {
    if (lookup.GetCatalogType() != duckdb::CatalogType::TABLE_ENTRY || !transaction.HasContext()) {
      return nullptr;
    }
    QueryState& state = QueryState::Get(transaction.GetContext());
    auto& slot = state.tables[{name, lookup.GetEntryName()}];
    if (slot == nullptr) {
      slot = Load(state, lookup.GetEntryName());
    }
    return slot.get();
  }

  // Nothing can be listed: names are found through the scope one by one.
  void Scan(ClientContext&, duckdb::CatalogType,
            const std::function<void(CatalogEntry&)>&) override {}
  void Scan(duckdb::CatalogType, const std::function<void(CatalogEntry&)>&) override {}

  optional_ptr<CatalogEntry> CreateIndex(CatalogTransaction, duckdb::CreateIndexInfo&,
                                         duckdb::TableCatalogEntry&) override {
    Refuse();
  }
  optional_ptr<CatalogEntry> CreateFunction(CatalogTransaction,
                                            duckdb::CreateFunctionInfo&) override {
    Refuse();
  }
  optional_ptr<CatalogEntry> CreateTable(CatalogTransaction,
                                         duckdb::BoundCreateTableInfo&) override {
    Refuse();
  }
  optional_ptr<CatalogEntry> CreateView(CatalogTransaction, duckdb::CreateViewInfo&) override {
    Refuse();
  }
  optional_ptr<CatalogEntry> CreateSequence(CatalogTransaction,
                                            duckdb::CreateSequenceInfo&) override {
    Refuse();
  }
  optional_ptr<CatalogEntry> CreateTableFunction(CatalogTransaction,
                                                 duckdb::CreateTableFunctionInfo&) override {
    Refuse();
  }
  optional_ptr<CatalogEntry> CreateCopyFunction(CatalogTransaction,
                                                duckdb::CreateCopyFunctionInfo&) override {
    Refuse();
  }
  optional_ptr<CatalogEntry> CreatePragmaFunction(CatalogTransaction,
                                                  duckdb::CreatePragmaFunctionInfo&) override {
    Refuse();
  }
  optional_ptr<CatalogEntry> CreateCollation(CatalogTransaction,
                                             duckdb::CreateCollationInfo&) override {
    Refuse();
  }
  optional_ptr<CatalogEntry> CreateType(CatalogTransaction, duckdb::CreateTypeInfo&) override {
    Refuse();
  }
  void DropEntry(ClientContext&, duckdb::DropInfo&) override { Refuse(); }
  void Alter(CatalogTransaction, duckdb::AlterInfo&) override { Refuse(); }

 private:
  duckdb::unique_ptr<duckdb::TableCatalogEntry> Load(QueryState& state,
                                                     const std::string& table_name) {
    const bool is_default = name == kDefaultSchema;
    StatusOr<std::shared_ptr<const table::Relation>> relation = state.scope().Resolve(
        {.namespace_id = is_default ? std::string() : name, .name = table_name});
    if (!relation.has_value()) {
      state.Throw(std::move(relation).error());
    }
    if (*relation == nullptr) {
      const std::string& space = is_default ? state.scope().default_namespace() : name;
      state.Throw(TableNotFound("table `" + space + "." + table_name + "` does not exist"));
    }
    duckdb::CreateTableInfo info(*this, table_name);
    return duckdb::make_uniq_base<duckdb::TableCatalogEntry, RelationEntry>(catalog, *this, info,
                                                                            *std::move(relation));
  }
};

class ScopeTransaction final : public duckdb::Transaction {
 public:
  using Transaction::Transaction;
};

// Transactions hold nothing: the snapshot of a query is in its relations.
class ScopeTransactions final : public duckdb::TransactionManager {
 public:
  explicit ScopeTransactions(duckdb::AttachedDatabase& database) : TransactionManager(database) {}

  duckdb::Transaction& StartTransaction(ClientContext& context) override {
    QueryState& state = QueryState::Get(context);
    state.transaction = duckdb::make_uniq<ScopeTransaction>(*this, context);
    return *state.transaction;
  }
  duckdb::ErrorData CommitTransaction(ClientContext&, duckdb::Transaction&) override { return {}; }
  void RollbackTransaction(duckdb::Transaction&) override {}
  void Checkpoint(ClientContext&, bool) override {}
};

class ScopeCatalog final : public duckdb::Catalog {
 public:
  explicit ScopeCatalog(duckdb::AttachedDatabase& database) : Catalog(database) {}

  void Initialize(bool) override {}
  duckdb::string GetCatalogType() override { return std::string(kDuckCatalog); }
  duckdb::string GetDefaultSchema() const override { return std::string(kDefaultSchema); }
  bool SupportsTimeTravel() const override { return true; }  // For kWithDeletedUnit.
  bool InMemory() override { return true; }
  duckdb::string GetDBPath() override { return {}; }
  duckdb::DatabaseSize GetDatabaseSize(ClientContext&) override { return {}; }

  optional_ptr<duckdb::SchemaCatalogEntry> LookupSchema(CatalogTransaction transaction,
                                                        const duckdb::EntryLookupInfo& lookup,
                                                        duckdb::OnEntryNotFound) override {
    if (!transaction.HasContext()) {
      return nullptr;
    }
    QueryState& state = QueryState::Get(transaction.GetContext());
    auto& slot = state.schemas[lookup.GetEntryName()];
    if (slot == nullptr) {
      duckdb::CreateSchemaInfo info;
      info.schema = lookup.GetEntryName();
      slot = duckdb::make_uniq_base<duckdb::SchemaCatalogEntry, ScopeSchema>(*this, info);
    }
    return slot.get();
  }
  void ScanSchemas(ClientContext&, std::function<void(duckdb::SchemaCatalogEntry&)>) override {}

  optional_ptr<CatalogEntry> CreateSchema(CatalogTransaction, duckdb::CreateSchemaInfo&) override {
    Refuse();
  }
  void DropSchema(ClientContext&, duckdb::DropInfo&) override { Refuse(); }
  duckdb::PhysicalOperator& PlanCreateTableAs(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                              duckdb::LogicalCreateTable&,
                                              duckdb::PhysicalOperator&) override {
    Refuse();
  }
  duckdb::PhysicalOperator& PlanInsert(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                       duckdb::LogicalInsert&,
                                       optional_ptr<duckdb::PhysicalOperator>) override {
    Refuse();
  }
  duckdb::PhysicalOperator& PlanDelete(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                       duckdb::LogicalDelete&, duckdb::PhysicalOperator&) override {
    Refuse();
  }
  duckdb::PhysicalOperator& PlanUpdate(ClientContext&, duckdb::PhysicalPlanGenerator&,
                                       duckdb::LogicalUpdate&, duckdb::PhysicalOperator&) override {
    Refuse();
  }
};

duckdb::unique_ptr<duckdb::Catalog> AttachCatalog(optional_ptr<duckdb::StorageExtensionInfo>,
                                                  ClientContext&,
                                                  duckdb::AttachedDatabase& database,
                                                  const std::string&, duckdb::AttachInfo&,
                                                  duckdb::AttachOptions&) {
  return duckdb::make_uniq_base<duckdb::Catalog, ScopeCatalog>(database);
}

duckdb::unique_ptr<duckdb::TransactionManager> CreateTransactions(
    optional_ptr<duckdb::StorageExtensionInfo>, duckdb::AttachedDatabase& database,
    duckdb::Catalog&) {
  return duckdb::make_uniq_base<duckdb::TransactionManager, ScopeTransactions>(database);
}

}  // namespace

RelationEntry::RelationEntry(duckdb::Catalog& of_catalog, duckdb::SchemaCatalogEntry& of_schema,
                             duckdb::CreateTableInfo& info,
                             std::shared_ptr<const table::Relation> relation)
    : TableCatalogEntry(of_catalog, of_schema, info),
      relation_(std::move(relation)),
      virtual_columns_(VirtualColumns(*relation_)) {
  AddVisibleColumns(*relation_, &columns, &visible_);
}

vectors::ColumnSource RelationEntry::SourceOf(duckdb::column_t column) const {
  if (column < visible_.size()) {
    return visible_[column];
  }
  if (column == duckdb::VIRTUAL_COLUMN_START + kUpdatedOffset) {
    return {.kind = vectors::ColumnSource::Kind::kUpdated};
  }
  if (column >= duckdb::VIRTUAL_COLUMN_START &&
      column - duckdb::VIRTUAL_COLUMN_START < relation_->schema().columns.size()) {
    return {.kind = vectors::ColumnSource::Kind::kColumn, .position = column - duckdb::VIRTUAL_COLUMN_START};
  }
  return {};
}

duckdb::unique_ptr<duckdb::BaseStatistics> RelationEntry::GetStatistics(ClientContext&,
                                                                        duckdb::column_t) {
  return nullptr;
}

duckdb::TableFunction RelationEntry::GetScanFunction(
    ClientContext& context, duckdb::unique_ptr<duckdb::FunctionData>& bind) {
  return MakeScan(context, *this, {.is_including_deleted = false}, &bind);
}

duckdb::TableFunction RelationEntry::GetScanFunction(ClientContext& context,
                                                     duckdb::unique_ptr<duckdb::FunctionData>& bind,
                                                     const duckdb::EntryLookupInfo& lookup) {
  const auto at = lookup.GetAtClause();
  return MakeScan(context, *this, {.is_including_deleted = at && at->Unit() == kWithDeletedUnit},
                  &bind);
}

duckdb::TableStorageInfo RelationEntry::GetStorageInfo(ClientContext&) {
  duckdb::TableStorageInfo info;
  info.cardinality = relation_->EstimateRows();
  return info;
}

void RegisterCatalog(duckdb::DBConfig& config) {
  auto extension = duckdb::make_uniq<duckdb::StorageExtension>();
  extension->attach = AttachCatalog;
  extension->create_transaction_manager = CreateTransactions;
  config.storage_extensions[std::string(kDuckCatalog)] = std::move(extension);
}

}  // namespace kalamdb::sql
