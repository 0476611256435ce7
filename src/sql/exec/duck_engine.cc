// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_engine.h"

#include <string>
#include <utility>

#include "duckdb/main/client_context.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/parser/statement/explain_statement.hpp"

#include "sql/exec/duck_call.h"
#include "sql/exec/duck_catalog.h"
#include "sql/exec/duck_cursor.h"
#include "sql/exec/duck_functions.h"
#include "sql/exec/duck_guard.h"
#include "sql/exec/duck_ids.h"
#include "sql/exec/duck_tree.h"
#include "sql/parser/duck_node.h"

namespace kalamdb::sql {

namespace {

using SelectTree = duckdb::unique_ptr<duckdb::SelectStatement>;

// Run once on the engine's first connection, in this order; the last one makes them final.
constexpr const char* kSettings[] = {
    "ATTACH '' AS kalam (TYPE kalam)",
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL default_null_order = 'postgres'",
    "SET GLOBAL integer_division = true",
    "SET GLOBAL preserve_insertion_order = true",
    "SET GLOBAL enable_external_access = false",
    "SET GLOBAL lock_configuration = true",
};

void Configure(const DuckOptions& options, duckdb::DBConfig& config) {
  config.options.maximum_threads = options.threads;
  config.options.maximum_memory = options.memory_bytes_max;
  config.options.use_temporary_directory = false;  // Beyond the memory is an error, not a file.
  config.options.temporary_directory.clear();
  config.options.autoload_known_extensions = false;
  config.options.autoinstall_known_extensions = false;
  // One query that trips over a defect of the engine must not end all others.
  config.options.disable_database_invalidation = true;
  RegisterCatalog(config);
}

duckdb::unique_ptr<duckdb::DuckDB> OpenDatabase(const DuckOptions& options) {
  duckdb::DBConfig config;
  Configure(options, config);
  return duckdb::make_uniq<duckdb::DuckDB>(nullptr, &config);
}

class Engine final : public DuckEngine {
 public:
  explicit Engine(const DuckOptions& options) : db_(OpenDatabase(options)) {
    duckdb::Connection setup(*db_);
    // Not taken over from the configuration that a database is opened with.
    duckdb::DBConfig& config = duckdb::DBConfig::GetConfig(*db_->instance);
    config.replacement_scans.clear();
    for (const char* setting : kSettings) {
      if (std::string_view(setting).find("enable_external_access") != std::string_view::npos) {
        AddFunctions(setup);
        ReplaceDivision(setup);
        RemoveFunctions(setup);
      }
      if (const auto result = setup.Query(setting); result->HasError()) {
        result->ThrowError();
      }
    }
    RegisterGuard(config);
  }

  StatusOr<QueryResult> Query(const SelectStatement& query, const QueryRun& run) override {
    if (!query.node->is_query()) {
      return Error(Internal("a query that is none"));
    }
    KALAMDB_ASSIGN_OR_RETURN(SelectTree tree, Copy(*query.node));
    return Run(std::move(tree), run,
               query.is_explain
                   ? (query.is_explain_analyze ? Mode::kExplainAnalyze : Mode::kExplain)
                   : Mode::kQuery);
  }

  StatusOr<QueryResult> Project(const Projection& projection, const QueryRun& run) override {
    KALAMDB_ASSIGN_OR_RETURN(SelectTree tree, CallDuck(nullptr, "build a projection", [&] {
                               return BuildProjection(projection);
                             }));
    return Run(std::move(tree), run, Mode::kQuery);
  }

  StatusOr<QueryResult> QueryNode(const DuckNodePtr& node, const QueryRun& run) override {
    if (!node->is_query()) {
      return Error(Internal("a query that is none"));
    }
    KALAMDB_ASSIGN_OR_RETURN(SelectTree tree, Copy(*node));
    return Run(std::move(tree), run, Mode::kQuery);
  }

  StatusOr<std::vector<types::Parameter>> Evaluate(std::span<const DuckNodePtr> expressions,
                                                   const QueryRun& run) override {
    if (expressions.empty()) {
      return std::vector<types::Parameter>();
    }
    KALAMDB_ASSIGN_OR_RETURN(SelectTree tree, CallDuck(nullptr, "build expressions", [&] {
                               return BuildExpressions(expressions);
                             }));
    KALAMDB_ASSIGN_OR_RETURN(QueryResult result, Run(std::move(tree), run, Mode::kQuery));
    std::vector<types::Row> rows;
    KALAMDB_RETURN_IF_ERROR(result.rows->Next(&rows));
    if (rows.size() != 1 || rows[0].size() != result.columns.size()) {
      return Error(ExecutionError("an expression gave more or less than one value"));
    }
    std::vector<types::Parameter> values;
    for (size_t i = 0; i < result.columns.size(); ++i) {
      values.push_back({.value = std::move(rows[0][i]), .type = result.columns[i].type});
    }
    return values;
  }

