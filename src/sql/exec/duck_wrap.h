// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>

#include "duckdb/common/types/data_chunk.hpp"
#include "duckdb/function/function_set.hpp"
#include "duckdb/main/client_context.hpp"

#include "base/status.h"

namespace kalamdb::sql {

// Looks at the arguments of a function before it runs; an error ends the query with it.
using ArgumentCheck = Status (*)(duckdb::DataChunk& arguments);

// The scalar functions of the engine called `name`.
duckdb::ScalarFunctionSet FunctionsOf(duckdb::ClientContext& context, const std::string& name);

// The same function, with `check` before every call.
duckdb::ScalarFunction WithCheck(duckdb::ScalarFunction function, ArgumentCheck check);

// Makes `functions` what is called under each of `names`.
void ReplaceFunctions(duckdb::ClientContext& context, std::initializer_list<const char*> names,
                      const duckdb::ScalarFunctionSet& functions);

}  // namespace kalamdb::sql
