// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "catalog/catalog.h"
#include "service/table_dropper.h"
#include "table/committer.h"

namespace kalamdb::service {

// Drops tables on the commit thread: one durable batch takes the catalog record, the rows, the
// primary key index and the serial counter. Thread-safe.
class TableRemover final : public TableDropper {
 public:
  TableRemover(catalog::Catalog& catalog, store::KvStore& store, table::Committer& committer)
      : catalog_(catalog), store_(store), committer_(committer) {}
  Status Drop(const catalog::TableDefPtr& table) override;

 private:
  catalog::Catalog& catalog_;
  store::KvStore& store_;
  table::Committer& committer_;
};

}  // namespace kalamdb::service