 private:
  enum class Mode : uint8_t { kQuery, kExplain, kExplainAnalyze };

  static StatusOr<SelectTree> Copy(const DuckNode& node) {
    return CallDuck(nullptr, "copy a query", [&] { return node.CopyQuery(); });
  }

  StatusOr<QueryResult> Run(SelectTree tree, const QueryRun& run, Mode mode);

  duckdb::unique_ptr<duckdb::DuckDB> db_;
  IdSource ids_;
};

// Names of columns without an alias are the engine's text of the expression: ours where it shows.
std::string ColumnName(std::string name) {
  constexpr std::pair<std::string_view, std::string_view> kReplacements[] = {
      {"count_star()", "count(*)"},
      {"kalam_current_user()", "current_user"},
      {"kalam_current_role()", "current_role"},
      {"kalam_now()", "now()"},
      {"main.", ""},
  };
  for (const auto& [theirs, ours] : kReplacements) {
    for (size_t at = name.find(theirs); at != std::string::npos; at = name.find(theirs, at)) {
      name.replace(at, theirs.size(), ours);
    }
  }
  return name;
}

std::vector<types::ResultColumn> DescribeColumns(const duckdb::PendingQueryResult& pending,
                                                 const std::vector<ResultType>& types,
                                                 const std::vector<ColumnFlags>& flags) {
  std::vector<types::ResultColumn> columns;
  for (size_t i = 0; i < types.size(); ++i) {
    const ColumnFlags flag = flags.size() == types.size() ? flags[i] : ColumnFlags();
    columns.push_back({.name = ColumnName(pending.names[i]),
                       .type = types[i].type,
                       .is_key = flag.is_key,
                       .is_not_null = flag.is_not_null});
  }
  return columns;
}

StatusOr<QueryResult> Engine::Run(SelectTree tree, const QueryRun& run, Mode mode) {
  duckdb::case_insensitive_map_t<duckdb::BoundParameterData> values;
  const auto state = duckdb::make_shared_ptr<QueryState>(run.scope, run.cancel, &ids_);
  duckdb::unique_ptr<duckdb::Connection> connection;
  const auto plan = [&]() -> StatusOr<duckdb::unique_ptr<duckdb::PendingQueryResult>> {
    state->CheckCancelled();
    KALAMDB_RETURN_IF_ERROR(PrepareTree(*tree, run.parameters, &values));
    connection = duckdb::make_uniq<duckdb::Connection>(*db_);
    QueryState::Attach(*connection->context, state);
    duckdb::unique_ptr<duckdb::SQLStatement> statement = std::move(tree);
    if (mode != Mode::kQuery) {
      auto parameters = statement->named_param_map;
      statement = duckdb::make_uniq<duckdb::ExplainStatement>(
          std::move(statement), mode == Mode::kExplain ? duckdb::ExplainType::EXPLAIN_STANDARD
                                                       : duckdb::ExplainType::EXPLAIN_ANALYZE);
      statement->named_param_map = std::move(parameters);
    }
    auto pending = connection->context->PendingQuery(std::move(statement), values,
                                                     /*allow_stream_result=*/true);
    if (pending->HasError()) {
      return Error(state->Translate(pending->GetErrorObject()));
    }
    return pending;
  };
  KALAMDB_ASSIGN_OR_RETURN(auto pending, CallDuck(state.get(), "plan a query", plan));

  std::vector<ResultType> types;
  for (const duckdb::LogicalType& type : pending->types) {
    types.push_back(ToResultType(type));
  }
  QueryResult result;
  result.columns = DescribeColumns(*pending, types, state->flags);
  if (mode != Mode::kQuery && result.columns.size() == 2) {
    result.columns[0].name = "plan_type";
    result.columns[1].name = "plan";
  }
  result.rows = std::make_unique<DuckCursor>(std::move(connection), state, std::move(pending),
                                             std::move(types));
  return result;
}

}  // namespace

StatusOr<std::unique_ptr<DuckEngine>> DuckEngine::Open(const DuckOptions& options) {
  return CallDuck(nullptr, "open the SQL engine", [&]() -> std::unique_ptr<DuckEngine> {
    return std::make_unique<Engine>(options);
  });
}

}  // namespace kalamdb::sql
