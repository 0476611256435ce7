// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "service/storage_ddl.h"
#include "table/trash.h"

namespace kalamdb::service {

// The trash as DROP STORAGE sees it. Thread-safe.
class TrashFiles final : public StorageDdl::Files {
 public:
  explicit TrashFiles(table::Trash& trash) : trash_(trash) {}
  void Sweep() override { trash_.Sweep().Ignore("what stays is counted"); }
  StatusOr<size_t> CountWaiting(std::string_view storage_id) const override {
    return trash_.CountOf(storage_id);
  }

 private:
  table::Trash& trash_;
};

}  // namespace kalamdb::service
