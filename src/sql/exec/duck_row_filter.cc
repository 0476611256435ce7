// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_row_filter.h"

#include <string>
#include <utility>
#include <vector>

#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_conjunction_expression.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/operator/logical_filter.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "duckdb/planner/planner.hpp"

#include "sql/exec/duck_call.h"
#include "sql/exec/duck_scan.h"
#include "sql/exec/duck_tree.h"
#include "sql/parser/duck_node.h"
#include "vectors/column_decoder.h"
#include "vectors/types.h"

namespace kalamdb::sql {

namespace {

using BoundExpression = duckdb::unique_ptr<duckdb::Expression>;

// Throws when the value of `expression` depends on more than the row.
void CheckStable(QueryState& state, const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION) {
    const auto& function = expression.Cast<duckdb::BoundFunctionExpression>().function;
    if (function.stability != duckdb::FunctionStability::CONSISTENT &&
        function.name != kCurrentUserFunction && function.name != kCurrentRoleFunction) {
      const std::string name = function.name == kNowFunction ? "now" : function.name;
      state.Throw(InvalidSql("a live query cannot use " + name +
                             "(): its value changes although the row does not"));
    }
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](const duckdb::Expression& child) { CheckStable(state, child); });
}

// Makes references to columns of the scan ones to columns of a chunk.
void RebaseColumns(QueryState& state, const duckdb::LogicalGet& get, BoundExpression& expression) {
  if (expression->GetExpressionClass() == duckdb::ExpressionClass::BOUND_COLUMN_REF) {
    const auto& column = expression->Cast<duckdb::BoundColumnRefExpression>();
    if (column.binding.table_index != get.table_index || column.depth != 0) {
      state.Throw(InvalidSql("a live query looks at the rows of one table"));
    }
    expression = duckdb::make_uniq<duckdb::BoundReferenceExpression>(
        column.GetAlias(), column.return_type, column.binding.column_index);
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      *expression, [&](BoundExpression& child) { RebaseColumns(state, get, child); });
}

class DuckRowFilter final : public RowFilter {
 public:
  DuckRowFilter(duckdb::unique_ptr<duckdb::Connection> connection,
                duckdb::shared_ptr<QueryState> state)
      : connection_(std::move(connection)), state_(std::move(state)), passing_(1) {}

  Status Bind(duckdb::unique_ptr<duckdb::SelectStatement> tree,
              std::span<const types::Parameter> parameters) {
    duckdb::case_insensitive_map_t<duckdb::BoundParameterData> values;
    KALAMDB_RETURN_IF_ERROR(PrepareTree(*tree, parameters, &values));
    duckdb::ClientContext& context = *connection_->context;
    context.RunFunctionInTransaction([&] {
      duckdb::Planner planner(context);
      for (auto& [name, value] : values) {
        planner.parameter_data.emplace(name, value);
      }
      planner.CreatePlan(std::move(tree));
      TakeExpression(*planner.plan);
    });
    chunk_.Initialize(duckdb::Allocator::Get(context), types_, 1);
    executor_ = duckdb::make_uniq<duckdb::ExpressionExecutor>(context, *expression_);
    return {};
  }

  StatusOr<bool> Matches(const types::RowView& row, CommitSeq seq) override {
    return CallDuck(state_.get(), "evaluate a filter", [&] {
      const vectors::PlacedRow placed{seq, row};
      chunk_.Reset();
      for (size_t i = 0; i < decoders_.size(); ++i) {
        decoders_[i].Begin(chunk_.data[i]);
        decoders_[i].Put({&placed, 1}, 0);
      }
      chunk_.SetCardinality(1);
      return executor_->SelectExpression(chunk_, passing_) > 0;
    });
  }

 private:
  // The plan of `SELECT ... FROM t WHERE ...`: a projection, a filter, a scan.
  void TakeExpression(duckdb::LogicalOperator& plan) {
    duckdb::LogicalOperator* at = &plan;
    while (at->type == duckdb::LogicalOperatorType::LOGICAL_PROJECTION) {
      at = at->children[0].get();
    }
    if (at->type != duckdb::LogicalOperatorType::LOGICAL_FILTER ||
        at->children[0]->type != duckdb::LogicalOperatorType::LOGICAL_GET) {
      state_->Throw(InvalidSql("the WHERE clause of a live query looks at one row"));
    }
    const auto& get = at->children[0]->Cast<duckdb::LogicalGet>();
    if (get.function.name != kScanFunction) {
      state_->Throw(InvalidSql("a live query reads one table"));
    }
    for (BoundExpression& conjunct : at->expressions) {
      CheckStable(*state_, *conjunct);
      RebaseColumns(*state_, get, conjunct);
      expression_ = expression_ == nullptr ? std::move(conjunct)
                                           : duckdb::make_uniq<duckdb::BoundConjunctionExpression>(
                                                 duckdb::ExpressionType::CONJUNCTION_AND,
                                                 std::move(expression_), std::move(conjunct));
    }
    const auto& entry = get.bind_data->Cast<ScanBind>().entry;
    const types::Schema& schema = entry.relation()->schema();
    for (const duckdb::ColumnIndex& column : get.GetColumnIds()) {
      AddColumn(entry.SourceOf(column.GetPrimaryIndex()), schema);
    }
  }

  void AddColumn(vectors::ColumnSource source, const types::Schema& schema) {
    using Kind = vectors::ColumnSource::Kind;
    types::DataType type;
    switch (source.kind) {
      case Kind::kColumn:
        type = schema.columns[source.position].type;
        break;
      case Kind::kSeq:
        type = types::TypeOf(types::TypeId::kBigInt);
        break;
      case Kind::kUpdated:
        type = types::TypeOf(types::TypeId::kTimestamp);
        break;
      case Kind::kDeleted:
      case Kind::kNothing:
        type = types::TypeOf(types::TypeId::kBoolean);
        break;
    }
    decoders_.emplace_back(source, type);
    types_.push_back(vectors::ToLogicalType(type));
  }

  const duckdb::unique_ptr<duckdb::Connection> connection_;
  const duckdb::shared_ptr<QueryState> state_;
  BoundExpression expression_;
  std::vector<vectors::ColumnDecoder> decoders_;  // One for each column of the chunk.
  duckdb::vector<duckdb::LogicalType> types_;
  duckdb::DataChunk chunk_;
  duckdb::unique_ptr<duckdb::ExpressionExecutor> executor_;
  duckdb::SelectionVector passing_;
};

}  // namespace

StatusOr<std::unique_ptr<RowFilter>> BindDuckFilter(duckdb::DuckDB& db, IdSource& ids,
                                                    const DuckEngine::Projection& projection,
                                                    const QueryRun& run) {
  auto state = duckdb::make_shared_ptr<QueryState>(run.scope, run.cancel, &ids);
  return CallDuck(state.get(), "bind a filter", [&]() -> StatusOr<std::unique_ptr<RowFilter>> {
    KALAMDB_ASSIGN_OR_RETURN(auto tree, BuildProjection(projection));
    auto connection = duckdb::make_uniq<duckdb::Connection>(db);
    QueryState::Attach(*connection->context, state);
    auto filter = std::make_unique<DuckRowFilter>(std::move(connection), state);
    KALAMDB_RETURN_IF_ERROR(filter->Bind(std::move(tree), run.parameters));
    return filter;
  });
}

}  // namespace kalamdb::sql
