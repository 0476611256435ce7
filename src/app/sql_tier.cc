// SPDX-License-Identifier: Apache-2.0
#include "app/sql_tier.h"

#include <utility>

#include "app/data_metrics.h"
#include "app/server_options.h"
#include "catalog/system_table_makers.h"
#include "jobs/job_rows.h"
#include "service/bootstrap.h"
#include "table/manifest_rows.h"

namespace kalamdb::app {

namespace {

// Computed tables about more than the catalog.
std::vector<catalog::SystemTable> OtherSystemTables(const LoadedSettings& loaded, DataTier& data,
                                                    const jobs::JobRunner& jobs,
                                                    const service::LocalLiveService& live,
                                                    const Clock& clock) {
  std::vector<catalog::SystemTable> tables;
  tables.push_back(catalog::MakeSystemSettings([rows = ListSettings(loaded)] { return rows; }));
  tables.push_back(catalog::MakeSystemJobs([&jobs] {
    std::vector<catalog::JobRow> rows;
    for (const jobs::Job& job : jobs.List()) {
      rows.push_back(jobs::MakeJobRow(job));
    }
    return rows;
  }));
  for (const char* name : {"live", "live_queries"}) {
    tables.push_back(catalog::MakeSystemLive(name, [&live] { return live.List(); }));
  }
  tables.push_back(catalog::MakeSystemManifest([&data] {
    return table::ListManifests(data.store(), data.tiers(), data.catalog().ListTables());
  }));
  tables.push_back(
      catalog::MakeSystemStats({catalog::CatalogMetrics(data.catalog()),
                                ServerMetrics(loaded.values, clock), DataMetrics(data),
                                [&live] {
                                  const std::string count =
                                      std::to_string(live.subscription_count());
                                  return std::vector<catalog::Metric>{
                                      {"total_live_queries", count},
                                      {"active_subscriptions", count},
                                      {"websocket_sessions",
                                       std::to_string(live.connection_count())}};
                                }}));
  return tables;
}

// Folders of the server's own, in which no storage may lie.
std::vector<std::string> OwnFolders(const DataDir& directory) {
  return {directory.path() + "/rocksdb", directory.path() + "/secrets", directory.path() + "/logs"};
}

}  // namespace

StatusOr<std::unique_ptr<SqlTier>> SqlTier::Open(const LoadedSettings& loaded,
                                                 const DataDir& directory, DataTier& data,
                                                 jobs::JobRunner& jobs, const Clock& clock,
                                                 const std::atomic<uint16_t>& port) {
  const Settings& settings = loaded.values;
  KALAMDB_ASSIGN_OR_RETURN(const std::string storage_folder, directory.Folder("storage"));
  KALAMDB_ASSIGN_OR_RETURN(std::unique_ptr<sql::DuckEngine> duck,
                           sql::DuckEngine::Open(MakeDuckOptions(settings)));
  const service::PasswordRules password_rules = {.is_complexity_enforced =
                                                     settings.auth.enforce_password_complexity};
  service::PasswordHasher hasher(static_cast<int>(settings.auth.bcrypt_cost));
  const service::BootstrapOptions bootstrap = {
      .storage_directory = storage_folder,
      .shared_tables_template = settings.storage.shared_tables_template,
      .user_tables_template = settings.storage.user_tables_template,
      .root_password = settings.auth.root_password,
      .password_rules = password_rules};
  KALAMDB_RETURN_IF_ERROR(service::Bootstrap(data.catalog(), hasher, bootstrap));
  return std::unique_ptr<SqlTier>(
      new SqlTier(loaded, directory, data, jobs, clock, port, std::move(duck), std::move(hasher)));
}

SqlTier::SqlTier(const LoadedSettings& loaded, const DataDir& directory, DataTier& data,
                 jobs::JobRunner& jobs, const Clock& clock, const std::atomic<uint16_t>& port,
                 std::unique_ptr<sql::DuckEngine> duck, service::PasswordHasher hasher)
    : hasher_(std::move(hasher)),
      system_tables_(data.catalog(), OtherSystemTables(loaded, data, jobs, live_, clock)),
      duck_(std::move(duck)),
      values_(data.sequence(), data.serials(), clock, rng_),
      executor_({data.catalog(), system_tables_, data.reader(), access_}, *duck_, values_,
                data.committer()),
      users_(data.catalog(), clock, hasher_,
             {.is_complexity_enforced = loaded.values.auth.enforce_password_complexity}),
      remover_(data.catalog(), data.store(), data.committer(), data.tiers(), data.trash()),
      namespaces_(data.catalog(), remover_),
      tables_(data.catalog(), remover_),
      storage_files_(data.trash()),
      storages_(data.catalog(), rng_, storage_files_, OwnFolders(directory)),
      show_(data.catalog(), system_tables_,
            [&data, &clock](const catalog::TableDef& table, const CancelToken* cancel) {
              return CountTable(data, table, clock.WallMicros(), cancel);
            }),
      storage_jobs_(jobs,
                    [&data](const catalog::TableDef& table) { return HasHotRows(data, table); }),
      flush_scheduler_({data.catalog(), clock, data.flusher(), data.trash(), storage_jobs_}),
      storage_handlers_(
          {data.catalog(), clock, data.store(), data.tiers(), data.flusher(), data.compactor(),
           flush_scheduler_, storage_jobs_},
          {.deleted_retention_seconds =
               loaded.values.retention.default_deleted_retention_hours * 3'600,
           .merge_segments = static_cast<size_t>(loaded.values.compaction.merge_segments)}),
      job_commands_(data.catalog(), jobs, storage_jobs_),
      live_({data.catalog(), system_tables_, data.reader(), data.committer(), data.changes(),
             *duck_, clock},
            MakeLiveOptions(loaded.values)),
      live_commands_(
          live_, [&loaded, &port] { return WebSocketUrl(loaded.values, port.load()); },
          data.catalog(), rng_),
      sql_(executor_, data.catalog(), system_tables_,
           {namespaces_, tables_, storages_, users_, show_, job_commands_, live_commands_}, values_,
           clock, MakeSqlOptions(loaded.values, data.activity())) {
  data.committer().set_on_commit(
      [this](const table::WriteSet& writes) { flush_scheduler_.OnCommit(writes); });
}

}  // namespace kalamdb::app
