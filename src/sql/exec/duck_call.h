// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/status.h"
#include "sql/exec/duck_state.h"

namespace kalamdb::sql {

// What a call gives back that may throw: a Status or StatusOr stays one, other types become one.
template <class T>
struct CallResult {
  using type = StatusOr<T>;
};
template <>
struct CallResult<Status> {
  using type = Status;
};
template <class T>
struct CallResult<StatusOr<T>> {
  using type = StatusOr<T>;
};

// The one door to the throwing library. `state` is that of the query, or null; it knows the errors
// of ours that passed through the library as exceptions.
template <class F>
auto CallDuck(QueryState* state, std::string_view what, F&& call) ->
    typename CallResult<std::invoke_result_t<F>>::type {
  try {
    return std::forward<F>(call)();
  } catch (const std::bad_alloc&) {
    return Error(ResourceExhausted(std::string(what) + ": out of memory"));
  } catch (const std::exception& e) {
    return Error(TranslateDuckError(state, duckdb::ErrorData(e)).WithContext(what));
  }
}

}  // namespace kalamdb::sql
