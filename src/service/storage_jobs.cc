// SPDX-License-Identifier: Apache-2.0
#include "service/storage_jobs.h"

#include <string>
#include <string_view>

#include "types/coerce.h"
#include "types/json_codec.h"

namespace kalamdb::service {

namespace {

jobs::JobSpec SpecOf(jobs::JobType type, const catalog::TableDef& table,
                     std::string_view more_parameters) {
  jobs::JobSpec spec;
  spec.type = type;
  spec.namespace_id = table.namespace_id;
  spec.table_name = table.name;
  spec.parameters = "{\"table_id\":";
  types::AppendJsonString(table.QualifiedName(), &spec.parameters);
  spec.parameters += ",\"table_type\":";
  types::AppendJsonString(types::AsciiLower(catalog::TableKindName(table.kind)), &spec.parameters);
  spec.parameters += more_parameters;
  spec.parameters += '}';
  spec.idempotency_key =
      std::string(jobs::JobTypeName(type)) + "-" + table.namespace_id + "-" + table.name;
  return spec;
}

constexpr std::string_view kWholeFlush = R"(,"flush_threshold":null)";
constexpr std::string_view kWorthIt = R"(,"is_full":false)";

}  // namespace

bool IsPolicyFlush(const jobs::Job& job) {
  return job.parameters.find(kWholeFlush) == std::string::npos;
}

bool IsFullCompaction(const jobs::Job& job) {
  return job.parameters.find(kWorthIt) == std::string::npos;
}

StatusOr<jobs::JobId> RunnerStorageJobs::FlushDue(const catalog::TableDef& table) {
  const uint32_t rows = table.options.flush_policy.rows.value_or(0);
  return runner_.Submit(SpecOf(jobs::JobType::kFlush, table,
                               ",\"flush_threshold\":" + std::to_string(rows)));
}

StatusOr<jobs::JobId> RunnerStorageJobs::CompactWorthIt(const catalog::TableDef& table) {
  return runner_.Submit(SpecOf(jobs::JobType::kCompact, table, kWorthIt));
}

StatusOr<std::optional<jobs::JobId>> RunnerStorageJobs::Flush(const catalog::TableDef& table) {
  KALAMDB_ASSIGN_OR_RETURN(const bool has_rows, has_hot_rows_(table));
  if (!has_rows) {
    return std::nullopt;
  }
  KALAMDB_ASSIGN_OR_RETURN(jobs::JobId id, runner_.Submit(SpecOf(jobs::JobType::kFlush, table,
                                                                 kWholeFlush)));
  return id;
}

StatusOr<std::optional<jobs::JobId>> RunnerStorageJobs::Compact(const catalog::TableDef& table) {
  KALAMDB_ASSIGN_OR_RETURN(jobs::JobId id,
                           runner_.Submit(SpecOf(jobs::JobType::kCompact, table, "")));
  return id;
}

}  // namespace kalamdb::service
