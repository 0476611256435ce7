// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/catalog/catalog_entry/table_catalog_entry.hpp"
#include "duckdb/common/error_data.hpp"
#include "duckdb/main/client_context_state.hpp"
#include "duckdb/transaction/transaction.hpp"

#include "base/mutex.h"
#include "base/status.h"
#include "sql/exec/duck_engine.h"

namespace kalamdb::sql {

class IdSource;

// What a plain column of the result is in its table.
struct ColumnFlags {
  bool is_key = false;
  bool is_not_null = false;
};

// Everything of ours that belongs to one running query, kept by its connection and destroyed with
// it: the scope, and the catalog entries made of it. So nothing is global for a table, and a name
// is resolved once. Planning is confined to one thread; Throw() and the accessors of the scope may
// be called by the engine's threads too.
class QueryState final : public duckdb::ClientContextState {
 public:
  QueryState(std::shared_ptr<QueryScope> scope, CancelTokenPtr cancel, IdSource* ids)
      : scope_(std::move(scope)), cancel_(std::move(cancel)), ids_(ids) {}

  // The state of a connection; null for the engine's own connections.
  static duckdb::shared_ptr<QueryState> Find(duckdb::ClientContext& context);
  // The same where there must be one: throws otherwise.
  static QueryState& Get(duckdb::ClientContext& context);
  static void Attach(duckdb::ClientContext& context, duckdb::shared_ptr<QueryState> state);

  QueryScope& scope() { return *scope_; }
  IdSource& ids() { return *ids_; }

  const CancelTokenPtr& cancel() const { return cancel_; }
  bool is_cancelled() const { return cancel_ != nullptr && cancel_->is_cancelled(); }
  // Throws when the query was cancelled.
  void CheckCancelled() const;

  // Carries an error of ours through the library: TranslateDuckError() gives it back unchanged.
  [[noreturn]] void Throw(Status status);

  // The error kept by Throw() when `error` is the one it threw; otherwise what the library says.
  Status Translate(const duckdb::ErrorData& error);

  // Catalog entries of this query. Created by the catalog (duck_catalog.cc).
  std::map<std::string, duckdb::unique_ptr<duckdb::SchemaCatalogEntry>> schemas;
  std::map<std::pair<std::string, std::string>, duckdb::unique_ptr<duckdb::TableCatalogEntry>>
      tables;
  duckdb::unique_ptr<duckdb::Transaction> transaction;
  // One for each result column, or empty. Filled in by the plan guard.
  std::vector<ColumnFlags> flags;

  // Sets the time that NOW() and its like return.
  void TransactionBegin(duckdb::MetaTransaction& transaction,
                        duckdb::ClientContext& context) override;

 private:
  const std::shared_ptr<QueryScope> scope_;
  const CancelTokenPtr cancel_;
  IdSource* const ids_;
  Mutex mu_;
  // The last that was thrown: the optimiser catches those of constants that it tries to compute.
  Status failure_ KALAMDB_GUARDED_BY(mu_);
};

// An error of the library as a Status; `state` may be null.
Status TranslateDuckError(QueryState* state, const duckdb::ErrorData& error);

}  // namespace kalamdb::sql
