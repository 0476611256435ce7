// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kalamdb {

// Writes "file:line: check failed: expression" to standard error and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* expression);

}  // namespace kalamdb

// Always on: for states in which going on would corrupt data. Never for user input or I/O.
#define KALAMDB_CHECK(condition)                                   \
  do {                                                             \
    if (!(condition)) [[unlikely]] {                               \
      ::kalamdb::CheckFailed(__FILE__, __LINE__, #condition);      \
    }                                                              \
  } while (false)

#ifdef NDEBUG
#define KALAMDB_DCHECK(condition) \
  do {                            \
  } while (false && (condition))
#else
#define KALAMDB_DCHECK(condition) KALAMDB_CHECK(condition)
#endif
