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

}  // namespace

StatusOr<std::optional<jobs::JobId>> RunnerStorageJobs::Flush(const catalog::TableDef& table) {
  KALAMDB_ASSIGN_OR_RETURN(const bool has_rows, has_hot_rows_(table));
  if (!has_rows) {
    return std::nullopt;
  }
  KALAMDB_ASSIGN_OR_RETURN(jobs::JobId id, runner_.Submit(SpecOf(jobs::JobType::kFlush, table,
                                                                 ",\"flush_threshold\":null")));
  return id;
}

StatusOr<std::optional<jobs::JobId>> RunnerStorageJobs::Compact(const catalog::TableDef& table) {
  KALAMDB_ASSIGN_OR_RETURN(jobs::JobId id,
                           runner_.Submit(SpecOf(jobs::JobType::kCompact, table, "")));
  return id;
}

}  // namespace kalamdb::service
