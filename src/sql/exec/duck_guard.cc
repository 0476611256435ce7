// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_guard.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/schema_catalog_entry.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/optimizer/optimizer_extension.hpp"
#include "duckdb/parser/parsed_data/drop_info.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "duckdb/planner/operator/logical_projection.hpp"

#include "sql/exec/duck_scan.h"
#include "sql/exec/duck_state.h"

namespace kalamdb::sql {

namespace {

using duckdb::CatalogType;
using duckdb::LogicalOperator;
using duckdb::LogicalOperatorType;

constexpr std::array<std::string_view, 7> kTableFunctions{
    "generate_series", "json_each", "json_tree", "range", "repeat", "repeat_row", "unnest"};

// State of the engine, other sessions and settings; and functions that plan text of their own.
constexpr std::array<std::string_view, 23> kRemovedScalars{"current_connection_id",
                                                           "current_database",
                                                           "current_query",
                                                           "current_query_id",
                                                           "current_schema",
                                                           "current_schemas",
                                                           "current_setting",
                                                           "current_transaction_id",
                                                           "currval",
                                                           "getenv",
                                                           "getvariable",
                                                           "in_search_path",
                                                           "json_deserialize_sql",
                                                           "json_serialize_plan",
                                                           "json_serialize_sql",
                                                           "nextval",
                                                           "parse_duckdb_log_message",
                                                           "setseed",
                                                           "stats",
                                                           "txid_current",
                                                           "vector_type",
                                                           "which_secret",
                                                           "write_log"};

template <size_t kSize>
bool Contains(const std::array<std::string_view, kSize>& names, std::string_view name) {
  for (const std::string_view candidate : names) {
    if (candidate == name) {
      return true;
    }
  }
  return false;
}

struct EntryName {
  CatalogType type;
  std::string schema;
  std::string name;
};

std::vector<EntryName> EntriesToRemove(duckdb::ClientContext& context, duckdb::Catalog& catalog) {
  std::vector<EntryName> entries;
  for (const auto& reference : catalog.GetSchemas(context)) {
    duckdb::SchemaCatalogEntry& schema = reference.get();
    const auto collect = [&](CatalogType set, auto&& is_removed) {
      schema.Scan(context, set, [&](duckdb::CatalogEntry& entry) {
        if (is_removed(entry)) {
          entries.push_back({.type = entry.type, .schema = schema.name, .name = entry.name});
        }
      });
    };
    collect(CatalogType::TABLE_FUNCTION_ENTRY, [](const duckdb::CatalogEntry& entry) {
      return entry.type == CatalogType::TABLE_FUNCTION_ENTRY &&
             !Contains(kTableFunctions, entry.name);
    });
    collect(CatalogType::SCALAR_FUNCTION_ENTRY, [](const duckdb::CatalogEntry& entry) {
      return entry.type == CatalogType::SCALAR_FUNCTION_ENTRY &&
             Contains(kRemovedScalars, entry.name);
    });
    collect(CatalogType::PRAGMA_FUNCTION_ENTRY, [](const duckdb::CatalogEntry&) { return true; });
    collect(CatalogType::COPY_FUNCTION_ENTRY, [](const duckdb::CatalogEntry&) { return true; });
  }
  return entries;
}

// Operators that compute rows from rows. Everything that writes, attaches, loads or sets is absent.
bool IsAllowed(LogicalOperatorType type) {
  switch (type) {
    case LogicalOperatorType::LOGICAL_PROJECTION:
    case LogicalOperatorType::LOGICAL_FILTER:
    case LogicalOperatorType::LOGICAL_AGGREGATE_AND_GROUP_BY:
    case LogicalOperatorType::LOGICAL_WINDOW:
    case LogicalOperatorType::LOGICAL_UNNEST:
    case LogicalOperatorType::LOGICAL_LIMIT:
    case LogicalOperatorType::LOGICAL_ORDER_BY:
    case LogicalOperatorType::LOGICAL_TOP_N:
    case LogicalOperatorType::LOGICAL_DISTINCT:
    case LogicalOperatorType::LOGICAL_SAMPLE:
    case LogicalOperatorType::LOGICAL_PIVOT:
    case LogicalOperatorType::LOGICAL_GET:
    case LogicalOperatorType::LOGICAL_CHUNK_GET:
    case LogicalOperatorType::LOGICAL_DELIM_GET:
    case LogicalOperatorType::LOGICAL_EXPRESSION_GET:
    case LogicalOperatorType::LOGICAL_DUMMY_SCAN:
    case LogicalOperatorType::LOGICAL_EMPTY_RESULT:
    case LogicalOperatorType::LOGICAL_CTE_REF:
    case LogicalOperatorType::LOGICAL_DEPENDENT_JOIN:
    case LogicalOperatorType::LOGICAL_COMPARISON_JOIN:
    case LogicalOperatorType::LOGICAL_ANY_JOIN:
    case LogicalOperatorType::LOGICAL_CROSS_PRODUCT:
    case LogicalOperatorType::LOGICAL_POSITIONAL_JOIN:
    case LogicalOperatorType::LOGICAL_ASOF_JOIN:
    case LogicalOperatorType::LOGICAL_DELIM_JOIN:
    case LogicalOperatorType::LOGICAL_JOIN:
    case LogicalOperatorType::LOGICAL_UNION:
    case LogicalOperatorType::LOGICAL_EXCEPT:
    case LogicalOperatorType::LOGICAL_INTERSECT:
    case LogicalOperatorType::LOGICAL_RECURSIVE_CTE:
    case LogicalOperatorType::LOGICAL_MATERIALIZED_CTE:
    case LogicalOperatorType::LOGICAL_EXPLAIN:
      return true;
    default:
      return false;
  }
}

// The scans of relations in the plan; throws when there is something that must not be.
void CheckPlan(QueryState& state, const LogicalOperator& plan,
               std::vector<const duckdb::LogicalGet*>* scans) {
  if (!IsAllowed(plan.type)) {
    state.Throw(InvalidSql("only queries can be run here"));
  }
  if (plan.type == LogicalOperatorType::LOGICAL_GET) {
    const auto& get = plan.Cast<duckdb::LogicalGet>();
    if (get.function.name == kScanFunction) {
      scans->push_back(&get);
    } else if (!Contains(kTableFunctions, get.function.name)) {
      state.Throw(InvalidSql("there is no table function `" + get.function.name + "`"));
    }
  }
  for (const auto& child : plan.children) {
    CheckPlan(state, *child, scans);
  }
}

// True when every row of the result is one row of the scan: nothing is joined, grouped or made up.
bool IsRowByRow(const LogicalOperator& plan) {
  switch (plan.type) {
    case LogicalOperatorType::LOGICAL_GET:
      return true;
    case LogicalOperatorType::LOGICAL_PROJECTION:
    case LogicalOperatorType::LOGICAL_FILTER:
    case LogicalOperatorType::LOGICAL_LIMIT:
    case LogicalOperatorType::LOGICAL_ORDER_BY:
    case LogicalOperatorType::LOGICAL_TOP_N:
    case LogicalOperatorType::LOGICAL_DISTINCT:
      return IsRowByRow(*plan.children[0]);
    default:
      return false;
  }
}

// The column of a projection below that `binding` passes on unchanged, down to the scan.
duckdb::ColumnBinding TraceBinding(const LogicalOperator& plan, duckdb::ColumnBinding binding) {
  for (const LogicalOperator* at = &plan; !at->children.empty(); at = at->children[0].get()) {
    if (at->type != LogicalOperatorType::LOGICAL_PROJECTION) {
      continue;
    }
    const auto& projection = at->Cast<duckdb::LogicalProjection>();
    if (projection.table_index != binding.table_index) {
      continue;
    }
    const auto& item = *projection.expressions[binding.column_index];
    if (item.GetExpressionClass() != duckdb::ExpressionClass::BOUND_COLUMN_REF) {
      return {};
    }
    binding = item.Cast<duckdb::BoundColumnRefExpression>().binding;
  }
  return binding;
}

// Flags of the result columns of a query over one table: those that pass through unchanged.
void FillFlags(LogicalOperator& plan, const duckdb::LogicalGet& get,
               std::vector<ColumnFlags>* flags) {
  if (!IsRowByRow(plan)) {
    return;
  }
  const auto& entry = get.bind_data->Cast<ScanBind>().entry;
  const types::Schema& schema = entry.relation()->schema();
  for (const duckdb::ColumnBinding& result : plan.GetColumnBindings()) {
    ColumnFlags& flag = flags->emplace_back();
    const duckdb::ColumnBinding binding = TraceBinding(plan, result);
    if (binding.table_index != get.table_index ||
        binding.column_index >= get.GetColumnIds().size()) {
      continue;
    }
    const vectors::ColumnSource source =
        entry.SourceOf(get.GetColumnIds()[binding.column_index].GetPrimaryIndex());
    if (source.kind == vectors::ColumnSource::Kind::kColumn) {
      flag.is_key = schema.IsKey(source.position);
      flag.is_not_null = flag.is_key || !schema.columns[source.position].is_nullable;
    }
  }
}

void InspectPlan(duckdb::OptimizerExtensionInput& input,
                 duckdb::unique_ptr<LogicalOperator>& plan) {
  QueryState& state = QueryState::Get(input.context);
  std::vector<const duckdb::LogicalGet*> scans;
  CheckPlan(state, *plan, &scans);
  if (scans.size() == 1) {
    FillFlags(*plan, *scans.front(), &state.flags);
  }
}

}  // namespace

void RemoveFunctions(duckdb::Connection& connection) {
  connection.BeginTransaction();
  duckdb::ClientContext& context = *connection.context;
  duckdb::Catalog& catalog = duckdb::Catalog::GetSystemCatalog(context);
  for (const EntryName& entry : EntriesToRemove(context, catalog)) {
    duckdb::DropInfo info;
    info.type = entry.type;
    info.schema = entry.schema;
    info.name = entry.name;
    info.if_not_found = duckdb::OnEntryNotFound::RETURN_NULL;
    info.allow_drop_internal = true;
    catalog.DropEntry(context, info);
  }
  connection.Commit();
}

void RegisterGuard(duckdb::DBConfig& config) {
  duckdb::OptimizerExtension guard;
  guard.pre_optimize_function = InspectPlan;
  config.optimizer_extensions.push_back(guard);
}

}  // namespace kalamdb::sql
