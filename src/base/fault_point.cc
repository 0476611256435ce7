// SPDX-License-Identifier: Apache-2.0
#include "base/fault_point.h"

#ifdef KALAMDB_FAULT_POINTS

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <set>
#include <string>

#include "base/check.h"
#include "base/mutex.h"

namespace kalamdb {

namespace {

struct FaultPlan {
  FaultPlan() {
    if (const char* fault = std::getenv("KALAMDB_FAULT")) {
      name = fault;
      if (const size_t colon = name.find(':'); colon != name.npos) {
        visits_left = std::strtoull(name.c_str() + colon + 1, nullptr, 10);
        name.resize(colon);
      }
    }
    if (const char* file = std::getenv("KALAMDB_FAULT_LIST")) {
      list_fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    }
  }

  Mutex mu;
  std::string name;
  unsigned long long visits_left KALAMDB_GUARDED_BY(mu) = 1;
  std::set<std::string> listed KALAMDB_GUARDED_BY(mu);
  int list_fd = -1;
};

// Lives to the end of the process: threads may pass fault points while it exits.
FaultPlan& Plan() {
  static FaultPlan& plan = *new FaultPlan;
  return plan;
}

}  // namespace

void VisitFaultPoint(const char* name) {
  FaultPlan& plan = Plan();
  if (plan.name.empty() && plan.list_fd < 0) {
    return;
  }
  const MutexLock lock(plan.mu);
  if (plan.list_fd >= 0 && plan.listed.insert(name).second) {
    const std::string line = std::string(name) + "\n";
    KALAMDB_CHECK(write(plan.list_fd, line.data(), line.size()) >= 0);
  }
  if (plan.name == name && plan.visits_left > 0 && --plan.visits_left == 0) {
    raise(SIGKILL);
  }
}

}  // namespace kalamdb

#endif
