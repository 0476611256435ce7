// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"
#include "cli/program.h"

int main(int argc, char** argv) {
  const kalamdb::cli::ParsedOptions parsed = kalamdb::cli::ParseOptions(argc, argv);
  return parsed.options.has_value() ? kalamdb::cli::RunProgram(*parsed.options) : parsed.exit_code;
}
