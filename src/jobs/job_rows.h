// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/job_row.h"
#include "jobs/job.h"

namespace kalamdb::jobs {

// The job as system.jobs shows it.
catalog::JobRow MakeJobRow(const Job& job);

}  // namespace kalamdb::jobs
