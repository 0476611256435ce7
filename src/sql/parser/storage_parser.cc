// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "base/limits.h"
#include "sql/parser/own_parser.h"

namespace kalamdb::sql {
namespace {

StatusOr<std::string> StorageId(TokenCursor& cursor) {
  KALAMDB_ASSIGN_OR_RETURN(std::string id, cursor.NameOrString("the id of a storage"));
  const bool is_valid = !id.empty() && id.size() <= limits::kNameBytesMax &&
                        std::all_of(id.begin(), id.end(), [](char c) {
                          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                 (c >= '0' && c <= '9') || c == '_' || c == '-';
                        });
  if (!is_valid) {
    return Error(InvalidSql("storage id '" + id +
                            "' is not valid: letters, digits, _ and -, at most " +
                            std::to_string(limits::kNameBytesMax) + " bytes"));
  }
  return id;
}

// Reads a string into `*target`, once.
Status SetOnce(TokenCursor& cursor, std::optional<std::string>* target) {
  if (target->has_value()) {
    return cursor.Unexpected("each clause once");
  }
  KALAMDB_ASSIGN_OR_RETURN(*target, cursor.String("a string"));
  return {};
}

// Clauses that CREATE and ALTER share. False: none of them stands here.
StatusOr<bool> CommonClause(TokenCursor& cursor, std::optional<std::string>* name,
                            std::optional<std::string>* description,
                            std::optional<std::string>* shared_template,
                            std::optional<std::string>* user_template,
                            std::optional<std::string>* config) {
  std::optional<std::string>* target = nullptr;
  switch (cursor.Peek().keyword) {
    case Keyword::kName:
      target = name;
      break;
    case Keyword::kDescription:
      target = description;
      break;
    case Keyword::kSharedTablesTemplate:
      target = shared_template;
      break;
    case Keyword::kUserTablesTemplate:
      target = user_template;
      break;
    case Keyword::kConfig:
      target = config;
      break;
    default:
      return false;
  }
  cursor.Skip();
  KALAMDB_RETURN_IF_ERROR(SetOnce(cursor, target));
  return true;
}

}  // namespace

StatusOr<CreateStorage> ParseCreateStorage(TokenCursor& cursor) {
  CreateStorage create;
  KALAMDB_ASSIGN_OR_RETURN(create.id, StorageId(cursor));
  KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kType));
  KALAMDB_ASSIGN_OR_RETURN(const std::string type, cursor.NameOrString("the type of the storage"));
  create.type = types::AsciiLower(type);
  if (create.type != "filesystem" && create.type != "s3" && create.type != "gcs" &&
      create.type != "azure") {
    return Error(
        InvalidSql("storage type '" + type + "' does not exist: filesystem, s3, gcs, azure"));
  }
  std::optional<std::string> bucket;
  std::optional<std::string> region;  // Accepted and ignored, as in the reference.
  while (!cursor.AtEnd()) {
    KALAMDB_ASSIGN_OR_RETURN(
        const bool is_common,
        CommonClause(cursor, &create.name, &create.description, &create.shared_template,
                     &create.user_template, &create.config));
    if (is_common) {
      continue;
    }
    if (cursor.Accept(Keyword::kPath) || cursor.Accept(Keyword::kBaseDirectory)) {
      KALAMDB_RETURN_IF_ERROR(SetOnce(cursor, &create.base_directory));
    } else if (cursor.Accept(Keyword::kBucket)) {
      KALAMDB_RETURN_IF_ERROR(SetOnce(cursor, &bucket));
    } else if (cursor.Accept(Keyword::kRegion)) {
      KALAMDB_RETURN_IF_ERROR(SetOnce(cursor, &region));
    } else if (cursor.Accept(Keyword::kCredentials)) {
      KALAMDB_RETURN_IF_ERROR(SetOnce(cursor, &create.credentials));
    } else {
      return Error(cursor.Unexpected("a clause of CREATE STORAGE"));
    }
  }
  if (bucket.has_value()) {
    if (create.type != "s3" || create.base_directory.has_value()) {
      return Error(InvalidSql("BUCKET is for storages of type s3 without BASE_DIRECTORY"));
    }
    create.base_directory = "s3://" + *bucket;
  }
  if (!create.base_directory.has_value()) {
    return Error(InvalidSql("CREATE STORAGE needs PATH, BASE_DIRECTORY or BUCKET"));
  }
  return create;
}

StatusOr<AlterStorage> ParseAlterStorage(TokenCursor& cursor) {
  AlterStorage alter;
  KALAMDB_ASSIGN_OR_RETURN(alter.id, StorageId(cursor));
  do {
    KALAMDB_RETURN_IF_ERROR(cursor.Expect(Keyword::kSet));
    KALAMDB_ASSIGN_OR_RETURN(
        const bool is_known,
        CommonClause(cursor, &alter.name, &alter.description, &alter.shared_template,
                     &alter.user_template, &alter.config));
    if (!is_known && (cursor.Accept(Keyword::kPath) || cursor.Accept(Keyword::kBaseDirectory))) {
      KALAMDB_RETURN_IF_ERROR(SetOnce(cursor, &alter.base_directory));
    } else if (!is_known) {
      return Error(cursor.Unexpected(
          "NAME, DESCRIPTION, SHARED_TABLES_TEMPLATE, USER_TABLES_TEMPLATE or CONFIG"));
    }
  } while (!cursor.AtEnd());
  return alter;
}

}  // namespace kalamdb::sql
