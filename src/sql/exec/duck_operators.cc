// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/catalog/catalog_entry/scalar_function_catalog_entry.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/types/hugeint.hpp"
#include "duckdb/common/types/uhugeint.hpp"
#include "duckdb/function/scalar_function.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/parser/parsed_data/create_scalar_function_info.hpp"

#include "sql/exec/duck_functions.h"

namespace kalamdb::sql {

namespace {

using duckdb::DataChunk;
using duckdb::PhysicalType;
using duckdb::ScalarFunction;
using duckdb::ScalarFunctionSet;

// The engine's own bind function of a division, called before ours.
struct InnerBind final : public duckdb::ScalarFunctionInfo {
  explicit InnerBind(duckdb::bind_scalar_function_t inner) : bind(inner) {}
  const duckdb::bind_scalar_function_t bind;  // Null when it has none.
};

template <class T>
void CheckDivisors(DataChunk& input) {
  duckdb::UnifiedVectorFormat left;
  duckdb::UnifiedVectorFormat right;
  input.data[0].ToUnifiedFormat(input.size(), left);
  input.data[1].ToUnifiedFormat(input.size(), right);
  const T* divisors = duckdb::UnifiedVectorFormat::GetData<T>(right);
  for (duckdb::idx_t i = 0; i < input.size(); ++i) {
    const auto at = right.sel->get_index(i);
    if (divisors[at] == T(0) && right.validity.RowIsValid(at) &&
        left.validity.RowIsValid(left.sel->get_index(i))) {
      throw duckdb::OutOfRangeException("division by zero");
    }
  }
}

void CheckDivisors(DataChunk& input) {
  switch (input.data[1].GetType().InternalType()) {
    case PhysicalType::INT8:
      return CheckDivisors<int8_t>(input);
    case PhysicalType::INT16:
      return CheckDivisors<int16_t>(input);
    case PhysicalType::INT32:
      return CheckDivisors<int32_t>(input);
    case PhysicalType::INT64:
      return CheckDivisors<int64_t>(input);
    case PhysicalType::INT128:
      return CheckDivisors<duckdb::hugeint_t>(input);
    case PhysicalType::UINT8:
      return CheckDivisors<uint8_t>(input);
    case PhysicalType::UINT16:
      return CheckDivisors<uint16_t>(input);
    case PhysicalType::UINT32:
      return CheckDivisors<uint32_t>(input);
    case PhysicalType::UINT64:
      return CheckDivisors<uint64_t>(input);
    case PhysicalType::UINT128:
      return CheckDivisors<duckdb::uhugeint_t>(input);
    case PhysicalType::FLOAT:
      return CheckDivisors<float>(input);
    case PhysicalType::DOUBLE:
      return CheckDivisors<double>(input);
    default:
      return;
  }
}

duckdb::unique_ptr<duckdb::FunctionData> BindChecked(
    duckdb::ClientContext& context, ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  duckdb::unique_ptr<duckdb::FunctionData> data;
  if (const auto bind = function.function_info->Cast<InnerBind>().bind; bind != nullptr) {
    data = bind(context, function, arguments);
  }
  function.function = [inner = function.function](DataChunk& input, duckdb::ExpressionState& state,
                                                  duckdb::Vector& result) {
    CheckDivisors(input);
    inner(input, state, result);
  };
  return data;
}

ScalarFunction Checked(ScalarFunction function) {
  function.function_info = duckdb::make_shared_ptr<InnerBind>(function.bind);
  function.bind = BindChecked;
  ScalarFunction::SetReturnsError(function);
  return function;
}

ScalarFunctionSet FunctionsOf(duckdb::ClientContext& context, const std::string& name) {
  return duckdb::Catalog::GetSystemCatalog(context)
      .GetEntry<duckdb::ScalarFunctionCatalogEntry>(context, DEFAULT_SCHEMA, name)
      .functions;
}

void Replace(duckdb::ClientContext& context, const std::string& name,
             const ScalarFunctionSet& functions) {
  ScalarFunctionSet named(name);
  for (ScalarFunction function : functions.functions) {
    function.name = name;
    named.AddFunction(std::move(function));
  }
  duckdb::CreateScalarFunctionInfo info(std::move(named));
  info.internal = true;
  info.on_conflict = duckdb::OnCreateConflict::REPLACE_ON_CONFLICT;
  duckdb::Catalog::GetSystemCatalog(context).CreateFunction(context, info);
}

}  // namespace

void ReplaceDivision(duckdb::Connection& connection) {
  connection.BeginTransaction();
  duckdb::ClientContext& context = *connection.context;

  ScalarFunctionSet division("/");
  for (const ScalarFunction& function : FunctionsOf(context, "//").functions) {
    if (function.return_type.IsIntegral()) {
      division.AddFunction(Checked(function));
    }
  }
  for (const ScalarFunction& function : FunctionsOf(context, "/").functions) {
    division.AddFunction(Checked(function));
  }
  ScalarFunctionSet modulo("%");
  for (const ScalarFunction& function : FunctionsOf(context, "%").functions) {
    modulo.AddFunction(Checked(function));
  }
  for (const char* name : {"/", "//", "divide"}) {
    Replace(context, name, division);
  }
  for (const char* name : {"%", "mod"}) {
    Replace(context, name, modulo);
  }
  connection.Commit();
}

}  // namespace kalamdb::sql
