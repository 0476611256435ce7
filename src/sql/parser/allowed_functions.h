// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace kalamdb::sql {

// Which functions of the engine SQL may call: a list of what is known to be harmless, so that a
// function that a later engine brings is refused until someone has looked at it. Left out are those
// that reach files, the network, settings, variables, catalogs, sequences, logs, other SQL text or
// the engine's internals, and those that make a value of any size from a few bytes (list_resize,
// printf, range as a scalar): the engine's memory limit does not count single values. repeat, lpad
// and rpad are bounded by the walk instead.

// Scalar, aggregate and window functions and operators. `name` is lower case.
bool IsAllowedFunction(std::string_view name);
// Functions in FROM.
bool IsAllowedTableFunction(std::string_view name);

// What the parser puts in place of a function.
enum class FunctionMeaning : uint8_t {
  kItself,
  kNow,             // kalam_now()
  kToday,           // CAST(kalam_now() AS DATE)
  kTimeOfDay,       // CAST(kalam_now() AS TIME)
  kLocalTimestamp,  // CAST(kalam_now() AS TIMESTAMP)
  kCurrentUser,     // kalam_current_user()
  kCurrentRole,     // kalam_current_role()
  kRenamed,         // `engine_name`: PostgreSQL's name for a function of the engine.
};
struct FunctionTranslation {
  FunctionMeaning meaning = FunctionMeaning::kItself;
  std::string_view engine_name;
};
FunctionTranslation TranslateFunction(std::string_view name);

// Macros of the engine that repeat an argument in their body: nested calls grow exponentially when
// they are bound, so the walk limits the nesting.
bool RepeatsItsArguments(std::string_view name);

}  // namespace kalamdb::sql
