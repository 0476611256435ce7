// SPDX-License-Identifier: Apache-2.0
#include "service/table_remover.h"

#include <utility>

#include "table/keys.h"

namespace kalamdb::service {

Status TableRemover::Drop(const catalog::TableDefPtr& table) {
  const std::string begin = table::TableBegin(table->id);
  const std::string end = table::TableEnd(table->id);
  KALAMDB_RETURN_IF_ERROR(committer_.RunExclusive([&]() -> Status {
    store::WriteBatch batch(store_);
    batch.DeleteRange(store::Family::kRows, begin, end);
    batch.DeleteRange(store::Family::kPk, begin, end);
    batch.Delete(store::Family::kMeta, table::Committer::SerialKey(table->id));
    return catalog_.DropTable(table, std::move(batch));
  }));
  // The rows are gone; this only gives their disk space back sooner than compaction would.
  for (const store::Family family : {store::Family::kRows, store::Family::kPk}) {
    store_.DeleteFilesInRange(family, begin, end).Ignore("compaction frees the space later");
  }
  return {};
}

}  // namespace kalamdb::service
