// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/activity.h"
#include "base/clock.h"
#include "catalog/catalog.h"
#include "catalog/system_tables.h"
#include "service/job_commands.h"
#include "service/live_commands.h"
#include "service/namespace_ddl.h"
#include "service/show.h"
#include "service/sql_service.h"
#include "service/storage_ddl.h"
#include "service/table_ddl.h"
#include "service/users.h"
#include "sql/exec/executor.h"
#include "sql/parser/statement_cache.h"

namespace kalamdb::service {

// The services behind statements of our own grammar.
struct StatementServices {
  NamespaceDdl& namespaces;
  TableDdl& tables;
  StorageDdl& storages;
  Users& users;
  Show& show;
  JobCommands& jobs;
  LiveCommands& live;
};

struct SqlServiceOptions {
  uint64_t default_query_limit = 0;                 // Rows of a SELECT without LIMIT; 0: all.
  uint64_t max_query_limit = 0;                     // Rows of any SELECT; 0: no bound.
  std::chrono::milliseconds slow_statement{1'200};  // Logged from here on; 0: never.
  std::chrono::seconds transaction_timeout{300};
  size_t transaction_bytes_max = 100u << 20;  // Staged by an explicit transaction.
  Activity* activity = nullptr;               // Told of every request; may be null.
};

// SqlService over the database in this process. Thread-safe.
class LocalSqlService final : public SqlService {
 public:
  LocalSqlService(sql::Executor& executor, const catalog::Catalog& catalog,
                  const catalog::SystemTables& system_tables, const StatementServices& services,
                  sql::ValueGenerator& values, const Clock& clock, const SqlServiceOptions& options)
      : executor_(executor),
        catalog_(catalog),
        system_tables_(system_tables),
        services_(services),
        values_(values),
        clock_(clock),
        options_(options) {}

  void Execute(SqlRequest request, SqlDone done) override;

 private:
  class Batch;

  // Parses and authorises every statement, before any of them runs.
  StatusOr<sql::StatementList> Admit(const SqlRequest& request, SqlOutcome* outcome);
  void LogWhenSlow(const sql::Statement& statement, const UserId& user,
                   std::chrono::nanoseconds begin) const;
  void RunSingleChange(const sql::StatementPtr& statement, SqlRequest request, SqlDone done);

  sql::Executor& executor_;
  const catalog::Catalog& catalog_;
  const catalog::SystemTables& system_tables_;
  StatementServices services_;
  sql::ValueGenerator& values_;
  const Clock& clock_;
  const SqlServiceOptions options_;
  sql::StatementCache cache_;
};

}  // namespace kalamdb::service
