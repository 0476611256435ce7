// SPDX-License-Identifier: Apache-2.0
#include "sql/exec/duck_functions.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/common/exception.hpp"
#include "duckdb/common/vector_operations/generic_executor.hpp"
#include "duckdb/execution/expression_executor_state.hpp"
#include "duckdb/function/scalar_function.hpp"
#include "duckdb/main/client_context.hpp"
#include "duckdb/parser/parsed_data/create_scalar_function_info.hpp"

#include "sql/exec/duck_ids.h"
#include "sql/exec/duck_state.h"
#include "sql/parser/duck_node.h"

namespace kalamdb::sql {

namespace {

using duckdb::DataChunk;
using duckdb::ExpressionState;
using duckdb::LogicalType;
using duckdb::Vector;

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kAnonymous:
      return "anonymous";
    case Role::kUser:
      return "user";
    case Role::kService:
      return "service";
    case Role::kDba:
      return "dba";
    case Role::kSystem:
      return "system";
  }
  return "user";
}

void CurrentUser(DataChunk&, ExpressionState& state, Vector& result) {
  result.Reference(duckdb::Value(QueryState::Get(state.GetContext()).scope().user().value));
}

void CurrentRole(DataChunk&, ExpressionState& state, Vector& result) {
  const Role role = QueryState::Get(state.GetContext()).scope().role();
  result.Reference(duckdb::Value(std::string(RoleName(role))));
}

void Now(DataChunk&, ExpressionState& state, Vector& result) {
  const int64_t micros = QueryState::Get(state.GetContext()).scope().statement_micros();
  result.Reference(duckdb::Value::TIMESTAMPTZ(duckdb::timestamp_tz_t(micros)));
}

void SnowflakeId(DataChunk& input, ExpressionState& state, Vector& result) {
  QueryState& query = QueryState::Get(state.GetContext());
  auto* ids = duckdb::FlatVector::GetData<int64_t>(result);
  for (duckdb::idx_t i = 0; i < input.size(); ++i) {
    ids[i] = query.ids().NextSnowflake(query.scope().statement_micros());
  }
}

template <std::string (IdSource::*kNext)(int64_t)>
void TextId(DataChunk& input, ExpressionState& state, Vector& result) {
  QueryState& query = QueryState::Get(state.GetContext());
  auto* ids = duckdb::FlatVector::GetData<duckdb::string_t>(result);
  for (duckdb::idx_t i = 0; i < input.size(); ++i) {
    ids[i] = duckdb::StringVector::AddString(
        result, (query.ids().*kNext)(query.scope().statement_micros()));
  }
}

// The elements of a list of FLOAT, which may not be NULL.
struct FloatList {
  duckdb::UnifiedVectorFormat rows;
  duckdb::UnifiedVectorFormat elements;

  FloatList(Vector& vector, duckdb::idx_t count) {
    vector.ToUnifiedFormat(count, rows);
    Vector& child = duckdb::ListVector::GetEntry(vector);
    child.ToUnifiedFormat(duckdb::ListVector::GetListSize(vector), elements);
  }
  double At(duckdb::idx_t position) const {
    const auto index = elements.sel->get_index(position);
    if (!elements.validity.RowIsValid(index)) {
      throw duckdb::InvalidInputException("cosine_distance: a vector has an element that is NULL");
    }
    return static_cast<double>(duckdb::UnifiedVectorFormat::GetData<float>(elements)[index]);
  }
};

float Distance(const FloatList& left, const duckdb::list_entry_t& a, const FloatList& right,
               const duckdb::list_entry_t& b) {
  if (a.length != b.length) {
    throw duckdb::InvalidInputException("cosine_distance: vectors of %llu and %llu elements",
                                        a.length, b.length);
  }
  double dot = 0;
  double left_square = 0;
  double right_square = 0;
  for (duckdb::idx_t i = 0; i < a.length; ++i) {
    const double x = left.At(a.offset + i);
    const double y = right.At(b.offset + i);
    dot += x * y;
    left_square += x * x;
    right_square += y * y;
  }
  if (left_square == 0 || right_square == 0) {
    return 1;
  }
  return static_cast<float>(1 - dot / std::sqrt(left_square * right_square));
}

void CosineDistance(DataChunk& input, ExpressionState&, Vector& result) {
  const duckdb::idx_t count = input.size();
  const FloatList left(input.data[0], count);
  const FloatList right(input.data[1], count);
  const auto* left_rows = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(left.rows);
  const auto* right_rows = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(right.rows);
  auto* distances = duckdb::FlatVector::GetData<float>(result);
  for (duckdb::idx_t i = 0; i < count; ++i) {
    const auto a = left.rows.sel->get_index(i);
    const auto b = right.rows.sel->get_index(i);
    if (!left.rows.validity.RowIsValid(a) || !right.rows.validity.RowIsValid(b)) {
      duckdb::FlatVector::SetNull(result, i, true);
    } else {
      distances[i] = Distance(left, left_rows[a], right, right_rows[b]);
    }
  }
  if (input.AllConstant()) {
    result.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
  }
}

// Vectors come as EMBEDDING, as arrays and as JSON text: all are cast to lists.
duckdb::unique_ptr<duckdb::FunctionData> BindVectors(
    duckdb::ClientContext&, duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>&) {
  std::ranges::fill(function.arguments, LogicalType::LIST(LogicalType::FLOAT));
  return nullptr;
}

void Add(duckdb::ClientContext& context, duckdb::ScalarFunction function,
         duckdb::FunctionStability stability) {
  function.stability = stability;
  duckdb::ScalarFunction::SetReturnsError(function);
  duckdb::CreateScalarFunctionInfo info(std::move(function));
  info.internal = true;
  duckdb::Catalog::GetSystemCatalog(context).CreateFunction(context, info);
}

}  // namespace

void AddFunctions(duckdb::Connection& connection) {
  using duckdb::FunctionStability;
  using duckdb::ScalarFunction;
  connection.BeginTransaction();
  duckdb::ClientContext& context = *connection.context;
  Add(context,
      ScalarFunction(std::string(kCurrentUserFunction), {}, LogicalType::VARCHAR, CurrentUser),
      FunctionStability::CONSISTENT_WITHIN_QUERY);
  Add(context,
      ScalarFunction(std::string(kCurrentRoleFunction), {}, LogicalType::VARCHAR, CurrentRole),
      FunctionStability::CONSISTENT_WITHIN_QUERY);
  Add(context, ScalarFunction(std::string(kNowFunction), {}, LogicalType::TIMESTAMP_TZ, Now),
      FunctionStability::CONSISTENT_WITHIN_QUERY);
  Add(context, ScalarFunction("snowflake_id", {}, LogicalType::BIGINT, SnowflakeId),
      FunctionStability::VOLATILE);
  Add(context, ScalarFunction("uuid_v7", {}, LogicalType::VARCHAR, TextId<&IdSource::NextUuidV7>),
      FunctionStability::VOLATILE);
  Add(context, ScalarFunction("ulid", {}, LogicalType::VARCHAR, TextId<&IdSource::NextUlid>),
      FunctionStability::VOLATILE);
  Add(context,
      ScalarFunction("cosine_distance", {LogicalType::ANY, LogicalType::ANY}, LogicalType::FLOAT,
                     CosineDistance, BindVectors),
      FunctionStability::CONSISTENT);
  connection.Commit();
}

}  // namespace kalamdb::sql
