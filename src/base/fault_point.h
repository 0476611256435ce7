// SPDX-License-Identifier: Apache-2.0
#pragma once

// Marks a place at which the crash tests let the process die: KALAMDB_FAULT_POINT("flush.renamed").
// Compiles to nothing unless KALAMDB_FAULT_POINTS is defined. Then the environment decides:
//   KALAMDB_FAULT=name[:n]   the process kills itself with SIGKILL at the n-th visit (default 1)
//   KALAMDB_FAULT_LIST=file  names of visited points are appended to the file, each once
#ifdef KALAMDB_FAULT_POINTS
namespace kalamdb {
void VisitFaultPoint(const char* name);
}  // namespace kalamdb
#define KALAMDB_FAULT_POINT(name) ::kalamdb::VisitFaultPoint(name)
#else
#define KALAMDB_FAULT_POINT(name) static_cast<void>(0)
#endif
