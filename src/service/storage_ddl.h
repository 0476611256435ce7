// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/rng.h"
#include "catalog/catalog.h"
#include "sql/parser/statement.h"

namespace kalamdb::service {

// CREATE, ALTER and DROP STORAGE for storages in the file system. The caller has been authorised.
// Each returns the message for the client. Thread-safe; blocks on the disk.
class StorageDdl {
 public:
  // `refused_directories`, absolute: where no storage may lie, such as the server's own store.
  StorageDdl(catalog::Catalog& catalog, Rng& rng, std::vector<std::string> refused_directories)
      : catalog_(catalog), rng_(rng), refused_directories_(std::move(refused_directories)) {}

  // Creates the directory when it is missing, and fails when it cannot be written, read, listed and
  // cleared.
  StatusOr<std::string> Create(const sql::CreateStorage& statement);
  StatusOr<std::string> Alter(const sql::AlterStorage& statement);
  StatusOr<std::string> Drop(const sql::DropStorage& statement);

 private:
  catalog::Catalog& catalog_;
  Rng& rng_;
  const std::vector<std::string> refused_directories_;
};

}  // namespace kalamdb::service
