// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_engine.h"

#include <string>
#include <utility>

#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/main/database.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/statement/explain_statement.hpp"
#include "duckdb/planner/binder.hpp"
#include "duckdb/planner/bound_parameter_map.hpp"
#include "duckdb/planner/expression_binder/constant_binder.hpp"

#include "sql/exec/duck_call.h"
#include "sql/exec/duck_cursor.h"
#include "sql/exec/duck_database.h"
#include "sql/exec/duck_ids.h"
#include "sql/exec/duck_row_filter.h"
#include "sql/exec/duck_tree.h"
#include "vectors/types.h"
#include "sql/parser/duck_node.h"

namespace kalamdb::sql {

namespace {

using SelectTree = duckdb::unique_ptr<duckdb::SelectStatement>;

class Engine final : public DuckEngine {
 public:
  // Throws.
  explicit Engine(const DuckOptions& options) : db_(OpenDatabase(options)) {}

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

  StatusOr<std::unique_ptr<RowFilter>> BindFilter(const Projection& projection,
                                                  const QueryRun& run) override {
    return BindDuckFilter(*db_, ids_, projection, run);
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
    KALAMDB_ASSIGN_OR_RETURN(SelectTree tree, CallDuck(nullptr, "build expressions", [&] {
                               return BuildExpressions(expressions);
                             }));
    if (!HasSubquery(*tree)) {
      return EvaluateAlone(std::move(tree), run);
    }
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

  static duckdb::unique_ptr<duckdb::SQLStatement> Explained(SelectTree tree, Mode mode) {
    if (mode == Mode::kQuery) {
      return tree;
    }
    auto parameters = tree->named_param_map;
    auto statement = duckdb::make_uniq<duckdb::ExplainStatement>(
        std::move(tree), mode == Mode::kExplain ? duckdb::ExplainType::EXPLAIN_STANDARD
                                                : duckdb::ExplainType::EXPLAIN_ANALYZE);
    statement->named_param_map = std::move(parameters);
    return statement;
  }

  StatusOr<QueryResult> Run(SelectTree tree, const QueryRun& run, Mode mode);
  // Binds and computes expressions without the planner: a tenth of the time of a query.
  StatusOr<std::vector<types::Parameter>> EvaluateAlone(SelectTree tree, const QueryRun& run);

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
                                                 const std::vector<ColumnFlags>& flags) {
  std::vector<types::ResultColumn> columns;
  for (size_t i = 0; i < pending.types.size(); ++i) {
    const ColumnFlags flag = flags.size() == pending.types.size() ? flags[i] : ColumnFlags();
    columns.push_back({.name = ColumnName(pending.names[i]),
                       .type = vectors::ToResultType(pending.types[i]).type,
                       .is_key = flag.is_key,
                       .is_not_null = flag.is_not_null});
  }
  return columns;
}

StatusOr<QueryResult> Engine::Run(SelectTree tree, const QueryRun& run, Mode mode) {
  RunningQuery query;
  query.state = duckdb::make_shared_ptr<QueryState>(run.scope, run.cancel, &ids_);
  const auto plan = [&]() -> Status {
    query.state->CheckCancelled();
    duckdb::case_insensitive_map_t<duckdb::BoundParameterData> values;
    KALAMDB_RETURN_IF_ERROR(PrepareTree(*tree, run.parameters, &values));
    query.connection = duckdb::make_uniq<duckdb::Connection>(*db_);
    duckdb::ClientContext& context = *query.connection->context;
    QueryState::Attach(context, query.state);
    query.listener = std::make_unique<CancelListener>(
        query.state->cancel(), [connection = query.connection.get()] { connection->Interrupt(); });
    context.config.get_result_collector = CollectInto(*query.buffer);
    query.pending = context.PendingQuery(Explained(std::move(tree), mode), values,
                                         /*allow_stream_result=*/false);
    return query.pending->HasError() ? query.state->Translate(query.pending->GetErrorObject())
                                     : Status();
  };
  KALAMDB_RETURN_IF_ERROR(CallDuck(query.state.get(), "plan a query", plan));
  QueryResult result;
  result.columns = DescribeColumns(*query.pending, query.state->flags);
  if (mode != Mode::kQuery && result.columns.size() == 2) {
    result.columns[0].name = "plan_type";
    result.columns[1].name = "plan";
  }
  result.rows = std::make_unique<DuckCursor>(std::move(query));
  return result;
}

StatusOr<std::vector<types::Parameter>> Engine::EvaluateAlone(SelectTree tree,
                                                              const QueryRun& run) {
  const auto state = duckdb::make_shared_ptr<QueryState>(run.scope, run.cancel, &ids_);
  return CallDuck(
      state.get(), "evaluate expressions", [&]() -> StatusOr<std::vector<types::Parameter>> {
        duckdb::case_insensitive_map_t<duckdb::BoundParameterData> values;
        KALAMDB_RETURN_IF_ERROR(PrepareTree(*tree, run.parameters, &values));
        duckdb::Connection connection(*db_);
        duckdb::ClientContext& context = *connection.context;
        QueryState::Attach(context, state);
        std::vector<types::Parameter> results;
        context.RunFunctionInTransaction([&] {
          const auto binder = duckdb::Binder::CreateBinder(context);
          duckdb::BoundParameterMap parameters(values);
          binder->parameters = &parameters;
          for (auto& item : tree->node->Cast<duckdb::SelectNode>().select_list) {
            duckdb::ConstantBinder constants(*binder, context, "a value");
            const auto bound = constants.Bind(item);
            duckdb::Value value = duckdb::ExpressionExecutor::EvaluateScalar(
                context, *bound, /*allow_unfoldable=*/true);
            const vectors::ResultType type = vectors::ToResultType(bound->return_type);
            if (type.cast.has_value()) {
              value = value.CastAs(context, *type.cast);
            }
            results.push_back({.value = vectors::FromDuckValue(value, type.type), .type = type.type});
          }
        });
        return results;
      });
}

}  // namespace

StatusOr<std::unique_ptr<DuckEngine>> DuckEngine::Open(const DuckOptions& options) {
  return CallDuck(nullptr, "open the SQL engine", [&]() -> std::unique_ptr<DuckEngine> {
    return std::make_unique<Engine>(options);
  });
}

}  // namespace kalamdb::sql
