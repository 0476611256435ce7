// SPDX-License-Identifier: Apache-2.0
#include "service/storage_ddl.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "service/bootstrap.h"
#include "service/name_rules.h"
#include "service/storage_probe.h"
#include "service/storage_rules.h"
#include "types/coerce.h"

namespace kalamdb::service {

namespace {

constexpr std::string_view kDefaultSharedTemplate = "{namespace}/{tableName}";
constexpr std::string_view kDefaultUserTemplate = "{namespace}/{tableName}/{userId}";
constexpr size_t kTextBytesMax = 4'096;

Status CheckStorageType(std::string_view type) {
  const std::string lower = types::AsciiLower(type);
  if (lower == "filesystem") {
    return {};
  }
  if (lower == "s3" || lower == "gcs" || lower == "azure") {
    return InvalidOperation(
        fmt::format("Storage type '{}' is not available in this version: use filesystem", lower));
  }
  return InvalidArgument(fmt::format("storage type '{}': filesystem is expected", type));
}

Status CheckText(std::string_view what, const std::optional<std::string>& text) {
  if (text && (text->size() > kTextBytesMax || !types::IsCleanUtf8(*text))) {
    return InvalidArgument(
        fmt::format("{}: UTF-8 text of at most {} bytes is expected", what, kTextBytesMax));
  }
  return {};
}

Status CheckJson(std::string_view what, const std::optional<std::string>& text) {
  KALAMDB_RETURN_IF_ERROR(CheckText(what, text));
  if (text && !types::IsWellFormedJson(*text)) {
    return InvalidArgument(fmt::format("{}: a JSON document is expected", what));
  }
  return {};
}

std::string Missing(const std::string& id) { return "Storage '" + id + "' not found"; }

}  // namespace

StatusOr<std::string> StorageDdl::Create(const sql::CreateStorage& statement) {
  KALAMDB_RETURN_IF_ERROR(CheckStorageId(statement.id));
  KALAMDB_RETURN_IF_ERROR(CheckStorageType(statement.type));
  if (catalog_.FindStorage(statement.id) != nullptr) {
    return Error(AlreadyExists("Storage '" + statement.id + "' already exists"));
  }
  if (!statement.base_directory) {
    return Error(InvalidArgument("a filesystem storage needs PATH or BASE_DIRECTORY"));
  }
  KALAMDB_RETURN_IF_ERROR(CheckText("NAME", statement.name));
  KALAMDB_RETURN_IF_ERROR(CheckText("DESCRIPTION", statement.description));
  KALAMDB_RETURN_IF_ERROR(CheckJson("CREDENTIALS", statement.credentials));
  KALAMDB_RETURN_IF_ERROR(CheckJson("CONFIG", statement.config));

  catalog::StorageDef def;
  def.id = statement.id;
  def.name = statement.name.value_or(statement.id);
  def.description = statement.description;
  def.type = "filesystem";
  def.credentials = statement.credentials;
  def.config = statement.config;
  KALAMDB_ASSIGN_OR_RETURN(def.shared_tables_template,
                           CheckedSharedTemplate(statement.shared_template.value_or(
                               std::string(kDefaultSharedTemplate))));
  KALAMDB_ASSIGN_OR_RETURN(
      def.user_tables_template,
      CheckedUserTemplate(statement.user_template.value_or(std::string(kDefaultUserTemplate))));
  KALAMDB_ASSIGN_OR_RETURN(
      def.base_directory, CheckedStorageDirectory(*statement.base_directory, refused_directories_));
  KALAMDB_RETURN_IF_ERROR(ProbeDirectory(def.base_directory, rng_));
  KALAMDB_RETURN_IF_ERROR(catalog_.CreateStorage(std::move(def)));
  return "Storage '" + statement.id + "' created successfully";
}

StatusOr<std::string> StorageDdl::Alter(const sql::AlterStorage& statement) {
  const catalog::StorageDefPtr stored = catalog_.FindStorage(statement.id);
  if (stored == nullptr) {
    return Error(NotFound(Missing(statement.id)));
  }
  if (statement.base_directory) {
    return Error(InvalidOperation(
        "the directory of a storage cannot be changed: the files of its tables are there. Create "
        "another storage for new tables"));
  }
  KALAMDB_RETURN_IF_ERROR(CheckText("NAME", statement.name));
  KALAMDB_RETURN_IF_ERROR(CheckText("DESCRIPTION", statement.description));
  KALAMDB_RETURN_IF_ERROR(CheckJson("CONFIG", statement.config));
  std::optional<std::string> shared = statement.shared_template;
  if (shared) {
    KALAMDB_ASSIGN_OR_RETURN(shared, CheckedSharedTemplate(*shared));
  }
  std::optional<std::string> user = statement.user_template;
  if (user) {
    KALAMDB_ASSIGN_OR_RETURN(user, CheckedUserTemplate(*user));
  }
  KALAMDB_RETURN_IF_ERROR(ProbeDirectory(stored->base_directory, rng_));
  KALAMDB_RETURN_IF_ERROR(catalog_.UpdateStorage(statement.id, [&](catalog::StorageDef& def) {
    def.name = statement.name.value_or(def.name);
    def.description = statement.description ? statement.description : def.description;
    def.config = statement.config ? statement.config : def.config;
    def.shared_tables_template = shared.value_or(def.shared_tables_template);
    def.user_tables_template = user.value_or(def.user_tables_template);
  }));
  return "Storage '" + statement.id + "' altered successfully";
}

StatusOr<std::string> StorageDdl::Drop(const sql::DropStorage& statement) {
  if (statement.id == kLocalStorage) {
    return Error(InvalidOperation("Storage 'local' is part of the server"));
  }
  files_.Sweep();
  const Status dropped = catalog_.DropStorage(statement.id, [&]() -> Status {
    KALAMDB_ASSIGN_OR_RETURN(const size_t files, files_.CountWaiting(statement.id));
    if (files > 0) {
      return InvalidOperation(
          fmt::format("Cannot drop storage '{}': {} file(s) of dropped tables are still in use or "
                      "cannot be removed; try again",
                      statement.id, files));
    }
    return {};
  });
  if (dropped.code() == StatusCode::kNotFound && statement.if_exists) {
    return "Storage '" + statement.id + "' does not exist (skipped)";
  }
  KALAMDB_RETURN_IF_ERROR(dropped);
  return "Storage '" + statement.id + "' dropped successfully";
}

}  // namespace kalamdb::service
