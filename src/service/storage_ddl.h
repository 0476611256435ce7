// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "catalog/catalog.h"
#include "sql/parser/statement.h"

namespace kalamdb::service {

// CREATE, ALTER and DROP STORAGE for storages in the file system. The caller has been authorised.
// Each returns the message for the client. Thread-safe; blocks on the disk.
class StorageDdl {
 public:
  // Files of a storage that wait to be removed, after what can be removed at once is gone.
  class Files {
   public:
    virtual ~Files() = default;
    virtual void Sweep() = 0;
    virtual StatusOr<size_t> CountWaiting(std::string_view storage_id) const = 0;
  };

  // `refused_directories`, absolute: where no storage may lie, such as the server's own store.
  StorageDdl(catalog::Catalog& catalog, Rng& rng, Files& files,
             std::vector<std::string> refused_directories)
      : catalog_(catalog),
        rng_(rng),
        files_(files),
        refused_directories_(std::move(refused_directories)) {}

  // Creates the directory when it is missing, and fails when it cannot be written, read, listed and
  // cleared.
  StatusOr<std::string> Create(const sql::CreateStorage& statement);
  // Not the directory: manifests name files by their path below it.
  StatusOr<std::string> Alter(const sql::AlterStorage& statement);
  // Refused while a table uses the storage, or files of dropped tables are still in it.
  StatusOr<std::string> Drop(const sql::DropStorage& statement);

 private:
  catalog::Catalog& catalog_;
  Rng& rng_;
  Files& files_;
  const std::vector<std::string> refused_directories_;
};

}  // namespace kalamdb::service
