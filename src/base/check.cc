// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace kalamdb {

void CheckFailed(const char* file, int line, const char* expression) {
  const std::string text = std::string(file) + ":" + std::to_string(line) +
                           ": check failed: " + expression + "\n";
  // The logger may be what is broken: write straight to the descriptor.
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) {
    std::_Exit(134);
  }
  std::abort();
}

}  // namespace kalamdb
