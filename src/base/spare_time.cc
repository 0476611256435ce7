// SPDX-License-Identifier: Apache-2.0
#include "base/spare_time.h"

#include <thread>

#include <sched.h>

namespace kalamdb {

Status SpareTime::Run(const std::function<Status()>& step) {
  if (used_ < kShortWork) {
    const std::chrono::nanoseconds begin = ThreadCpuTime();
    Status status = step();
    used_ += ThreadCpuTime() - begin;
    return status;
  }
  Status status;
  std::chrono::nanoseconds used{0};
  const std::chrono::nanoseconds begin = clock_.Monotonic();
  // A thread that has stepped back may not step forward again: a new one each time.
  std::thread thread([&] {
    if (competing_ == 0) {
      // Where it is refused, the step only competes. Threads that it starts are like it.
      const sched_param none{};
      static_cast<void>(sched_setscheduler(0, SCHED_IDLE, &none));
    }
    status = step();
    used = ThreadCpuTime();
  });
  thread.join();
  if (competing_ > 0) {
    --competing_;
  } else if (clock_.Monotonic() - begin > kStarved * used) {
    competing_ = compete_next_;
    compete_next_ *= 2;
  }
  used_ += used;
  return status;
}

}  // namespace kalamdb
