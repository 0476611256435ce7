// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_wrap.h"

#include <utility>

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/scalar_function_catalog_entry.hpp"
#include "duckdb/execution/expression_executor_state.hpp"
#include "duckdb/function/scalar_function.hpp"
#include "duckdb/parser/parsed_data/create_scalar_function_info.hpp"

#include "sql/exec/duck_state.h"

namespace kalamdb::sql {

namespace {

using duckdb::ScalarFunction;

// What a wrapped function had in the places that the wrapper takes.
struct Wrapped final : public duckdb::ScalarFunctionInfo {
  Wrapped(const ScalarFunction& function, ArgumentCheck before)
      : bind(function.bind), info(function.function_info), check(before) {}
  const duckdb::bind_scalar_function_t bind;  // May be null.
  const duckdb::shared_ptr<duckdb::ScalarFunctionInfo> info;
  const ArgumentCheck check;
};

duckdb::unique_ptr<duckdb::FunctionData> BindWrapped(
    duckdb::ClientContext& context, ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  const auto keep = function.function_info;
  const auto& wrapped = keep->Cast<Wrapped>();
  function.function_info = wrapped.info;
  duckdb::unique_ptr<duckdb::FunctionData> data;
  if (wrapped.bind != nullptr) {
    data = wrapped.bind(context, function, arguments);  // May choose another implementation.
  }
  function.function = [check = wrapped.check, inner = function.function](
                          duckdb::DataChunk& input, duckdb::ExpressionState& state,
                          duckdb::Vector& result) {
    if (Status status = check(input); !status.ok()) {
      QueryState::Get(state.GetContext()).Throw(std::move(status));
    }
    inner(input, state, result);
  };
  return data;
}

}  // namespace

duckdb::ScalarFunctionSet FunctionsOf(duckdb::ClientContext& context, const std::string& name) {
  return duckdb::Catalog::GetSystemCatalog(context)
      .GetEntry<duckdb::ScalarFunctionCatalogEntry>(context, DEFAULT_SCHEMA, name)
      .functions;
}

ScalarFunction WithCheck(ScalarFunction function, ArgumentCheck check) {
  function.function_info = duckdb::make_shared_ptr<Wrapped>(function, check);
  function.bind = BindWrapped;
  ScalarFunction::SetReturnsError(function);
  return function;
}

void ReplaceFunctions(duckdb::ClientContext& context, std::initializer_list<const char*> names,
                      const duckdb::ScalarFunctionSet& functions) {
  for (const char* name : names) {
    duckdb::ScalarFunctionSet named(name);
    for (ScalarFunction function : functions.functions) {
      function.name = name;
      named.AddFunction(std::move(function));
    }
    duckdb::CreateScalarFunctionInfo info(std::move(named));
    info.internal = true;
    info.on_conflict = duckdb::OnCreateConflict::REPLACE_ON_CONFLICT;
    duckdb::Catalog::GetSystemCatalog(context).CreateFunction(context, info);
  }
}

}  // namespace kalamdb::sql
