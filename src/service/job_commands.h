// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "catalog/catalog.h"
#include "jobs/job_runner.h"
#include "service/storage_jobs.h"
#include "sql/parser/statement.h"

namespace kalamdb::service {

// KILL JOB, STORAGE FLUSH and STORAGE COMPACT. The caller has been authorised. Each returns the
// message for the client. Thread-safe; blocks on the disk.
class JobCommands {
 public:
  JobCommands(const catalog::Catalog& catalog, jobs::JobRunner& runner, StorageJobs& storage)
      : catalog_(catalog), runner_(runner), storage_(storage) {}

  // Gives a running job a moment to stop.
  StatusOr<std::string> Kill(const sql::KillJob& statement);
  // Does not wait for the jobs it starts.
  StatusOr<std::string> Run(const sql::StorageCommand& statement,
                            std::string_view default_namespace);

 private:
  StatusOr<std::optional<jobs::JobId>> Submit(sql::StorageAction action,
                                              const catalog::TableDef& table);
  StatusOr<std::string> RunTable(const sql::StorageCommand& statement,
                                 std::string_view default_namespace);
  StatusOr<std::string> RunAll(const sql::StorageCommand& statement,
                               std::string_view default_namespace);

  const catalog::Catalog& catalog_;
  jobs::JobRunner& runner_;
  StorageJobs& storage_;
};

}  // namespace kalamdb::service
