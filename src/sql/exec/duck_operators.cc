// SPDX-License-Identifier: Apache-2.0
#include "duckdb/common/types/hugeint.hpp"
#include "duckdb/common/types/uhugeint.hpp"
#include "duckdb/function/scalar_function.hpp"
#include "duckdb/main/client_context.hpp"

#include "sql/exec/duck_functions.h"
#include "sql/exec/duck_wrap.h"

namespace kalamdb::sql {

namespace {

using duckdb::DataChunk;
using duckdb::PhysicalType;
using duckdb::ScalarFunction;
using duckdb::ScalarFunctionSet;

template <class T>
Status CheckDivisors(DataChunk& input) {
  duckdb::UnifiedVectorFormat left;
  duckdb::UnifiedVectorFormat right;
  input.data[0].ToUnifiedFormat(input.size(), left);
  input.data[1].ToUnifiedFormat(input.size(), right);
  const T* divisors = duckdb::UnifiedVectorFormat::GetData<T>(right);
  for (duckdb::idx_t i = 0; i < input.size(); ++i) {
    const auto at = right.sel->get_index(i);
    if (divisors[at] == T(0) && right.validity.RowIsValid(at) &&
        left.validity.RowIsValid(left.sel->get_index(i))) {
      return ExecutionError("division by zero");
    }
  }
  return {};
}

Status CheckDivision(DataChunk& input) {
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
      return {};
  }
}

}  // namespace

void ReplaceDivision(duckdb::Connection& connection) {
  connection.BeginTransaction();
  duckdb::ClientContext& context = *connection.context;
  ScalarFunctionSet division("/");
  for (const ScalarFunction& function : FunctionsOf(context, "//").functions) {
    if (function.return_type.IsIntegral()) {
      division.AddFunction(WithCheck(function, CheckDivision));
    }
  }
  for (const ScalarFunction& function : FunctionsOf(context, "/").functions) {
    division.AddFunction(WithCheck(function, CheckDivision));
  }
  ScalarFunctionSet modulo("%");
  for (const ScalarFunction& function : FunctionsOf(context, "%").functions) {
    modulo.AddFunction(WithCheck(function, CheckDivision));
  }
  ReplaceFunctions(context, {"/", "//", "divide"}, division);
  ReplaceFunctions(context, {"%", "mod"}, modulo);
  connection.Commit();
}

}  // namespace kalamdb::sql
