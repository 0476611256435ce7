// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_database.h"

#include "duckdb/main/config.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/materialized_query_result.hpp"

#include "sql/exec/duck_catalog.h"
#include "sql/exec/duck_functions.h"
#include "sql/exec/duck_guard.h"

namespace kalamdb::sql {

namespace {

constexpr const char* kSettings[] = {
    "ATTACH '' AS kalam (TYPE kalam)",
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL default_null_order = 'postgres'",
    "SET GLOBAL integer_division = true",
    "SET GLOBAL preserve_insertion_order = true",
};

// After these nothing can be changed.
constexpr const char* kLocks[] = {
    "SET GLOBAL enable_external_access = false",
    "SET GLOBAL lock_configuration = true",
};

void RunSetup(duckdb::Connection& connection, const char* statement) {
  if (const auto result = connection.Query(statement); result->HasError()) {
    result->ThrowError();
  }
}

}  // namespace

duckdb::unique_ptr<duckdb::DuckDB> OpenDatabase(const DuckOptions& options) {
  duckdb::DBConfig config;
  config.options.maximum_threads = options.threads;
  config.options.maximum_memory = options.memory_bytes_max;
  config.options.use_temporary_directory = false;  // Beyond the memory is an error, not a file.
  config.options.temporary_directory.clear();
  config.options.autoload_known_extensions = false;
  config.options.autoinstall_known_extensions = false;
  // One query that trips over a defect of the engine must not end all others.
  config.options.disable_database_invalidation = true;
  RegisterCatalog(config);
  auto database = duckdb::make_uniq<duckdb::DuckDB>(nullptr, &config);

  duckdb::Connection setup(*database);
  for (const char* statement : kSettings) {
    RunSetup(setup, statement);
  }
  AddFunctions(setup);
  ReplaceDivision(setup);
  BoundFunctions(setup);
  RemoveFunctions(setup);
  for (const char* statement : kLocks) {
    RunSetup(setup, statement);
  }
  // These are not taken over from the configuration that a database is opened with.
  duckdb::DBConfig& opened = duckdb::DBConfig::GetConfig(*database->instance);
  opened.replacement_scans.clear();
  RegisterGuard(opened);
  return database;
}

}  // namespace kalamdb::sql
