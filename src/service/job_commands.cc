// SPDX-License-Identifier: Apache-2.0
#include "service/job_commands.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "service/name_rules.h"
#include "types/coerce.h"

namespace kalamdb::service {

namespace {

constexpr std::chrono::milliseconds kKillPatience{1'000};

struct Words {
  std::string_view verb;
  std::string_view noun;    // Begins the messages.
  std::string_view reason;  // Why there is nothing to do.
};

Words WordsOf(sql::StorageAction action) {
  return action == sql::StorageAction::kFlush
             ? Words{"flush", "Storage flush", "no pending writes"}
             : Words{"compact", "Storage compaction", "nothing to compact"};
}

}  // namespace

StatusOr<std::string> JobCommands::Kill(const sql::KillJob& statement) {
  const jobs::JobId id{statement.id};
  KALAMDB_RETURN_IF_ERROR(runner_.Cancel(id));
  KALAMDB_ASSIGN_OR_RETURN(const jobs::Job job, runner_.Wait(id, kKillPatience));
  if (!jobs::IsFinished(job.state)) {
    return fmt::format("Job {} killed: it is being cancelled", id.value);
  }
  return fmt::format("Job {} killed: {}", id.value, jobs::JobStateName(job.state));
}

StatusOr<std::optional<jobs::JobId>> JobCommands::Submit(sql::StorageAction action,
                                                         const catalog::TableDef& table) {
  return action == sql::StorageAction::kFlush ? storage_.Flush(table) : storage_.Compact(table);
}

StatusOr<std::string> JobCommands::Run(const sql::StorageCommand& statement,
                                       std::string_view default_namespace) {
  return statement.is_all ? RunAll(statement, default_namespace)
                          : RunTable(statement, default_namespace);
}

StatusOr<std::string> JobCommands::RunTable(const sql::StorageCommand& statement,
                                            std::string_view default_namespace) {
  const Words words = WordsOf(statement.action);
  const QualifiedName name = Qualify(statement.table, default_namespace);
  if (IsSystemNamespace(name.namespace_id)) {
    return Error(
        InvalidOperation(fmt::format("Cannot {} system table '{}'", words.verb, name.Text())));
  }
  const catalog::TableDefPtr table = catalog_.FindTable(name.namespace_id, name.name);
  if (table == nullptr) {
    return Error(TableNotFound(fmt::format("Table {} does not exist", name.Text())));
  }
  if (table->kind == catalog::TableKind::kStream) {
    return Error(InvalidOperation(
        fmt::format("Cannot {} table '{}': STREAM tables keep their events in the hot tier only",
                    words.verb, name.Text())));
  }
  StatusOr<std::optional<jobs::JobId>> id = Submit(statement.action, *table);
  if (!id.has_value()) {
    if (id.error().code() == StatusCode::kAlreadyExists) {
      return Error(AlreadyExists(
          fmt::format("{} of table '{}': {}", words.noun, name.Text(), id.error().message())));
    }
    return Error(std::move(id).error());
  }
  if (!id->has_value()) {
    return fmt::format("{} skipped: {} for table '{}'", words.noun, words.reason, name.Text());
  }
  return fmt::format("{} started for table '{}'. Job ID: {}", words.noun, name.Text(),
                     (*id)->value);
}

StatusOr<std::string> JobCommands::RunAll(const sql::StorageCommand& statement,
                                          std::string_view default_namespace) {
  const Words words = WordsOf(statement.action);
  const std::string space =
      Qualify({statement.table.namespace_id, ""}, default_namespace).namespace_id;
  if (IsSystemNamespace(space)) {
    return Error(InvalidOperation(fmt::format("Cannot {} system tables", words.verb)));
  }
  if (catalog_.FindNamespace(space) == nullptr) {
    return Error(NotFound("Namespace '" + space + "' not found"));
  }
  std::string ids;
  size_t started = 0;
  size_t active = 0;
  for (const catalog::TableDefPtr& table : catalog_.ListTables(space)) {
    if (table->kind == catalog::TableKind::kStream) {
      continue;
    }
    StatusOr<std::optional<jobs::JobId>> id = Submit(statement.action, *table);
    if (id.has_value() && id->has_value()) {
      ids += (started++ == 0 ? "" : ", ") + (*id)->value;
    } else if (!id.has_value() && id.error().code() == StatusCode::kAlreadyExists) {
      ++active;  // It does what this one would.
    } else if (!id.has_value()) {
      return Error(std::move(id).error());
    }
  }
  if (started == 0 && active > 0) {
    return Error(
        AlreadyExists(fmt::format("{} of {} table(s) in namespace '{}' is already queued "
                                  "or running",
                                  words.noun, active, space)));
  }
  if (started == 0) {
    return fmt::format("{} skipped: {} in namespace '{}'", words.noun, words.reason, space);
  }
  return fmt::format("{} started for {} table(s) in namespace '{}'. Job IDs: [{}]", words.noun,
                     started, space, ids);
}

}  // namespace kalamdb::service
