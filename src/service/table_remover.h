// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "catalog/catalog.h"
#include "service/table_dropper.h"
#include "table/committer.h"
#include "table/tiers.h"
#include "table/trash.h"

namespace kalamdb::service {

// Drops tables on the commit thread: one durable batch takes the catalog records, the rows, the
// primary key index, the manifests and the serial counters, and lists the files for removal, which
// happens when nobody reads them any more. Thread-safe.
class TableRemover final : public TableDropper {
 public:
  TableRemover(catalog::Catalog& catalog, store::KvStore& store, table::Committer& committer,
               const table::Tiers& tiers, table::Trash& trash)
      : catalog_(catalog), store_(store), committer_(committer), tiers_(tiers), trash_(trash) {}
  Status Drop(const catalog::TableDefPtr& table) override;
  Status DropNamespace(const std::string& name) override;

 private:
  // Everything below the table's folders that manifests name. On the commit thread.
  StatusOr<std::vector<table::TrashFile>> FilesOf(const catalog::TableDef& table) const;
  // Puts the end of a table into `batch`.
  static void AddTable(TableId table, const std::vector<table::TrashFile>& files,
                       store::WriteBatch* batch);
  void FreeSpace(TableId table);

  catalog::Catalog& catalog_;
  store::KvStore& store_;
  table::Committer& committer_;
  const table::Tiers& tiers_;
  table::Trash& trash_;
};

}  // namespace kalamdb::service
