// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "duckdb/common/error_data.hpp"

#include "base/status.h"

namespace kalamdb::sql {

// What the user reads for an error of the engine: our code, and its message without the engine's
// prefixes, positions in rewritten text and internal names. Errors that say nothing to a user
// become Internal, with the engine's text as context for the log.
Status FromDuckError(const duckdb::ErrorData& error);

// `message` in our words; the part of FromDuckError that tests look at.
std::string CleanDuckMessage(std::string_view message);

}  // namespace kalamdb::sql
