// SPDX-License-Identifier: Apache-2.0
#include "catalog/system_table_makers.h"
#include "catalog/system_table_rows.h"

namespace kalamdb::catalog {

using enum types::TypeId;
using enum ColumnRule;

// Today's columns, then those of October 2025 that have other names or are gone, then how far a
// running job is.
SystemTable MakeSystemJobs(JobSource jobs) {
  SystemTable table;
  table.namespace_id = "system";
  table.name = "jobs";
  table.schema = SystemSchema({{"job_id", kText, kKey},
                               {"job_type", kText, kNotNull},
                               {"status", kText, kNotNull},
                               {"leader_status", kText},
                               {"parameters", kJson},
                               {"message", kText},
                               {"exception_trace", kText},
                               {"idempotency_key", kText},
                               {"queue", kText},
                               {"priority", kInt},
                               {"retry_count", kSmallInt, kNotNull},
                               {"max_retries", kSmallInt, kNotNull},
                               {"memory_used", kBigInt},
                               {"cpu_used", kBigInt},
                               {"created_at", kTimestamp, kNotNull},
                               {"updated_at", kTimestamp, kNotNull},
                               {"started_at", kTimestamp},
                               {"finished_at", kTimestamp},
                               {"node_id", kBigInt, kNotNull},
                               {"leader_node_id", kBigInt},
                               {"result", kJson},
                               {"trace", kJson},
                               {"error_message", kText},
                               {"node", kText, kNotNull},
                               {"start_time", kTimestamp},
                               {"end_time", kTimestamp},
                               {"namespace_id", kText},
                               {"table_name", kText},
                               {"progress_percent", kInt},
                               {"rows_processed", kBigInt},
                               {"rows_per_second", kBigInt}});
  table.rows = [jobs = std::move(jobs)](Role) {
    std::vector<types::Row> rows;
    for (const JobRow& job : jobs()) {
      rows.push_back({TextValue(job.job_id),
                      TextValue(job.job_type),
                      TextValue(job.status),
                      types::Value(),
                      OptionalText(job.parameters),
                      OptionalText(job.message),
                      OptionalText(job.exception_trace),
                      OptionalText(job.idempotency_key),
                      types::Value(),
                      types::Value(),
                      IntValue(job.retry_count),
                      IntValue(job.max_retries),
                      OptionalInt(job.memory_bytes),
                      OptionalInt(job.cpu_millis),
                      IntValue(job.created_at),
                      IntValue(job.updated_at),
                      OptionalInt(job.started_at),
                      OptionalInt(job.finished_at),
                      IntValue(job.node_id),
                      IntValue(job.node_id),
                      OptionalText(job.result),
                      OptionalText(job.trace),
                      OptionalText(job.error_message),
                      TextValue(std::to_string(job.node_id)),
                      OptionalInt(job.started_at),
                      OptionalInt(job.finished_at),
                      OptionalText(job.namespace_id),
                      OptionalText(job.table_name),
                      OptionalInt(job.progress_percent),
                      OptionalInt(job.rows),
                      OptionalInt(job.rows_per_second)});
    }
    return rows;
  };
  return table;
}

}  // namespace kalamdb::catalog
