// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "app/data_tier.h"
#include "base/rng.h"
#include "base/settings.h"
#include "catalog/system_tables.h"
#include "jobs/job_runner.h"
#include "service/job_commands.h"
#include "service/live_commands.h"
#include "service/live_service_local.h"
#include "service/namespace_ddl.h"
#include "service/password.h"
#include "service/role_access.h"
#include "service/show.h"
#include "service/sql_service_local.h"
#include "service/storage_ddl.h"
#include "service/storage_files.h"
#include "service/storage_handlers.h"
#include "service/storage_jobs.h"
#include "service/table_ddl.h"
#include "service/table_remover.h"
#include "service/users.h"
#include "sql/exec/duck_engine.h"
#include "sql/exec/executor.h"
#include "sql/exec/value_generator.h"

namespace kalamdb::app {

// What runs statements: the engine, the executor and the services. Owned by ServerApp; the parts
// are thread-safe. The members stand in the order in which they use each other.
class SqlTier {
 public:
  // Also makes what every server has: root, the default namespace, the local storage. What is
  // passed by reference outlives the tier. `port` is what the server listens on, once it does.
  static StatusOr<std::unique_ptr<SqlTier>> Open(const LoadedSettings& loaded,
                                                 const DataDir& directory, DataTier& data,
                                                 jobs::JobRunner& jobs, const Clock& clock,
                                                 const std::atomic<uint16_t>& port);

  service::SqlService& sql() { return sql_; }
  // What jobs do: before their runner starts.
  void RegisterHandlers(jobs::JobRunner& runner) { storage_handlers_.RegisterWith(runner); }
  // Starts jobs as the policies of tables say: after the runner has started.
  service::FlushScheduler& flush_scheduler() { return flush_scheduler_; }
  service::UserService& users() { return users_; }
  service::LocalLiveService& live() { return live_; }

 private:
  SqlTier(const LoadedSettings& loaded, const DataDir& directory, DataTier& data,
          jobs::JobRunner& jobs, const Clock& clock, const std::atomic<uint16_t>& port,
          std::unique_ptr<sql::DuckEngine> duck, service::PasswordHasher hasher);

  Rng rng_;
  const service::PasswordHasher hasher_;
  const service::RoleAccess access_;
  const catalog::SystemTables system_tables_;
  const std::unique_ptr<sql::DuckEngine> duck_;
  sql::ValueGenerator values_;
  sql::Executor executor_;

  service::Users users_;
  service::TableRemover remover_;
  service::NamespaceDdl namespaces_;
  service::TableDdl tables_;
  service::TrashFiles storage_files_;
  service::StorageDdl storages_;
  service::Show show_;
  service::RunnerStorageJobs storage_jobs_;
  service::FlushScheduler flush_scheduler_;
  service::StorageHandlers storage_handlers_;
  service::JobCommands job_commands_;
  service::LocalLiveService live_;
  service::LiveCommands live_commands_;
  service::LocalSqlService sql_;
};

}  // namespace kalamdb::app
