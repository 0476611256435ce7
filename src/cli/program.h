// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/options.h"

namespace kalamdb::cli {

// The program behind main(): builds the objects, logs in, runs what was asked for. Returns the exit
// code.
int RunProgram(const Options& options);

}  // namespace kalamdb::cli
